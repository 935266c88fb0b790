import { describe, expect, it } from 'vitest';
import { parseTree } from './parse.ts';
import { GALAXY_ZOO_2 } from './surveys/galaxyZoo2.ts';
import { withColumns } from './surveys/withColumns.ts';
import { SURVEYS } from './surveys.ts';
import { columnNamed, type Tree } from './tree.ts';

const named = (name: string) => SURVEYS.find(({ data }) => data.name === name)!;
const parentsOf = (tree: Tree, topic: string) =>
  tree.questions
    .find((question) => question.topic === topic)!
    .parents.map((parent) => tree.columns[parent]!.label);

/** Questions and answers as in the sources; the first and the last column by name. */
const SOURCES: Readonly<Record<string, [questions: number, answers: number, first: string, last: string]>> = {
  gz2: [11, 37, 'Class1.1', 'Class9.3'], // Kaggle's training_solutions_rev1.csv
  // The columns of the published gz2_hart16 table.
  'gz2-hart': [11, 37, 't01_smooth_or_features_a01_smooth', 't11_arms_number_a37_cant_tell'],
  // The *_pairs of galaxy_datasets/shared/label_metadata.py in mwalmsley/galaxy-datasets.
  'gz2-datasets': [10, 30, 'bar-gz2_no', 'spiral-winding-gz2_tight'],
  'gz-desi': [10, 34, 'bar_no', 'spiral-winding_tight'],
  'gz-decals-12': [10, 30, 'bar-dr12_no', 'spiral-winding-dr12_tight'],
  'gz-decals-5': [10, 34, 'bar-dr5_no', 'spiral-winding-dr5_tight'],
  'gz-decals-8': [10, 34, 'bar-dr8_no', 'spiral-winding-dr8_tight'],
  // column_descriptions_main.tsv in willettk/gzhubble.
  'gz-hubble': [18, 57, 't01_smooth_or_features_a01_smooth', 't18_clumps_embedded_a02_no'],
  'gz-hubble-datasets': [12, 34, 'bar-hubble_no', 'spiral-winding-hubble_tight'],
  'gz-candels': [11, 32, 'bar-candels_no', 'spiral-winding-candels_tight'],
  'gz-ukidss': [10, 30, 'bar-ukidss_no', 'spiral-winding-ukidss_tight'],
  'gz-cosmic-dawn': [13, 45, 'artifact-cd_diffraction', 'spiral-winding-cd_tight'],
  'gz-euclid': [13, 46, 'artifact-euclid_diffraction', 'spiral-winding-euclid_tight'],
  'gz-jwst': [12, 39, 'bar-jwst_no', 'spiral-winding-jwst_tight'],
  // The class names of Galaxy10 DECaLS.
  'galaxy10-decals': [1, 10, 'Barred_Spiral_Galaxies', 'Unbarred_Tight_Spiral_Galaxies'],
};

describe('surveys', () => {
  it('have different names, and are all in the table of this test', () => {
    expect(SURVEYS.map(({ data }) => data.name)).toEqual(Object.keys(SOURCES));
  });

  it.each(SURVEYS.map((tree) => [tree.data.name, tree] as const))(
    "%s has its source's questions, answers and columns",
    (name, tree) => {
      const columns = tree.columns.map((column) => column.name).sort();
      expect([tree.questions.length, columns.length, columns[0], columns.at(-1)]).toEqual(SOURCES[name]);
      expect(new Set(columns).size).toBe(columns.length);
      const reached = new Set([1, ...tree.columns.map(({ next }) => next)]);
      expect(tree.questions.filter(({ number }) => !reached.has(number))).toEqual([]);
      expect(tree.data.fractions).toBe(name === 'gz2' ? 'cumulative' : 'conditional');
      for (const { column } of tree.data.classes ?? []) expect(columnNamed(tree, column)).toBeDefined();
      expect(parseTree(JSON.parse(JSON.stringify(tree.data)), name)).toEqual(tree);
    },
  );

  it('ask for mergers in all galaxies, but not in stars and artifacts', () => {
    for (const name of ['gz-decals-12', 'gz-decals-5', 'gz-candels', 'gz-euclid', 'gz-jwst']) {
      expect(parentsOf(named(name), 'merging')).toEqual(['shape: smooth', 'shape: features or disk']);
    }
    expect(parentsOf(named('gz2-hart'), 'odd')).toEqual(['shape: smooth', 'shape: features or disk']);
  });

  it('ask for a bar in disks that are not edge-on, and in spiral patterns of clumps', () => {
    expect(parentsOf(named('gz-decals-5'), 'bar')).toEqual(['edge-on: no']);
    expect(parentsOf(named('gz-hubble'), 'bar')).toEqual(['clump arrangement: spiral', 'edge-on: no']);
    expect(parentsOf(named('gz-hubble-datasets'), 'bar')).toEqual(['edge-on: no']);
    expect(parentsOf(named('gz-hubble-datasets'), 'symmetry')).toEqual(['clumpy: yes']);
  });
});

describe('withColumns', () => {
  it('refuses another number of columns than of answers', () => {
    const table = { name: 'x', title: 'X', source: 'a test', columns: { odd: ['odd'] } };
    expect(() => withColumns(GALAXY_ZOO_2.data, table)).toThrow('odd: expected 2 columns, got 1');
  });
});
