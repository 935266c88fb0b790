import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { displayWidth } from './printable.ts';
import { clearProgress, Terminal } from './terminal.ts';

let told: string[];
let results: string;
let now: number;

beforeEach(() => {
  [told, results, now] = [[], '', 0];
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    results += String(text);
    return true;
  });
  vi.spyOn(performance, 'now').mockImplementation(() => now);
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => {
  clearProgress();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  setWidth(undefined);
});

/** Makes stderr a terminal of the given number of columns, or no terminal. */
function setWidth(columns: number | undefined): void {
  Object.assign(process.stderr, { isTTY: columns !== undefined, columns });
}

/** The content of a terminal's last line after a text, whose carriage returns overwrite the line from its beginning. */
function screen(text: string): string {
  let line = '';
  for (const part of text.split(/(\r|\n)/)) {
    if (part === '\n') line = '';
    else if (part !== '\r') line = part + line.slice(part.length);
  }
  return line;
}

const NAMES = [
  '银河系-100008.jpg',
  'galaxy 100008',
  '👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀👩‍🚀',
  'a'.repeat(300),
];

describe('the progress line', () => {
  it.each([200, 80, 20, 2, 1])('fits into %i columns without escape sequences', (columns) => {
    setWidth(columns);
    const terminal = new Terminal({});
    for (const name of NAMES) {
      now += 1000;
      terminal.progress(() => name);
    }
    terminal.result('done', {});
    expect(told.length).toBeGreaterThanOrEqual(NAMES.length);
    for (const part of told.join('').split('\r')) {
      expect(displayWidth(part)).toBeLessThan(Math.max(columns, 1));
      expect(part).not.toMatch(/\p{Cc}/u);
    }
    expect(results).toBe('done\n');
  });

  it('assumes 80 columns if the terminal reports none', () => {
    setWidth(0);
    new Terminal({}).progress(() => 'a'.repeat(300));
    expect(told.join('')).toBe('a'.repeat(79));
  });

  it("follows changes of the terminal's width", () => {
    const terminal = new Terminal({});
    const widths = [30, 10, 60].map((columns) => {
      setWidth(columns);
      now += 1000;
      told = [];
      terminal.progress(() => 'a'.repeat(100));
      return displayWidth(told.at(-1)!);
    });
    expect(widths).toEqual([29, 9, 59]);
  });

  it('is overwritten by the next line, a note or a result, without remains', () => {
    setWidth(80);
    const terminal = new Terminal({});
    terminal.progress(() => 'a long line of progress');
    now += 1000;
    terminal.progress(() => 'short');
    expect(screen(told.join('')).trimEnd()).toBe('short');
    terminal.note('a note');
    expect(told.at(-1)).toBe('a note\n');
    terminal.progress(() => 'more');
    terminal.result('done', {});
    expect(screen(told.join('')).trim()).toBe('');
  });

  it('is drawn at most ten times a second', () => {
    setWidth(80);
    const terminal = new Terminal({});
    for (now = 0; now < 1000; now += 10) terminal.progress(() => `${now}`);
    expect(told.filter((text) => /\d/.test(text))).toHaveLength(10);
  });

  it.each(['no terminal', 'dumb'])(
    'becomes an occasional line on %s, and the last one is printed',
    (kind) => {
      setWidth(kind === 'dumb' ? 80 : undefined);
      vi.stubEnv('TERM', kind === 'dumb' ? 'dumb' : 'xterm');
      const terminal = new Terminal({});
      for (let second = 0; second <= 25; second++) {
        now = 1000 * second;
        terminal.progress(() => `${second}/25`);
      }
      terminal.result('done', {});
      expect(told).toEqual(['0/25\n', '10/25\n', '20/25\n', '25/25\n']);
      terminal.result('done', {});
      expect(told).toHaveLength(4);
    },
  );
});

describe('a name', () => {
  const name = 'a\x1b[2J\r\nb.jpg';
  const shown = 'a\\u001b[2J\\u000d\\u000ab.jpg';

  it('is escaped in notes, progress and results, and unchanged in JSON', () => {
    const terminal = new Terminal({});
    terminal.listening.onEvent({ kind: 'skipped', name, reason: 'broken' });
    terminal.progress(() => name);
    terminal.result(`1 prediction in ${name}`, {});
    new Terminal({ json: true }).result('', { name });
    expect(told).toEqual([`${shown}: skipped: broken\n`, `${shown}\n`]);
    const [text, ...json] = results.split(/(?=\{)/);
    expect(text).toBe('1 prediction in a\\u001b[2J\\u000d\nb.jpg\n');
    expect(JSON.parse(json.join(''))).toEqual({ name });
  });
});

it('prints nothing on stderr if it is quiet', () => {
  setWidth(80);
  const terminal = new Terminal({ quiet: true });
  terminal.note('a note');
  terminal.progress(() => 'progress');
  terminal.result('done', {});
  expect([told, results]).toEqual([[], 'done\n']);
});
