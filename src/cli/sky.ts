import { duration } from '../report/table.ts';
import { FREE_SKY, parseSkyConfig } from '../sky/config.ts';
import { checkedOptions, skySchema } from '../tasks/options.ts';
import { checkFolder } from '../tasks/outputs.ts';
import { command } from './command.ts';
import { readConfig } from './flags.ts';
import { shellWord } from './printable.ts';

/** Descriptions of Galaxy Zoo 2's classes. */
const CLASSES: Readonly<Record<string, string>> = {
  features: 'with features or a disk',
  artifact: 'stars or artifacts',
};

export const skyCommand = command({
  name: 'sky',
  description: "simulate a sky of galaxies with known shapes and votes, in the layout of Kaggle's challenge",
  schema: skySchema,
  async run(options, terminal) {
    const { config: file, ...settings } = checkedOptions(skySchema, options);
    const { out, seed } = settings;
    checkFolder('out', out);
    const config = file === undefined ? FREE_SKY : parseSkyConfig(await readConfig(file), file);
    const { writeSky } = await import('../sky/write.node.ts');
    const sky = await writeSky({
      ...settings,
      config,
      onProgress: (done, total) =>
        terminal.listening.onEvent({ kind: 'progress', doing: 'drawing', done, total }),
    });
    const page = shellWord(`${out.replace(/[/\\]+$/, '')}.html`);
    const lines = [
      `${sky.train} training and ${sky.test} test galaxies in ${out}`,
      `  ${Object.entries(sky.classes)
        .map(([name, count]) => `${count} ${CLASSES[name] ?? name}`)
        .join(', ')}`,
      `  ${duration(sky.seconds)}, ${sky.imagesPerSecond.toFixed(1)} a second`,
      ...(sky.train > 0 ? [`next: npx tuningfork show --data ${shellWord(out)} --out ${page}`] : []),
    ];
    terminal.result(lines.join('\n'), { out, seed, ...sky });
  },
});
