/** A run's files by name; apart from what reads them, which takes a command's start-up a while to load. */
import { join } from 'node:path';

/** Where the files of a run are. */
export function runPaths(folder: string) {
  return {
    config: join(folder, 'config.json'),
    metrics: join(folder, 'metrics.jsonl'),
    training: join(folder, 'training.csv'),
    validation: join(folder, 'validation.csv'),
    images: join(folder, 'images.store'),
    last: join(folder, 'checkpoint', 'last.safetensors'),
    best: join(folder, 'checkpoint', 'best.safetensors'),
  };
}
