/** The files of a run. A module of its own: commands load it at start-up, and what reads the files takes a while to load. */
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
