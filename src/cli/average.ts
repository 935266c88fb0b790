import { averageSchema } from '../tasks/options.ts';
import { command } from './command.ts';
import { counted } from './printable.ts';

export const averageCommand = command({
  name: 'average',
  description: 'average predictions of several models, score them alone and together, and write a submission',
  schema: averageSchema,
  async run(options, terminal) {
    const [{ average }, { formatEnsemble }] = await Promise.all([
      import('../tasks/average.ts'),
      import('../report/ensemble.ts'),
    ]);
    const result = await average({ ...options, ...terminal.listening });
    const { out, galaxies, way, weights, projected, projectedRmse, sample, scores } = result;
    const used = weights.filter(({ weight }) => weight > 0).length;
    const text = [
      `${counted(galaxies, 'prediction', 'predictions')} in ${out}: ${way} weights, ${used} of ${weights.length} models`,
      projected ? ', projected onto the tree' : '',
      projectedRmse === undefined ? '' : ` (RMSE ${projectedRmse.toFixed(5)} on all labelled galaxies)`,
      sample ? `; galaxies of ${sample}` : '',
    ].join('');
    terminal.result(scores ? `${formatEnsemble(scores)}\n${text}` : text, result);
  },
});
