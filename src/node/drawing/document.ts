/** A DOM for charts in Node. */
import { parseHTML } from 'linkedom/worker'; // one file: loads in a third of the time
import type { Drawing } from '../../report/svg.ts';

/** A new document. */
export function nodeDrawing(): Drawing {
  return { document: parseHTML('<!doctype html><html><body></body></html>').document };
}
