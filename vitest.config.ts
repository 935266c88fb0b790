import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest, by the processor time that they take. They start first, so that no worker ends alone with one. */
const LONGEST = [
  'examples',
  'webgpu',
  'interference',
  'cli-compare',
  'kills',
  'resources',
  'cli-resume',
  'cli-signals',
  'cli-choices',
  'package',
  'cli-lines',
  'cli-train',
  'demo',
  'memory',
  'cli-predict',
].map((name) => `/test/${name}.test.ts`);

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return index === -1 ? LONGEST.length : index;
    };
    const others = await super.sort(files);
    return others.sort((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // ONNX Runtime and the image workers use every core themselves.
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
