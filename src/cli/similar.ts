import { jsonId } from '../data/ids.ts';
import { similarSchema } from '../tasks/options.ts';
import { command } from './command.ts';

export const similarCommand = command({
  name: 'similar',
  description: 'find the galaxies whose features are most similar to those of one, and draw them on a page',
  schema: similarSchema,
  async run(options, terminal) {
    const { similar } = await import('../tasks/similar.ts');
    const { neighbours, ...result } = await similar({ ...options, ...terminal.listening });
    const lines = neighbours.map(({ id, similarity }) => `${similarity.toFixed(3).padStart(6)}  ${id}`);
    const found = neighbours.map(({ id, similarity }) => ({ id: jsonId(id), similarity }));
    terminal.result([...lines, `in ${result.out}`].join('\n'), { ...result, neighbours: found });
  },
});
