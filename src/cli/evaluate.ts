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

function curveText({
  galaxies,
  curve,
}: {
  galaxies: number;
  curve: { views: number; rmse: number }[];
}): string {
  const lines = curve.map(({ views, rmse }) => `  ${String(views).padStart(5)}  ${rmse.toFixed(5)}`);
  return [`RMSE over ${galaxies} galaxies, pooled`, '  views     RMSE', ...lines].join('\n');
}
