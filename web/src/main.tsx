/** The page: draws what the worker computes. */
import { wrap } from 'comlink';
import { render } from 'preact';
import { keepOffline } from './keepOffline.ts';
import type { PageWorker } from './worker.ts';

const worker = wrap<PageWorker>(
  new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'tuningfork' }),
);

if (import.meta.env.PROD) void keepOffline(() => true);

const root = document.getElementById('page')!;
render(<p>Reading the model</p>, root);
const { route } = await worker.predictSimulated(2014, 100001);
render(<p>A simulated galaxy: {route}</p>, root);
performance.mark('first answer'); // for tests and benchmarks
