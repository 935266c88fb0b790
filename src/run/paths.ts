/** The files of a run. Alone in its module, which every command loads at start: reading them needs modules that load slowly. */
import { joinPath } from '../files/path.ts';

export function runPaths(folder: string) {
  return {
    config: joinPath(folder, 'config.json'),
    metrics: joinPath(folder, 'metrics.jsonl'),
    training: joinPath(folder, 'training.csv'),
    validation: joinPath(folder, 'validation.csv'),
    images: joinPath(folder, 'images.store'),
    last: joinPath(folder, 'checkpoint', 'last.safetensors'),
    best: joinPath(folder, 'checkpoint', 'best.safetensors'),
  };
}
