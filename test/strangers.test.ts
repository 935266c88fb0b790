/** Pictures, tables and archives from strangers: invalid ones are refused with one line, and valid ones never lead out of their folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { crc32, deflateRawSync, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { submissionHeader, submissionLine } from '../src/data/submission.ts';
import { openTable } from '../src/data/tables/open.ts';
import { readVotes } from '../src/data/votes.ts';
import { UserError } from '../src/errors.ts';
import { parseJson } from '../src/files/json.ts';
import { openImages } from '../src/node/data/openCatalogue.ts';
import { readSolutions } from '../src/node/data/readSolutions.ts';
import { listSource, readReference } from '../src/node/files/source.ts';
import { nodeDecoder } from '../src/node/pictures/decode.ts';
import { decodeSquare } from '../src/picture/decode.ts';
import { GALAXY_ZOO_2 } from '../src/tree/surveys/galaxyZoo2.ts';
import { filesBelow, runHere, SMALL, succeed, temporaryFolder } from './command.ts';
import { zipFixture } from './fixtures/zip.ts';
import { galaxyIds, galaxyPicture, writeSky } from './galaxies.ts';

const { path, remove } = temporaryFolder();
const run = path('run');
/** A valid picture of a galaxy. */
let jpeg: Buffer;
let png: Buffer;
beforeAll(async () => {
  jpeg = await galaxyPicture(1);
  png = await sharp(jpeg).png().toBuffer();
  await writeSky(path('sky'), galaxyIds(8));
  const flags = ['--epochs', '1', '--validation', '0', '--quiet'];
  await succeed('train', '--data', path('sky'), '--out', run, ...SMALL, ...flags);
});
afterAll(remove);

/** The message of a refusal. */
const refusal = async (attempt: Promise<unknown>): Promise<string> => {
  const error = await attempt.then(
    () => undefined,
    (error) => error,
  );
  expect(error).toBeInstanceOf(UserError);
  return error.message;
};

/** The peak growth of the process, in MB. */
async function growth(work: () => Promise<unknown>): Promise<number> {
  const before = process.resourceUsage().maxRSS;
  await work();
  return (process.resourceUsage().maxRSS - before) / 1024;
}

/** A PNG's chunk: length, type, data, checksum. */
function chunk(type: string, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

/** A PNG of black RGB with any pixel data after its header. */
function pngOf(width: number, height: number, pixels: Uint8Array): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    png.subarray(0, 8),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(pixels)),
    chunk('IEND', new Uint8Array()),
  ]);
}

describe('a picture', () => {
  it('with a header that declares too much is refused before it takes memory', async () => {
    const bomb = Buffer.from(jpeg);
    const frame = bomb.indexOf(Buffer.of(0xff, 0xc0)); // start of frame: height at 5, width at 7
    bomb.writeUInt16BE(30_000, frame + 5);
    bomb.writeUInt16BE(30_000, frame + 7);
    const grown = await growth(async () => {
      for (const bytes of [bomb, pngOf(30_000, 30_000, new Uint8Array(1000))]) {
        expect(await refusal(decodeSquare(nodeDecoder, bytes, 'bomb'))).toBe(
          'bomb: larger than 64 million pixels',
        );
      }
    });
    expect(grown).toBeLessThan(100);
  });

  it('takes only the memory of its declared size, whatever its data inflate to', async () => {
    const bomb = pngOf(424, 424, new Uint8Array(100_000_000));
    expect(bomb.length).toBeLessThan(200_000);
    let pixels: Uint8Array | undefined;
    const grown = await growth(async () => {
      ({ pixels } = await decodeSquare(nodeDecoder, bomb, 'bomb.png'));
    });
    expect(pixels?.every((value) => value === 0)).toBe(true);
    expect(grown).toBeLessThan(50);
  });

  it.each<[string, () => Promise<Uint8Array> | Uint8Array, string]>([
    ['of zero bytes', () => new Uint8Array(), 'the file is empty'],
    [
      'that is a page',
      () => Buffer.from('<html>\u001b[2J'),
      'not a JPEG, PNG, TIFF, WebP or FITS file: it begins with "<html>\\u001b[2J"',
    ],
    [
      'that is a GIF',
      () => sharp(jpeg).gif().toBuffer(),
      'not a JPEG, PNG, TIFF, WebP or FITS file: it begins with "GIF89a',
    ],
    ['cut in half', () => jpeg.subarray(0, jpeg.length / 2), 'premature end of JPEG image'],
  ])('%s is refused with the reason', async (_, make, reason) => {
    expect(await refusal(decodeSquare(nodeDecoder, await make(), '1.jpg'))).toContain(`1.jpg: ${reason}`);
  });

  it('that is animated (APNG) is read as its first frame', async () => {
    const animation = chunk('acTL', Buffer.of(0, 0, 0, 2, 0, 0, 0, 0));
    const end = 8 + 25; // of the header
    const animated = Buffer.concat([png.subarray(0, end), animation, png.subarray(end)]);
    const [frame, still] = await Promise.all([
      decodeSquare(nodeDecoder, animated, 'a.png'),
      decodeSquare(nodeDecoder, png, 's.png'),
    ]);
    expect(Buffer.compare(frame.pixels, still.pixels)).toBe(0);
  });

  it('with more bytes than any picture has is not read', async () => {
    writeFileSync(path('long.jpg'), jpeg);
    truncateSync(path('long.jpg'), 3_000_000_000); // sparse
    const [long] = await listSource(path('long.jpg'));
    expect(await refusal(readReference(long!, 200_000_000))).toBe(
      `${path('long.jpg')}: expected at most 200000000 bytes, got 3000000000`,
    );
  });
});

