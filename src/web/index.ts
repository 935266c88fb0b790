/** Tuning Fork in a page: programs and predictions on ONNX Runtime Web. @module tuningfork/web */
export { describeSkipped, type GalaxyImage } from '../data/images.ts';
export { type Fits, readFits } from '../files/fits/fits.ts';
export { type FitsImage, readFitsImage } from '../files/fits/image.ts';
export { type Frame, fitsFrame } from '../picture/frame.ts';
export type { Device } from '../platform.ts';
export { type GalaxyPrediction, predictGalaxies } from '../predict/predict.ts';
export { type ChooseDeviceOptions, type ChosenDevice, chooseDevice } from './chooseDevice.ts';
export { compile, wasmThreads } from './compile.ts';
export { type DroppedFiles, filesOfDrop } from './filesOfDrop.ts';
export { type FileListing, listFiles } from './listFiles.ts';
export { webPlatform } from './platform.ts';
