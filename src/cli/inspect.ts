import type { ColumnSummary } from '../data/summary.ts';
import { readingInWords } from '../data/tableReading.ts';
import { OptionError, UserError } from '../errors.ts';
import type { InspectedFile, InspectedPicture, InspectedTable } from '../tasks/inspect.ts';
import { inspectSchema } from '../tasks/options.ts';
import { GALAXY_ZOO_2 } from '../tree/surveys/galaxyZoo2.ts';
import { command } from './command.ts';
import { flagMessage } from './flags.ts';
import { counted } from './printable.ts';

export const inspectCommand = command({
  name: 'inspect',
  description:
    'describe pictures and tables as they are read: format, shape, values, columns, flags, and why a training would refuse them',
  schema: inspectSchema,
  async run(options, terminal) {
    const { inspect } = await import('../tasks/inspect.ts');
    const described = await inspect(options);
    const isRecognised = options.tree === undefined;
    const text = described.flatMap((each) => ('error' in each ? [] : [inWords(each, isRecognised)]));
    if (text.length > 0 || terminal.isJson) terminal.result(text.join('\n\n'), described.map(inJson));
    const errors = described.flatMap((each) => ('error' in each ? [each.error] : []));
    if (errors.length > 0) throw new UserError(errors.join('; '));
  },
});

const messageOf = (problem: UserError) =>
  problem instanceof OptionError ? flagMessage(problem, [inspectSchema]) : problem.message;

/** JSON has no infinities: they become texts. */
const jsonNumber = (value: number | null) =>
  value === null || Number.isFinite(value) ? value : String(value);

function inJson(described: InspectedFile) {
  if ('problems' in described) return { ...described, problems: described.problems.map(messageOf) };
  if ('error' in described) return described;
  const { min, max, sum, pixels } = described;
  return {
    ...described,
    ...{ min: jsonNumber(min), max: jsonNumber(max), sum: jsonNumber(sum) },
    ...(pixels && { pixels: pixels.map(jsonNumber) }),
  };
}

/** @param isRecognised the trees of tables are those that their columns show */
const inWords = (described: InspectedPicture | InspectedTable, isRecognised: boolean) =>
  'columns' in described ? tableText(described, isRecognised) : pictureText(described);

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

/** The column of IDs, or those that may be. */
function idsText({ idColumn, idColumns }: InspectedTable): string {
  if (idColumn === null) return 'no column with a usual name';
  const last = idColumns.at(-1)!;
  if (idColumns.length === 1) return last;
  return `${idColumns.slice(0, -1).join(', ')} or ${last}, by the names of the pictures (--images)`;
}

function surveyText({ survey }: InspectedTable, isRecognised: boolean): string {
  if (survey === null) return 'none recognised';
  return isRecognised && survey !== GALAXY_ZOO_2.data.name ? `${survey} (--tree ${survey})` : survey;
}

/** How training understands a table, its pictures, and the problems. */
function labelLines({ reading, pictures, problems, columns }: InspectedTable): string[] {
  const hasUse = problems.length > 0 || columns.some(({ role }) => role === 'path');
  const matches = pictures && [
    `${counted(pictures.rowsWithImage, 'row', 'rows')} with a picture`,
    `${pictures.rowsWithoutImage} without`,
    `${counted(pictures.imagesWithoutRow, 'picture', 'pictures')} without a row`,
  ];
  return [
    ...(reading ? [`  labels: ${readingInWords(reading)}`] : []),
    ...(reading || hasUse
      ? []
      : ['  labels: none recognised; --tree names a decision tree or classes of your own']),
    ...(matches ? [`  pictures: ${matches.join(', ')}`] : []),
    ...problems.map((problem) => `  problem: ${messageOf(problem)}`),
  ];
}

function tableText(table: InspectedTable, isRecognised: boolean): string {
  const { file, format, rows, columns, hdu, hdus } = table;
  if (format === 'text') {
    const paths = counted(rows!, 'path', 'paths');
    return [`${file}: list of pictures, ${paths}`, ...labelLines(table)].join('\n');
  }
  const width = Math.max(...columns.map(({ name }) => name.length));
  const line = ({ name, type, role, missing, min, max }: ColumnSummary) => {
    const range = min === null ? '' : `, ${number(min)} … ${number(max)}`;
    const isNested = missing === null && rows !== null;
    const gaps = isNested ? ', lists or groups' : missing ? `, ${missing} missing` : '';
    return `  ${name.padEnd(width)}  ${type}, ${role}${range}${gaps}`;
  };
  const size = [
    rows === null ? 'unreadable rows' : counted(rows, 'row', 'rows'),
    counted(columns.length, 'column', 'columns'),
  ];
  return [
    `${file}: ${format} table, ${size.join(', ')}`,
    ...hdusText(hdu, hdus),
    `  IDs: ${idsText(table)}; survey: ${surveyText(table, isRecognised)}`,
    ...labelLines(table),
    ...columns.map(line),
  ].join('\n');
}
