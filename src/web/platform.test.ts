import { describe, expect, it } from 'vitest';
import { NEUTRAL_VIEW } from '../picture/view.ts';
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
      picture(12),
      { kind: 'file', name: 'a.jpg', path: 'b/a.jpg' } as const,
    ];
    const items = images.map((image) => ({ image, views: [NEUTRAL_VIEW] }));
    const reader = webPlatform().pictures();
    const job = { items, size: 2, capacity: 3 };
    for await (const { data, filled, failures } of reader.batches([job, job])) {
      expect(filled).toBe(3);
      expect(failures).toEqual([
        { item: 1, name: 'M 51', reason: 'expected 539328 bytes, 424×424 of RGB, got 12' },
        { item: 2, name: 'a.jpg', reason: 'a page reads only files that it was given' },
      ]);
      expect(Array.from({ length: 3 }, (_, column) => data[column])).toEqual([1, 0, 0]);
      reader.recycle(data);
    }
  });
});
