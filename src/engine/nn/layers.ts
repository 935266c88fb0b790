/** The kinds of layers. To add one, write its record in its own file and list it here. */
import { backbone } from './backbone.ts';
import { convolutionBlock } from './convolutionBlock.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { flatten } from './flatten.ts';
import { globalMean } from './globalMean.ts';
import type { OneOf } from './schema.ts';

/** @example LAYERS.convolution.labels({ channels: 32, kernel: 17 }) // ['convolution 17×17', 'batch norm, ReLU'] */
export const LAYERS = { convolution: convolutionBlock, flatten, globalMean, dropout, dense, onnx: backbone };

export type LayerName = keyof typeof LAYERS;

/** One layer: `{ dense: 10 }`. The layers before it determine the size of its input. */
export type LayerDescription = OneOf<typeof LAYERS>;
