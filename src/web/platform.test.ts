import { afterEach, describe, expect, it, vi } from 'vitest';
import { NEUTRAL_VIEW } from '../picture/view.ts';
import { chooseDevice } from './chooseDevice.ts';
import { wasmThreads } from './compile.ts';
import { webPlatform } from './platform.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('files in memory', () => {
  it('are written, extended, read, listed and removed', async () => {
    const { files } = webPlatform();
    await files.write('run/a.txt', 'one');
    await files.append('run/a.txt', bytes('two'));
    await files.append('run/charts/b.svg', bytes('<svg/>'));
    expect(await files.exists('run/a.txt')).toBe(true);
    expect(await files.list('run')).toEqual(['a.txt', 'charts']);
    const part = await files.open('run/a.txt', async (file) => [file.bytes, await file.read(2, 3)]);
    expect(part).toEqual([6, bytes('etw')]);
    await files.remove('run/a.txt');
    expect(await files.list('run')).toEqual(['charts']);
  });

  it('name the file in errors', async () => {
    const { files } = webPlatform();
    await expect(files.open('a', async () => 0)).rejects.toThrow('a: no such file');
    await files.write('a', 'abc');
    await expect(files.open('a', (file) => file.read(1, 3))).rejects.toThrow('a: ends at byte 3: truncated');
  });

  it('are locked by one task at a time', async () => {
    const { files } = webPlatform();
    const both = files.lock('run', () => files.lock('run', async () => 'both'));
    await expect(both).rejects.toThrow('run: another task is using it');
    expect(await files.lock('run', async () => 'one')).toBe('one');
  });
});

describe('pictures in memory', () => {
  const picture = (length: number) =>
    ({ kind: 'pixels', name: 'M 51', pixels: new Uint8Array(length).fill(255) }) as const;

  it('fill batches; unreadable ones are reported', async () => {
    const images = [
      picture(424 * 424 * 3),
      picture(13),
      { kind: 'file', name: 'a.jpg', path: 'b/a.jpg' } as const,
      picture(10 * 10 * 3),
    ];
    const items = images.map((image) => ({ image, views: [NEUTRAL_VIEW] }));
    const reader = webPlatform().pictures();
    const job = { items, size: 2, capacity: 4 };
    for await (const { data, filled, failures } of reader.batches([job, job])) {
      expect(filled).toBe(4);
      expect(failures).toEqual([
        { item: 1, name: 'M 51', reason: 'expected a square RGB picture, [side, side, 3], got 13 bytes' },
        { item: 2, name: 'a.jpg', reason: 'a page reads only files that it was given' },
      ]);
      expect(Array.from({ length: 4 }, (_, column) => data[column])).toEqual([1, 0, 0, 1]);
      reader.recycle(data);
    }
  });
});

describe('the device of a page', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A page on a machine with two cores. */
  const stubPage = (crossOriginIsolated: boolean, gpu?: { requestAdapter(): Promise<unknown> }) => {
    vi.stubGlobal('crossOriginIsolated', crossOriginIsolated);
    vi.stubGlobal('navigator', { hardwareConcurrency: 2, gpu });
  };

  it('has threads only if the page is isolated', () => {
    stubPage(false);
    expect(wasmThreads(4)).toEqual({ threads: 1, reason: 'the page is not cross-origin isolated' });
    stubPage(true);
    expect(wasmThreads()).toEqual({ threads: 2, reason: 'one for each core' });
    expect(wasmThreads(1)).toEqual({ threads: 1, reason: 'as requested' });
  });

  it('is WebAssembly without a GPU, and says why', async () => {
    stubPage(true);
    const wasm = { device: 'wasm', threads: 2 };
    expect(await chooseDevice()).toEqual({ ...wasm, reason: 'this browser has no WebGPU' });
    stubPage(true, { requestAdapter: async () => null });
    expect(await chooseDevice()).toEqual({ ...wasm, reason: 'no GPU adapter' });
    expect(await chooseDevice({ webgpu: false })).toEqual({ ...wasm, reason: 'WebGPU is turned off' });
    stubPage(false, { requestAdapter: () => Promise.reject(new Error('lost')) });
    expect(await chooseDevice()).toEqual({
      device: 'wasm',
      threads: 1,
      reason: 'no GPU adapter; the page is not cross-origin isolated',
    });
  });
});
