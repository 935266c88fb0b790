import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, by the processor time that they take. They start first, so that no worker ends alone with one. */
const LONGEST = [
  'examples',
  'package',
  'page.browser',
  'engine-entry',
  'resources',
  'webgpu',
  'demo',
  'memory',
  'cli-choices',
  'cli-lines',
  'cli-resume',
  'interference',
  'cli-signals',
  'kills',
  'cli-train',
  'cli-split',
].map((name) => `/test/${name}.test.ts`);

/** Sorts by project too: two files that follow each other in a worker share its process only if they are of the same project. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return index === -1 ? LONGEST.length : index;
    };
    const others = await super.sort(files);
    return others.sort((a, b) => a.project.name.localeCompare(b.project.name) || rank(a) - rank(b));
  }
}

/** Files that change the process they run in, or measure it. */
const ALONE = [
  'test/{demo,engine-entry,examples,image-workers,memory,package,page.browser,recipe,report.browser,resources,webgpu}.test.ts',
];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // ONNX Runtime and the image workers use every core themselves.
    maxWorkers: 2,
    // The workers keep both cores busy, so that V8's own threads only take time from them. New arrays fill its default of 16 MB often.
    execArgv: ['--single-threaded-gc', '--max-semi-space-size=64'],
    sequence: { sequencer: LongestFirst },
    // A new process for each file would load the command, ONNX Runtime and the tools of the tests again, which takes a second.
    projects: [
      { extends: true, test: { name: 'alone', include: ALONE } },
      {
        extends: true,
        test: { name: 'commands', include: ['test/**/*.test.ts'], exclude: ALONE, isolate: false },
      },
      { extends: true, test: { name: 'src', include: ['src/**/*.test.ts'], isolate: false } },
    ],
  },
});
