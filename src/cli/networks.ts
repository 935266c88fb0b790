import { extname } from 'node:path';
import type { Command } from 'commander';
import { UserError } from '../errors.ts';
import type { LayerSummary, NetworkSummary } from '../model/layers.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { checkNoInput } from './outputs.ts';
import { Terminal, type TerminalOptions } from './terminal.ts';

interface Flags extends TerminalOptions {
  network?: string;
  diagram?: string;
}

/** 5,924,000,000 multiply-adds as '5.92 G'. */
const inUnits = (count: number) =>
  count >= 1e9 ? `${(count / 1e9).toFixed(2)} G` : `${(count / 1e6).toFixed(2)} M`;
const inGroups = (count: number) => count.toLocaleString('en');

async function run({ network: name, diagram, ...flags }: Flags): Promise<void> {
  const terminal = new Terminal(flags);
  if (name === undefined && diagram !== undefined) throw new UserError('--diagram: of which --network?');
  if (diagram !== undefined) {
    if (extname(diagram) !== '.svg')
      throw new UserError(`--diagram ${diagram}: expected a name that ends in .svg`);
    checkNoInput('--diagram', diagram, { '--network': name });
  }
  const [{ networkNames, networkSummary }, { openNetwork }, { describeLayers }] = await Promise.all([
    import('../model/networks.ts'),
    import('../model/openNetwork.node.ts'),
    import('../model/layers.ts'),
  ]);
  const describe = async (each: string) => {
    const network = await openNetwork(each, { tree: GALAXY_ZOO_2 });
    const summary = networkNames().includes(each) ? networkSummary(each) : each;
    return { name: each, summary, ...describeLayers(network) };
  };
  const all = await Promise.all((name === undefined ? networkNames() : [name]).map(describe));

  if (diagram !== undefined) {
    const [{ networkDiagram }, { writeFileAtomically }] = await Promise.all([
      import('../report/diagram.ts'),
      import('../node/files/atomic.ts'),
    ]);
    const { name: title, input, layers, head } = all[0]!;
    await writeFileAtomically(diagram, networkDiagram({ title, input, layers, head }));
    terminal.note(`diagram in ${diagram}`);
  }

  terminal.result((name === undefined ? list(all) : [details(all[0]!)]).join('\n'), all);
}

type Described = NetworkSummary & { name: string; summary: string };

const sizeOf = (output: LayerSummary['output']) =>
  output.kind === 'map' ? `${output.size}×${output.size}×${output.channels}` : `${output.count}`;

/** Rows with their columns below each other, those of the numbers flush right. */
function table(rows: readonly string[][]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumber = (cell: string) => /^[\d.,]+( [GM])?$/.test(cell);
  const align = (cell: string, column: number) =>
    isNumber(cell) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return rows.map((row) => row.map(align).join('  ').trimEnd());
}

/** Two lines for each network: what it is and costs; what comes out of each layer. */
function list(networks: readonly Described[]): string[] {
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

/** A network, line by line. */
function details({ name, summary, parameters, multiplyAdds, layers, head }: Described): string {
  const rows = layers.map((layer) => [
    `  ${layer.name}`,
    sizeOf(layer.output),
    inGroups(layer.parameters),
    'parameters',
    inUnits(layer.multiplyAdds),
    `multiply-adds  ${layer.labels.join(', ')}`.trimEnd(),
  ]);
  return [
    `${name}: ${inGroups(parameters)} parameters, ${inUnits(multiplyAdds)} multiply-adds; ${summary}`,
    ...table(rows),
    `  head: ${head}`,
  ].join('\n');
}

export function addNetworks(command: Command): void {
  command
    .description('list the networks: parameters, multiply-adds of one picture, output size of each layer')
    .option('--network <NAME>', 'this one alone; or a file of a description of your own, .json')
    .option('--diagram <FILE.svg>', 'draw it')
    .action(run);
}
addNetworks.command = 'networks';
