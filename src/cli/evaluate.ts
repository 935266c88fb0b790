import { decimals, right, tableOf, tableText } from '../report/table.ts';
import type { ViewCurveResult } from '../tasks/evaluate.ts';
import { evaluateSchema } from '../tasks/options.ts';
import { command } from './command.ts';

export const evaluateCommand = command({
  name: 'evaluate',
  description: 'score a run on labelled galaxies',
  schema: evaluateSchema,
  async run(options, terminal) {
    const [{ evaluate, evaluationDocument }, { formatEvaluation }] = await Promise.all([
      import('../tasks/evaluate.ts'),
      import('../report/evaluationText.ts'),
    ]);
    const result = await evaluate({ ...options, ...terminal.listening });
    const text =
      'curve' in result ? curveText(result) : formatEvaluation(result.tree, result, options.against);
    terminal.result([...result.cautions, text].join('\n'), evaluationDocument(result));
  },
});

const curveText = ({ galaxies, curve }: ViewCurveResult): string =>
  tableText(
    tableOf(`RMSE over ${galaxies} galaxies, pooled`, curve, [
      right('views', ({ views }) => String(views)),
      right('RMSE', ({ rmse }) => decimals(rmse, 5)),
    ]),
  ).trimEnd();
