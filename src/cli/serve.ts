import { spawn } from 'node:child_process';
import { z } from 'zod';
import { serveSchema } from '../tasks/options.ts';
import { command } from './command.ts';
import { onSignals } from './signals.ts';

/** The programs that open a URL in the browser, by platform. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer' };

export const serveCommand = command({
  name: 'serve',
  description: 'serve the page that classifies, labels and trains in a browser, to this machine only',
  schema: serveSchema.extend({
    open: z.boolean().default(false).meta({ description: 'open the page in the browser' }),
  }),
  async run({ open, ...options }, terminal) {
    const { serve } = await import('../tasks/serve.ts');
    const { url, close } = await serve(options);
    const stopped = new Promise<() => void>((resolve) => {
      const end = onSignals(() => resolve(end));
    });
    terminal.result(url, { url });
    terminal.note('Ctrl-C stops the server');
    if (open) {
      const opener = OPENERS[process.platform] ?? 'xdg-open';
      spawn(opener, [url], { stdio: 'ignore', detached: true })
        .on('error', () => terminal.note(`${opener} cannot be started: open ${url} yourself`))
        .unref();
    }
    (await stopped)();
    await close();
  },
});
