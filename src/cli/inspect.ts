import type { ColumnSummary } from '../data/summary.ts';
import { UserError } from '../errors.ts';
import type { InspectedPicture, InspectedTable } from '../tasks/inspect.ts';
import { inspectSchema } from '../tasks/options.ts';
import { command } from './command.ts';
import { counted } from './printable.ts';

export const inspectCommand = command({
  name: 'inspect',
  description: 'describe pictures and tables as they are read: format, shape, values, columns, flags',
  schema: inspectSchema,
  async run(options, terminal) {
    const { inspect } = await import('../tasks/inspect.ts');
    const described = await inspect(options);
    const text = described.flatMap((each) => ('error' in each ? [] : [inWords(each)])).join('\n\n');
    if (text !== '' || terminal.isJson) terminal.result(text, described);
    const errors = described.flatMap((each) => ('error' in each ? [each.error] : []));
    if (errors.length > 0) throw new UserError(errors.join('; '));
  },
});

const inWords = (described: InspectedPicture | InspectedTable) =>
  'columns' in described ? tableText(described) : pictureText(described);

const axes = (shape: readonly number[]) => shape.join(' × ');

/** The HDU that is read, and the others. */
function hdusText(index: number | null | undefined, hdus: InspectedPicture['hdus']): string[] {
  if (hdus === undefined) return [];
  return hdus.map((hdu) => {
    const name = hdu.name === '' ? '' : ` ${hdu.name}`;
    const shape = hdu.kind === 'none' ? 'no data' : `${hdu.kind} ${axes(hdu.shape)}`;
    return `  HDU ${hdu.index}${name}: ${shape}${hdu.index === index ? ' (read)' : ''}`;
  });
}

const number = (value: number | string | null) =>
  typeof value === 'number' ? String(Number(value.toPrecision(9))) : (value ?? 'none');

function pictureText(picture: InspectedPicture): string {
  const { file, format, hdu, hdus, shape, bands, bitpix, pixelScale, min, max, sum, nan, pixels, flags } =
    picture;
  return [
    `${file}: ${format} picture, ${axes(shape)}, ${counted(bands, 'band', 'bands')}, BITPIX ${bitpix}`,
    ...hdusText(hdu, hdus),
    `  minimum ${number(min)}, maximum ${number(max)}, sum ${number(sum)}, ${nan} NaN`,
    `  pixel scale: ${pixelScale === null ? 'unknown' : `${number(pixelScale)} arcsec`}`,
    ...(pixels
      ? [`  pixels: ${pixels.map((value) => (value === null ? 'NaN' : String(value))).join(', ')}`]
      : []),
    `  flags: ${flags.length === 0 ? 'none' : flags.join(', ')}`,
  ].join('\n');
}

function tableText({ file, format, rows, columns, idColumn, survey, hdu, hdus }: InspectedTable): string {
  const width = Math.max(...columns.map(({ name }) => name.length));
  const line = ({ name, type, role, missing, min, max }: ColumnSummary) => {
    const range = min === null ? '' : `, ${number(min)} … ${number(max)}`;
    const gaps = missing === null ? ', lists or groups' : missing > 0 ? `, ${missing} missing` : '';
    return `  ${name.padEnd(width)}  ${type}, ${role}${range}${gaps}`;
  };
  return [
    `${file}: ${format} table, ${counted(rows, 'row', 'rows')}, ${counted(columns.length, 'column', 'columns')}`,
    ...hdusText(hdu, hdus),
    `  IDs: ${idColumn ?? 'no column with a usual name'}; survey: ${survey ?? 'none recognised'}`,
    ...columns.map(line),
  ].join('\n');
}
