import { describe, expect, it } from 'vitest';
import { printable } from '../errors.ts';
import { counted, cutToWidth, displayWidth, printableLines, shellWord } from './printable.ts';

describe('printableLines', () => {
  it.each([
    ['plain · ±—…', 'plain · ±—…'],
    ['银河 🌌 é', '银河 🌌 é'],
    ['red\x1b[31m.jpg', 'red\\u001b[31m.jpg'],
    ['bell\x07 back\b tab\t return\r', 'bell\\u0007 back\\u0008 tab\\u0009 return\\u000d'],
    ['delete\x7f, another escape\x9b2J', 'delete\\u007f, another escape\\u009b2J'],
    ['gpj.\u202etxt', 'gpj.\\u202etxt'],
    ['two\nlines', 'two\nlines'],
  ])('makes %j %j', (text, expected) => {
    expect(printableLines(text)).toBe(expected);
  });

  it('escapes every character that controls a terminal', () => {
    const all = Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)).join('');
    expect(printable(all)).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u);
  });
});

describe('cutToWidth', () => {
  const lines = [
    'galaxy 100008',
    '银河系 100008',
    'e\u0301toile e\u0301',
    '👩‍🚀 in M31',
    'ｆｕｌｌ',
    '한국어',
    '',
  ];
  it.each(lines)('cuts %j before the first letter that does not fit', (line) => {
    for (let columns = 0; columns <= displayWidth(line) + 1; columns++) {
      const cut = cutToWidth(line, columns);
      expect(line.startsWith(cut)).toBe(true);
      expect(displayWidth(cut)).toBeLessThanOrEqual(columns);
      expect(displayWidth(cut)).toBeGreaterThanOrEqual(Math.min(displayWidth(line), columns - 1));
    }
  });

  it('measures the width of letters', () => {
    expect(lines.map(displayWidth)).toEqual([13, 13, 8, 9, 8, 6, 0]);
  });
});

it('shellWord returns text that a shell reads as one word', () => {
  expect(['runs/first', 'my run', "it's", '$HOME', '银河', 'a;b', '*'].map(shellWord)).toEqual([
    'runs/first',
    "'my run'",
    "'it'\\''s'",
    "'$HOME'",
    '银河',
    "'a;b'",
    "'*'",
  ]);
});

it('counted uses the singular and the plural', () => {
  expect([0, 1, 2].map((count) => counted(count, 'epoch', 'epochs'))).toEqual([
    '0 epochs',
    '1 epoch',
    '2 epochs',
  ]);
});
