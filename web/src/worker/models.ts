/** The models of this browser. */
import { layerNames } from '../../../src/explain/ablationCam.ts';
import { describeModel, encodeModel, type Model, networkOf } from '../../../src/model/model.ts';
import { openModel } from '../../../src/web/index.ts';
import { beginningWith } from '../database.ts';
import type { GalaxyRecord, ModelView } from '../protocol.ts';
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
  if (bytes === undefined) throw new Error(`${name}: this browser has no model of this name`);
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

interface ChosenModel {
  model: ModelView;
  /** The galaxies that it has classified. */
  galaxies: GalaxyRecord[];
}

export async function chooseModel(name: string): Promise<ChosenModel> {
  const stored = await database;
  session.model = await openNamed(name);
  await stored.put('settings', name, 'model');
  const galaxies = await stored.getAll('galaxies', beginningWith(name));
  return { model: viewOf(session.model), galaxies: galaxies.sort((a, b) => a.order - b.order) };
}

/** Keeps a model under a name, in place of an earlier one and its results. */
export async function keepModel(name: string, model: Model): Promise<void> {
  const stored = await database;
  await stored.put('models', new Uint8Array(encodeModel(model)), name);
  await stored.delete('galaxies', beginningWith(name));
}

/** Keeps a model file. @returns its name */
export async function addModel(file: File): Promise<string> {
  const name = file.name.replace(/^.*\/|\.safetensors$/gi, '');
  if (name === BOX) throw new Error(`${file.name}: box is the model of this page; rename the file`);
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
  new Blob([new Uint8Array(encodeModel(await openNamed(name)))]);
