/** The files of a run. In a module of its own, as every command loads it at start, and the modules that read the files load slowly. */
import { joinPath } from '../files/path.ts';

export function runPaths(folder: string) {
  return {
    config: joinPath(folder, 'config.json'),
    metrics: joinPath(folder, 'metrics.jsonl'),
    training: joinPath(folder, 'training.csv'),
    trainingPictures: joinPath(folder, 'training-pictures.json'),
    validation: joinPath(folder, 'validation.csv'),
    test: joinPath(folder, 'test.csv'),
    calibration: joinPath(folder, 'calibration.csv'),
    uncertainty: joinPath(folder, 'uncertainty.json'),
    images: joinPath(folder, 'images.store'),
    last: joinPath(folder, 'checkpoint', 'last.safetensors'),
    best: joinPath(folder, 'checkpoint', 'best.safetensors'),
  };
}
