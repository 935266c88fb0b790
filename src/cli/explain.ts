import type { ExplainResult } from '../tasks/explain.ts';
import { explainSchema } from '../tasks/options.ts';
import { command } from './command.ts';
import { counted } from './printable.ts';

export const explainCommand = command({
  name: 'explain',
  description: 'show which parts of a picture an answer depends on: AblationCAM, layer by layer',
  schema: explainSchema.omit({ maps: true }),
  async run(options, terminal) {
    const [{ explain }, { formatMeasures }] = await Promise.all([
      import('../tasks/explain.ts'),
      import('../report/mapMeasures.ts'),
    ]);
    const maps = terminal.isJson && options.drawings !== false;
    const result = await explain({ ...options, ...terminal.listening, maps });
    const { isOne, pictures, leftOut, out: folder, ...about } = result;
    const documents = pictures.map(({ explanations: _, document, ...picture }) => ({
      ...picture,
      ...document,
    }));
    const lines = isOne
      ? [...pictures.flatMap(({ explanations }) => explanations.flatMap(explanationLines)), folder]
      : [formatMeasures(result.summary!), `${counted(pictures.length, 'picture', 'pictures')} in ${folder}`];
    // Not indented: with one number a line, maps would be three times as long.
    terminal.result(
      lines.join('\n'),
      { ...about, ...(isOne ? documents[0] : { out: folder, pictures: documents, leftOut }) },
      0,
    );
  },
});

type Explained = ExplainResult['pictures'][number]['explanations'][number];
type Answer = Explained['answers'][number];

function deletionText({ meaningful, area, spread, areaOfMiddle }: NonNullable<Answer['deletion']>): string {
  const verdict = meaningful ? 'significant' : 'not significant';
  return `deletion area ${area.toFixed(2)} ± ${spread.toFixed(2)}: ${verdict} (centre first: ${areaOfMiddle.toFixed(2)})`;
}

/** A line for each answer, with the run's name if there are several runs. */
const explanationLines = ({ run, answers }: Explained, _: number, { length }: readonly Explained[]) =>
  answers.map((answer) => (length > 1 ? `${run}: ${line(answer)}` : line(answer)));

/** An answer as one line. */
function line({ label, score, flat, stability, deletion }: Answer): string {
  return [
    `${label} ${score.toFixed(3)}`,
    ...(flat ? ['flat: nothing in the picture supports it'] : []),
    ...(stability === null ? [] : [`views agree ${stability.toFixed(2)}`]),
    ...(deletion ? [deletionText(deletion)] : []),
  ].join(', ');
}
