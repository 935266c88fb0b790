/** `tuningfork/sky` in Node: the simulated sky, and writing it to a folder. @module tuningfork/sky */
export * from './index.ts';
export { type WriteSkyOptions, type WrittenSky, writeSky } from './write.node.ts';
