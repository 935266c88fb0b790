import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { OptionError } from '../errors.ts';
import { trainingSchema } from '../train/config.ts';
import { addSchemaOptions, flagMessage, formatFlags, givenSettings, parseConfig } from './flags.ts';
import { shellWord } from './printable.ts';

/** Parses a command line into settings. @throws commander's error */
function settingsOf(...parameters: string[]): Record<string, unknown> {
  const command = new Command('train').exitOverride().configureOutput({ outputError: () => {} });
  addSchemaOptions(command, trainingSchema);
  command.parse(parameters, { from: 'user' });
  return givenSettings(trainingSchema, command.opts());
}

describe('flags of the training schema', () => {
  it('become settings of the right type, without defaults', () => {
    expect(settingsOf()).toEqual({});
    expect(
      settingsOf('--epochs', '3', '--lr', '1e-3', '--max-bad=0', '--network', 'cnn', '--kernels', '7,5,3,3'),
    ).toEqual({ epochs: 3, learningRate: 1e-3, maxBad: 0, network: 'cnn', kernels: [7, 5, 3, 3] });
  });

  it('collect the values of repeated flags', () => {
    const parameters = ['--solutions', 'a.csv', '--images', 'a', '--solutions', 'b.csv', '--images', 'b'];
    expect(settingsOf(...parameters)).toEqual({ solutions: ['a.csv', 'b.csv'], images: ['a', 'b'] });
  });

  it.each([
    ['epochs', '0', 'expected 1 or more'],
    ['epochs', 'x', 'expected a number'],
    ['epochs', '', 'expected a value, got nothing'],
    ['epochs', '0x10', 'expected a number'],
    ['epochs', '2.5', 'expected a whole number'],
    ['lr', '0', 'expected more than 0'],
    ['lr', '1e999', 'expected a finite number'],
    ['validation', '-0.1', 'expected 0 or more'],
    ['validation', '1', 'expected less than 1'],
    ['max-bad', '2', 'expected 1 or less'],
    ['seed', '9007199254740993', 'expected 9007199254740991 or less'],
    ['kernels', '3,,3,3', "expected a number, got ''"],
    ['crop', '300', 'expected 2 numbers'],
    ['schedule', 'fast', 'expected cosine, warm-restarts or constant'],
  ])('refuse --%s %j: %s', (flag, value, reason) => {
    expect(() => settingsOf(`--${flag}`, value)).toThrow(`--${flag} ${shellWord(value)}: ${reason}`);
  });
});

describe('flagMessage', () => {
  it.each([
    [new OptionError('learningRate', 'expected more than 0', 0), '--lr 0: expected more than 0'],
    [new OptionError('kernels.1', 'expected odd sizes, got 4'), '--kernels: expected odd sizes, got 4'],
    [
      new OptionError('maxBad', 'requires `layerLr`; see `predict`'),
      '--max-bad: requires --layer-lr; see `predict`',
    ],
    [new OptionError('seeds', 'one comes twice: 1, 1'), 'seeds: one comes twice: 1, 1'],
  ])('writes %s as %j', (error, message) => {
    expect(flagMessage(error, [trainingSchema])).toBe(message);
  });
});

describe('parseConfig', () => {
  it('reads some of the settings and adds no defaults', () => {
    expect(parseConfig(trainingSchema, '{ "epochs": 3, "kernels": [3, 3, 3, 3] }', 'a.json')).toEqual({
      epochs: 3,
      kernels: [3, 3, 3, 3],
    });
  });

  it('accepts flag names as keys', () => {
    const settings = { learningRate: 1e-3, maxBad: 0.5 };
    expect(parseConfig(trainingSchema, '{ "lr": 1e-3, "max-bad": 0.5 }', 'a.json')).toEqual(settings);
  });

  it.each([
    ['{ "epoch": 3 }', 'a.json: unknown key "epoch"'],
    ['{ "kernels": [3, "x"] }', 'a.json: kernels.1: expected a number, got "x"'],
    ['{ "lr": 0 }', 'a.json: learningRate: expected more than 0, got 0'],
    ['[]', 'a.json: expected an object, got []'],
    ['{', /^a\.json line 1: not JSON: /],
  ])('refuses %s and names file and key', (text, message) => {
    expect(() => parseConfig(trainingSchema, text, 'a.json')).toThrow(message);
  });
});

describe('a boolean setting', () => {
  it('is a flag without a value, when parsed and when printed', () => {
    expect(settingsOf('--force')).toEqual({ force: true });
    expect(settingsOf('--force', '--epochs', '3')).toEqual({ force: true, epochs: 3 });
    expect(() => settingsOf('--force=false')).toThrow();
    expect(parseConfig(trainingSchema, '{ "force": true }', 'a.json')).toEqual({ force: true });
    expect(formatFlags(trainingSchema, { force: true, epochs: 3 })).toBe('--force --epochs 3');
    expect(formatFlags(trainingSchema, { force: false })).toBe('');
  });
});