describe('a folder', () => {
  it('of links, pipes and folders: only links to files are followed', async () => {
    const folder = path('links');
    mkdirSync(`${folder}/5.jpg`, { recursive: true });
    writeFileSync(`${folder}/1.jpg`, jpeg);
    symlinkSync('1.jpg', `${folder}/2.jpg`);
    symlinkSync('nowhere.jpg', `${folder}/3.jpg`);
    symlinkSync('4.jpg', `${folder}/4.jpg`);
    symlinkSync('.', `${folder}/6.jpg`);
    symlinkSync('/dev/zero', `${folder}/7.jpg`);
    execFileSync('mkfifo', [`${folder}/8.jpg`, path('pipe.jpg'), path('pipe.zip')]);
    expect((await listSource(folder)).map(({ name }) => name)).toEqual(['1.jpg', '2.jpg']);
    // A file that becomes a pipe after it was listed does not block.
    const late = { kind: 'file', name: '8.jpg', path: `${folder}/8.jpg` } as const;
    expect(await refusal(readReference(late))).toBe(`${late.path}: expected a file, got a pipe or a device`);
    for (const name of ['pipe.jpg', 'pipe.zip']) {
      expect(await refusal(listSource(path(name)))).toContain(
        'expected a file or folder, got a pipe or a device',
      );
    }
    expect(await refusal(listSource(`${folder}/4.jpg`))).toContain('a link that points back to itself');
  });

  it('of names that are special to a terminal or a table: they are preserved without effect', async () => {
    const folder = path('names');
    mkdirSync(folder);
    const names = [
      'a b.jpg',
      'é.jpg', // composed
      'e\u0301.jpg', // decomposed: another file
      'line\nbreak.jpg',
      'comma, "quote".jpg',
      '\u001b[2J\u001b]0;owned\u0007.jpg',
      '\u202egpj.exe.jpg',
    ];
    for (const name of names) writeFileSync(`${folder}/${name}`, jpeg);
    writeFileSync(`${folder}/\u001b[31mbroken\n.jpg`, 'not a picture');
    const out = path('names.csv');
    const flags = ['--max-bad', '0.2', '--threads', '1', '--workers', '1'];
    const outcome = await runHere(['predict', '--run', run, '--images', folder, '--out', out, ...flags]);
    expect(outcome).toMatchObject({ code: 0, stdout: `${names.length} predictions in ${out}\n` });
    expect(outcome.stderr).toContain(
      '\\u001b[31mbroken\\u000a.jpg: skipped: not a JPEG, PNG, TIFF, WebP or FITS file',
    );
    expect(outcome.stderr.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(cells(readFileSync(out, 'utf8')).map(([name]) => name)).toEqual([
      'GalaxyID',
      ...names.map((name) => name.replace('.jpg', '')).sort(),
    ]);
  });
});

/** The cells of a table by RFC 4180, read independently of the program's reader: a name may contain anything. */
function cells(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,"\r\n]*))(,|\r\n)/g)) {
    rows.at(-1)!.push(quoted?.replaceAll('""', '"') ?? plain!);
    if (end === '\r\n') rows.push([]);
  }
  return rows.slice(0, -1);
}

