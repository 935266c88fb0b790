import { predictSchema } from '../tasks/options.ts';
import { command } from './command.ts';
import { counted } from './printable.ts';

export const predictCommand = command({
  name: 'predict',
  description: 'predict the vote fractions of pictures, as CSV, Parquet or JSON Lines',
  schema: predictSchema,
  async run(options, terminal) {
    const { predict } = await import('../tasks/predict.ts');
    const result = await predict({ ...options, ...terminal.listening });
    const { out, uncertainty, intervals, galaxies } = result;
    const ends = intervals === undefined ? '' : `, intervals in ${intervals}`;
    const spreads = uncertainty === undefined ? '' : `, their spread over views in ${uncertainty}`;
    terminal.result(`${counted(galaxies, 'prediction', 'predictions')} in ${out}${spreads}${ends}`, result);
  },
});
