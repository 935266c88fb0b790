import type sharp from 'sharp';

let loaded: Promise<typeof sharp> | undefined;

async function load(): Promise<typeof sharp> {
  const { default: library } = await import('sharp');
  // Pictures are small and decoded once each; the workers decode many at a time.
  library.cache(false);
  library.concurrency(1);
  return library;
}

/** sharp (libvips). It is loaded by the first call, in 0.1 s: threads that read packed pictures never need it. */
export function loadSharp(): Promise<typeof sharp> {
  loaded ??= load();
  return loaded;
}
