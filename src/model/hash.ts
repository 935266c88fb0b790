/** Names a model by its content. */
import { sha256 } from '../files/sha256.ts';
import { encodeModel, type Model } from './model.ts';

/** The SHA-256 of a model's file, as `export` writes it. In a page, only if that is secure: `https:`, or of this machine. */
export const modelHash = (model: Model): Promise<string> => sha256(encodeModel(model));

/** The metadata of a table that a network's outputs are written to. */
export const tableMetadata = async (model: Model): Promise<Record<string, string>> => ({
  'tuningfork.survey': model.tree.data.name,
  'tuningfork.model': await modelHash(model),
});
