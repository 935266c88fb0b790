import { featuresSchema } from '../tasks/options.ts';
import { command } from './command.ts';
import { counted } from './printable.ts';

export const featuresCommand = command({
  name: 'features',
  description: "write a network's features of pictures, as CSV, Parquet or JSON Lines",
  schema: featuresSchema,
  async run(options, terminal) {
    const { features } = await import('../tasks/features.ts');
    const result = await features({ ...options, ...terminal.listening });
    const { out, layer, features: width, galaxies } = result;
    const text = `${counted(galaxies, 'galaxy', 'galaxies')}, ${width} features each (${layer}), in ${out}`;
    terminal.result(text, result);
  },
});