describe('a zip', () => {
  /** Writes a damaged zip. */
  function writeZip(name: string, bytes: Uint8Array): string {
    writeFileSync(path(name), bytes);
    return path(name);
  }

  it.each(['../1.jpg', '/1.jpg', 'a/../../1.jpg', 'C:/1.jpg', '..\\1.jpg'])(
    'with a file named %s is refused: the path leaves the folder',
    async (name) => {
      const zip = writeZip('climbing.zip', zipFixture({ '2.jpg': jpeg, [name]: jpeg }));
      expect(await refusal(listSource(zip))).toMatch(
        /climbing\.zip: (absolute path|invalid relative path): /,
      );
    },
  );

  it('whose names have folders is drawn into the output folder, and nowhere else', async () => {
    const zip = writeZip('deep.zip', zipFixture({ 'a/b/1.jpg': jpeg, 'c\\2.jpg': jpeg }));
    const before = filesBelow(path());
    const flags = ['--layer', 'conv4', '--threads', '1', '--quiet'];
    await succeed('explain', '--run', run, '--image', zip, '--out', path('sheets'), ...flags);
    const made = filesBelow(path()).filter((name) => !before.includes(name));
    expect(made).toEqual(['sheets/a_b_1.png', 'sheets/c_2.png', 'sheets/measures.csv']);
  });

  it('that inflates to more than it declares is stopped at the declared size', async () => {
    const content = new Uint8Array(300_000_000);
    const zip = zipFixture({ '1.jpg': content });
    expect(zip.length).toBeLessThan(400_000);
    const directory = zip.indexOf('PK\x01\x02');
    zip.writeUInt32LE(1000, directory + 24); // the uncompressed size
    zip.writeUInt32LE(1000, 22);
    const [file] = await listSource(writeZip('small.zip', zip));
    const grown = await growth(async () => {
      expect(await refusal(readReference(file!))).toMatch(
        /small\.zip:1\.jpg: damaged zip: .* larger than 1000 bytes/,
      );
    });
    expect(grown).toBeLessThan(50);
  });

  it.each([
    ['has is not inflated', 24],
    ['takes, compressed, is not read', 20],
  ])('that declares more than any picture %s', async (_, sizeAt) => {
    const content = deflateRawSync(new Uint8Array(1000));
    const zip = zipFixture({ '1.jpg': new Uint8Array(1000) });
    expect(zip.includes(content)).toBe(true);
    zip.writeUInt32LE(4_000_000_000, zip.indexOf('PK\x01\x02') + sizeAt);
    const [file] = await listSource(writeZip('large.zip', zip));
    expect(await refusal(readReference(file!))).toMatch(
      /large\.zip:1\.jpg: expected at most 500000000 bytes, got 4000000000$/,
    );
  });

  it('whose files overlap is refused', async () => {
    const zip = zipFixture({ '1.jpg': jpeg, '2.jpg': jpeg });
    zip.writeUInt32LE(0, zip.lastIndexOf('PK\x01\x02') + 42); // the second file's offset: that of the first
    expect(await refusal(listSource(writeZip('shared.zip', zip)))).toMatch(
      /shared\.zip: damaged zip: [12]\.jpg overlaps [12]\.jpg$/,
    );
  });

  it('in a zip is not a picture', async () => {
    const inner = zipFixture({ '1.jpg': jpeg });
    const zip = writeZip('outer.zip', zipFixture({ 'inner.zip': inner, 'inner.jpg': inner }));
    expect((await listSource(zip)).map(({ name }) => name)).toEqual(['inner.jpg']);
    expect(await refusal(decodeSquare(nodeDecoder, inner, 'inner.jpg'))).toContain(
      'not a JPEG, PNG, TIFF, WebP or FITS file: it begins with "PK',
    );
  });

  it('whose name has control characters is refused without printing them', async () => {
    const zip = writeZip('names.zip', zipFixture({ '1.jpg': jpeg, '\u001b[2J\n/1.jpg': jpeg }));
    expect(await refusal(openImages(zip))).toContain(
      'two pictures of galaxy 1: \\u001b[2J\\u000a/1.jpg and 1.jpg',
    );
  });
});

