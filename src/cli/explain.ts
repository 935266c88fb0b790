import type { Deletion } from '../explain/deletion.ts';
import type { AnswerExplanation } from '../explain/explanation.ts';
import { explainSchema } from '../tasks/options.ts';
import { command } from './command.ts';
import { counted } from './printable.ts';

export const explainCommand = command({
  name: 'explain',
  description: 'show which parts of a picture an answer depends on: AblationCAM, layer by layer',
  schema: explainSchema.omit({ maps: true }),
  async run(options, terminal) {
    const { explain } = await import('../tasks/explain.ts');
    const result = await explain({ ...options, ...terminal.listening, maps: terminal.isJson });
    const { isOne, pictures, leftOut, out: folder, ...about } = result;
    const documents = pictures.map(({ name, out, maps, document }) => ({ name, out, maps, ...document }));
    const lines = isOne
      ? [...pictures.flatMap(({ answers }) => answers.map(line)), folder]
      : [`${counted(pictures.length, 'picture', 'pictures')} in ${folder}`];
    // Not indented: with one number a line, maps would be three times as long.
    terminal.result(
      lines.join('\n'),
      { ...about, ...(isOne ? documents[0] : { out: folder, pictures: documents, leftOut }) },
      0,
    );
  },
});

function deletionText({ meaningful, area, spread, areaOfMiddle }: Deletion): string {
  const verdict = meaningful ? 'significant' : 'not significant';
  return `deletion area ${area.toFixed(2)} ± ${spread.toFixed(2)}: ${verdict} (centre first: ${areaOfMiddle.toFixed(2)})`;
}

/** An answer as one line. */
function line({ column, fraction, map, stability, deletion }: AnswerExplanation): string {
  return [
    `${column.label} ${fraction.toFixed(3)}`,
    ...(map.flat ? ['flat: nothing in the picture supports it'] : []),
    ...(stability === null ? [] : [`views agree ${stability.toFixed(2)}`]),
    ...(deletion ? [deletionText(deletion)] : []),
  ].join(', ');
}
