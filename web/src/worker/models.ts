/** The models of this browser. */
import { layerNames } from '../../../src/explain/ablationCam.ts';
import { modelHash } from '../../../src/model/hash.ts';
import { describeModel, encodeModel, type Model, networkOf } from '../../../src/model/model.ts';
import { openModel } from '../../../src/web/index.ts';
import { beginningWith } from '../database.ts';
import type { ChosenModel, ModelView } from '../protocol.ts';
import { counted } from '../words.ts';
import { database, session } from './session.ts';

/** The model in the package; the build copies it into the page. */
const BOX_FILE = new URL('../../../models/box.safetensors', import.meta.url);
const BOX = 'box';

function viewOf(model: Model): ModelView {
  const network = networkOf(model);
  const { tree, ...about } = describeModel(model);
  const { provenance, file: name } = model;
  return {
    ...about,
    provenance,
    name,
    tree,
    layers: layerNames(network),
    parameters: network.parameterCount,
  };
}

export async function openNamed(name: string): Promise<Model> {
  if (name === BOX) return { ...(await openModel(BOX_FILE)), file: BOX };
  const bytes = await (await database).get('models', name);
  if (bytes === undefined) throw new Error(`${name}: no model in this browser has this name`);
  return openModel(new File([bytes], name));
}

export const modelNames = async (): Promise<string[]> => [
  BOX,
  ...(await (await database).getAllKeys('models')),
];

/** Opens the model that was used last. */
export async function openLast(): Promise<ChosenModel> {
  const name = (await (await database).get('settings', 'model')) ?? BOX;
  return chooseModel(String(name)).catch(() => chooseModel(BOX)); // it may have been removed
}

/** Opens a model. Removes the results of an earlier one of its name. */
export async function chooseModel(name: string): Promise<ChosenModel> {
  const stored = await database;
  const model = await openNamed(name);
  const hash = isSecureContext ? await modelHash(model) : name; // other pages have no SHA-256
  await stored.put('settings', name, 'model');
  const all = await stored.getAll('galaxies', beginningWith(name));
  const earlier = all.filter((each) => each.hash !== hash);
  await Promise.all(earlier.map(({ id }) => stored.delete('galaxies', [name, id])));
  const galaxies = all.filter((each) => each.hash === hash).sort((a, b) => a.order - b.order);
  Object.assign(session, {
    model,
    hash,
    results: new Map(galaxies.map(({ id, content, shown }) => [id, { content, shown }])),
  });
  const removed = `${counted(earlier.length, 'result')} removed, from an earlier model named ${name}: open the pictures again to classify them with the new one`;
  return { model: viewOf(model), galaxies, notes: earlier.length > 0 ? [removed] : [] };
}

/** Keeps a model under a name, in place of an earlier one. */
export async function keepModel(name: string, model: Model): Promise<void> {
  await (await database).put('models', encodeModel(model), name);
}

/** Keeps a model file. @returns its name */
export async function addModel(file: File): Promise<string> {
  const name = file.name.replace(/^.*\/|\.safetensors$/gi, '');
  if (name === BOX)
    throw new Error(`${file.name}: the name box belongs to the model of this page; rename the file`);
  await keepModel(name, await openModel(file));
  return name;
}

/** Removes a model, and the galaxies that it has classified. */
export async function removeModel(name: string): Promise<void> {
  const stored = await database;
  await stored.delete('models', name);
  await stored.delete('galaxies', beginningWith(name));
}

export const modelFile = async (name: string): Promise<Blob> =>
  new Blob([encodeModel(await openNamed(name))]);
