/** Opens model files in a page. */
import { UserError } from '../errors.ts';
import { type Model, readModel } from '../model/model.ts';

const OFFLINE = 'cannot be loaded: is the connection lost?';

/**
 * Opens a model file: of a web address, or a file that the user has chosen.
 * @param source an address, relative to the page, or the content of a file
 * @throws UserError if the address has no file, or the file is no model or broken
 * @example
 * import { openModel } from 'tuningfork/web';
 *
 * async function title(picked: Blob) {
 *   return (await openModel(picked)).tree.data.title; // such as 'Galaxy Zoo 2'
 * }
 */
export async function openModel(source: string | URL | Blob): Promise<Model> {
  if (source instanceof Blob) {
    const name = 'name' in source ? String(source.name) : 'model.safetensors';
    return readModel(new Uint8Array(await source.arrayBuffer()), name);
  }
  const address = String(source);
  const response = await fetch(address).catch((cause) => {
    throw new UserError(`${address}: ${OFFLINE}`, { code: 'file', cause });
  });
  if (!response.ok) throw new UserError(`${address}: HTTP status ${response.status}`, { code: 'file' });
  return readModel(new Uint8Array(await response.arrayBuffer()), address);
}