describe('a table', () => {
  const row = `1${',0.5'.repeat(37)}`;

  it.each<[string, string | Uint8Array, string]>([
    [
      'of UTF-16',
      Buffer.from(
        `\ufeff${['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',')}\n${row}\n`,
        'utf16le',
      ),
      ': expected UTF-8, got UTF-16',
    ],
    [
      'whose lines end in CR alone',
      `${['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',')}\r${row}\r`,
      ' line 1: expected lines that end in LF or CRLF, got CR alone',
    ],
    [
      'with NUL in a cell',
      `${['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',')}\n${row.replace('0.5', '0.\0')}\n`,
      " line 2: Class1.1: expected a number, got '0.\\u0000'",
    ],
    [
      'of 200,000 columns',
      `${['GalaxyID', ...GALAXY_ZOO_2.columns.map(({ name }) => name)].join(',')}${',Class1.1'.repeat(200_000)}\n`,
      ' line 1: repeated column Class1.1, Class1.1, Class1.1, Class1.1 and 199996 more',
    ],
    [
      'of one long line',
      'x'.repeat(5_000_000),
      `: expected the columns of Galaxy Zoo 2, Class1.1, Class1.2 and 35 more; got ${'x'.repeat(40)}…; map yours`,
    ],
  ])('%s is refused with the reason', async (_, content, reason) => {
    writeFileSync(path('table.csv'), content);
    expect(await refusal(readSolutions(GALAXY_ZOO_2, path('table.csv')))).toContain(
      `${path('table.csv')}${reason}`,
    );
  });

  it('longer than the longest text is refused before it is read', async () => {
    writeFileSync(path('long.csv'), '');
    truncateSync(path('long.csv'), 10_000_000_000); // sparse
    expect(await refusal(readSolutions(GALAXY_ZOO_2, path('long.csv')))).toBe(
      `${path('long.csv')}: expected at most 500000000 bytes, got 10000000000`,
    );
  });

  it('can contain any name that a picture can have', async () => {
    const fractions = new Float32Array(37);
    const names = ['a,b', '"', 'a\nb', '\r\n', ' a ', "'", '\ud83c\udf0c'];
    const text = names.map((id) => submissionLine(GALAXY_ZOO_2, { id, fractions })).join('');
    expect(cells(text).map(([name]) => name)).toEqual(names);
    const bytes = new TextEncoder().encode(submissionHeader(GALAXY_ZOO_2) + text);
    const table = await readVotes(GALAXY_ZOO_2, await openTable(bytes, 'names.csv'));
    expect(table.ids).toEqual(names);
  });
});

describe('JSON', () => {
  it('nested too deeply is refused', () => {
    const deep = `{\n"a": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect(() => parseJson(deep, 'deep.json')).toThrow('deep.json line 2: nested deeper than 100 levels');
    expect(() => parseJson('['.repeat(100_000), 'open.json')).toThrow(/^open\.json line 1: not JSON: /);
    expect(parseJson(`"${'['.repeat(1000)}\\"["`, 'text.json')).toBe(`${'['.repeat(1000)}"[`);
  });

  it('with very many lines is refused with the number of the wrong line', () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `{ "a": ${i} },`);
    lines[150_000] = '{ "a": 1, }';
    expect(() => parseJson(`[\n${lines.join('\n')}\n1]`, 'long.json')).toThrow(
      'long.json line 150002: not JSON',
    );
  });
});

describe('a message', () => {
  it('is one line of bounded length without control characters', () => {
    const { message } = new UserError(`a.csv: ${'\u001b[31m\n\u009b\u202e\u2028\ud800'.repeat(10_000)}: bad`);
    expect(message).not.toMatch(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202e]/u);
    expect(message.length).toBeLessThan(2100);
    expect(message.startsWith('a.csv: \\u001b[31m\\u000a\\u009b\\u202e')).toBe(true);
    expect(message.endsWith(': bad')).toBe(true);
  });
});
