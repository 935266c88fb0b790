import type { LayerSummary } from '../model/layers.ts';
import { inGroups } from '../report/table.ts';
import type { DescribedNetwork } from '../tasks/networks.ts';
import { networksSchema } from '../tasks/options.ts';
import { command } from './command.ts';

export const networksCommand = command({
  name: 'networks',
  description: 'list the networks: parameters, multiply-adds per picture, output size of each layer',
  schema: networksSchema,
  async run(options, terminal) {
    const { networks } = await import('../tasks/networks.ts');
    const all = await networks(options);
    if (options.diagram !== undefined) terminal.note(`diagram in ${options.diagram}`);
    terminal.result((options.network === undefined ? list(all) : [details(all[0]!)]).join('\n'), all);
  },
});

/** @example inUnits(5_924_000_000) // '5.92 G' */
const inUnits = (count: number) =>
  count >= 1e9 ? `${(count / 1e9).toFixed(2)} G` : `${(count / 1e6).toFixed(2)} M`;

const sizeOf = (output: LayerSummary['output']) =>
  output.kind === 'map' ? `${output.size}×${output.size}×${output.channels}` : `${output.count}`;

/** Rows with aligned columns; numbers are aligned right. */
function table(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (cell: string) => /^[\d.,]+( [GM])?$/.test(cell);
  const align = (cell: string, column: number) =>
    isNumber(cell) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return rows.map((row) => row.map(align).join('  ').trimEnd());
}

/** Two lines for each network: size and cost; the output size of each layer. */
function list(networks: readonly DescribedNetwork[]): string[] {
  const heads = table(
    networks.map(({ name, parameters, multiplyAdds, summary }) => [
      name,
      inGroups(parameters),
      'parameters',
      inUnits(multiplyAdds),
      `multiply-adds  ${summary}`,
    ]),
  );
  return networks.flatMap(({ input, layers, head }, i) => [
    heads[i]!,
    `  ${[sizeOf({ kind: 'map', ...input }), ...layers.map(({ name, output }) => `${name} ${sizeOf(output)}`), head].join(' → ')}`,
  ]);
}

/** One network, with a line for each layer. */
function details({ name, summary, parameters, multiplyAdds, input, layers, head }: DescribedNetwork): string {
  const fieldText = (side: number) =>
    `receptive field ${side} px, ${Math.min(100, Math.round((100 * side) / input.size))} % of the crop`;
  const rows = layers.map((layer) => [
    `  ${layer.name}`,
    sizeOf(layer.output),
    inGroups(layer.parameters),
    'parameters',
    inUnits(layer.multiplyAdds),
    'multiply-adds',
    `${fieldText(layer.receptiveField)}  ${layer.labels.join(', ')}`.trimEnd(),
  ]);
  return [
    `${name}: ${inGroups(parameters)} parameters, ${inUnits(multiplyAdds)} multiply-adds${summary === name ? '' : `; ${summary}`}`,
    ...table(rows),
    `  head: ${head}`,
  ].join('\n');
}
