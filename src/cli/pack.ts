import { packSchema } from '../tasks/options.ts';
import { command } from './command.ts';

export const packCommand = command({
  name: 'pack',
  description: 'decode all training pictures once into one file, for `train --data FILE`',
  schema: packSchema,
  async run(options, terminal) {
    const { pack } = await import('../tasks/pack.ts');
    const result = await pack({ ...options, ...terminal.listening });
    terminal.result(`${result.count} galaxies in ${result.out}`, result);
  },
});
