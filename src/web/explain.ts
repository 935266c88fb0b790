/** Explains a prediction in a page. */
import { OptionError } from '../errors.ts';
import { layerNames, shownLayers } from '../explain/ablationCam.ts';
import { parseAnswer } from '../explain/answers.ts';
import { explain as explainPictures } from '../explain/explain.ts';
import type { ExplainOptions as ExplainerOptions } from '../explain/explainer.ts';
import type { Explanation } from '../explain/explanation.ts';
import { type Model, networkOf } from '../model/model.ts';
import type { ImageReference } from '../picture/batch.ts';
import type { RecordPixels } from '../picture/record.ts';
import type { Platform } from '../platform.ts';
import { webPlatform } from './platform.ts';

export interface ExplainOptions extends Omit<ExplainerOptions, 'answer' | 'force' | 'maxBad'> {
  /** `auto`: the answer that decides; `all`; or an answer by its column or number, `4.1`. Default `auto`. */
  answer?: string;
  /** Names of layers. Default: one for each block of the network. */
  layers?: readonly string[];
  /** Default: a new `webPlatform()`. */
  platform?: Platform;
}

/**
 * Explains answers with AblationCAM: which parts of a picture an answer depends on, layer by layer.
 * @param image of `listFiles`, or `{ kind: 'blob', name, blob }`
 * @returns the explanation, and the record that its maps lie on, `[212, 212, bands]`
 * @throws ImageError if the picture cannot be read; OptionError for an unknown answer or layer
 * @example
 * import type { Model } from 'tuningfork';
 * import { explain } from 'tuningfork/web';
 *
 * async function why(model: Model, blob: Blob) {
 *   const { explanation } = await explain(model, { kind: 'blob', name: 'galaxy.jpg', blob });
 *   return explanation.answers[0]!.column.label; // such as 'spiral: yes'
 * }
 */
export async function explain(
  model: Model,
  image: ImageReference,
  { answer = 'auto', layers, platform = webPlatform(), ...options }: ExplainOptions = {},
): Promise<{ explanation: Explanation; record: RecordPixels }> {
  const network = networkOf(model);
  const names = layerNames(network);
  const unknown = layers?.find((layer) => !names.includes(layer));
  if (unknown !== undefined)
    throw new OptionError('layer', `not in this network, which has ${names.join(', ')}`, unknown);
  const explained = [{ model, layers: layers ?? shownLayers(network) }];
  const choice = { ...options, answer: parseAnswer(model.tree, answer) };
  for await (const { record, explanations } of explainPictures(platform, explained, [image], choice))
    return { record, explanation: explanations[0]! };
  throw new Error('no picture was explained');
}
