/** A document to draw in where there is no browser. */
import { parseHTML } from 'linkedom';
import type { Drawing } from './drawing.ts';

/**
 * A new document in Node.
 *
 * @example await writeFile('comparison.html', comparisonPage(comparison, nodeDrawing()));
 */
export function nodeDrawing(): Drawing {
  return { document: parseHTML('<!doctype html><html><body></body></html>').document };
}
