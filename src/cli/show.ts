import { jsonId } from '../data/ids.ts';
import { showSchema } from '../tasks/options.ts';
import { command } from './command.ts';

export const showCommand = command({
  name: 'show',
  description: 'galaxies by class and the statistics of their votes, as a page or a picture',
  schema: showSchema,
  async run(options, terminal) {
    const { show } = await import('../tasks/show.ts');
    const { title, out, statistics, leftOut, ...result } = await show({ ...options, ...terminal.listening });
    const classes = result.classes.map(({ galaxies, ...each }) => ({
      ...each,
      galaxies: galaxies.map(({ id, fraction }) => ({ id: jsonId(id), fraction })),
    }));
    const longest = Math.max(...classes.map(({ name }) => name.length));
    const lines = classes.map(({ name, count, galaxies }) => {
      const ids = galaxies.map(({ id }) => id).join(' ');
      return `  ${name.padEnd(longest)}  ${String(count).padStart(6)}  ${ids}`.trimEnd();
    });
    const text = [`${title} by class`, ...lines, `in ${out}`].join('\n');
    terminal.result(text, { out, classes, ...statistics, leftOut });
  },
});
