/** `tuningfork/sky` in Node: the simulated sky, and writing it to a folder. */
export * from './index.ts';
export { type WriteSkyOptions, type WrittenSky, writeSky } from './write.node.ts';
