import { enumerate } from '../errors.ts';
import { cutoutsSchema } from '../tasks/options.ts';
import { command } from './command.ts';

export const cutoutsCommand = command({
  name: 'cutouts',
  description: "download pictures of a catalogue's galaxies from a survey, by their positions",
  schema: cutoutsSchema,
  async run(options, terminal) {
    const { cutouts } = await import('../tasks/cutouts.ts');
    const result = await cutouts({ ...options, ...terminal.listening });
    const { out, galaxies, downloaded, kept, failed } = result;
    // Each is named when it fails.
    const reasons = new Map<string, string[]>();
    for (const { id, reason } of failed) reasons.set(reason, [...(reasons.get(reason) ?? []), id]);
    const lines = [
      `${galaxies - failed.length} of ${galaxies} pictures in ${out}: ${downloaded} downloaded, ${kept} kept`,
      ...Array.from(reasons, ([reason, ids]) => `  ${ids.length} missing: ${reason} (${enumerate(ids, 3)})`),
      ...(failed.length > 0 ? ['the same command tries these again'] : []),
    ];
    terminal.result(lines.join('\n'), result);
    if (failed.length > 0) process.exitCode = 1;
  },
});
