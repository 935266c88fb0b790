import { statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import type { z } from 'zod';
import { OptionError, UserError } from '../errors.ts';
import { describeErrno } from '../node/files/systemError.ts';
import { checkedOptions, serveSchema } from './options.ts';
import { PAGE_HEADERS } from './pageHeaders.ts';

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const PAGE = fromHere('../../dist/page');
const INDEX = join(PAGE, 'index.html');
const MODELS = fromHere('../../models');

/** The URL of the model in the page. */
const BOX = /^\/assets\/box-[\w-]+\.safetensors$/;

/** Only this machine can connect. */
const HOST = '127.0.0.1';

/** Without `port`, the first free one of these is taken. */
const PORTS = Array.from({ length: 20 }, (_, i) => 4240 + i);

/** When the page was built; undefined if it is not there. */
const builtAt = () => statSync(INDEX, { throwIfNoEntry: false })?.mtimeMs;

/** A running server. */
export interface PageServer {
  /** The address of the page. */
  url: string;
  /** Stops the server. */
  close(): Promise<void>;
}

/** Makes the server listen. @returns false if the port is in use */
const listens = (server: Server, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new OptionError('port', describeErrno(error), port, { cause: error }));
    };
    server.once('error', fail).listen(port, HOST, () => {
      server.off('error', fail);
      resolve(true);
    });
  });

/**
 * Serves the page on this machine only, with the headers that threads need. Requests that name another host are refused: a site whose
 * name leads to this machine could read the page otherwise (DNS rebinding).
 * @throws OptionError if the port cannot be used; UserError if the page is not built
 * @example
 * const { url, close } = await serve();
 * (await fetch(url)).status; // 200
 * await close();
 */
export async function serve(options: z.input<typeof serveSchema> = {}): Promise<PageServer> {
  const { port: wanted } = checkedOptions(serveSchema, options);
  const version = builtAt();
  if (version === undefined)
    throw new UserError(`${INDEX}: no such file; npm run build makes it`, { code: 'file' });
  const models = sirv(MODELS, { etag: true });
  // sirv lists the folder now, and serves nothing that is not in its list.
  const page = sirv(PAGE, {
    etag: true,
    setHeaders: (response, path) =>
      response.setHeader(
        'Cache-Control',
        path.startsWith('/assets/') ? 'max-age=31536000, immutable' : 'no-cache',
      ),
    // The package has one copy of the model, outside the page.
    onNoMatch: (request, response) => {
      if (!BOX.test(request.url!)) {
        response.writeHead(404).end();
        return;
      }
      request.url = '/box.safetensors';
      models(request, response);
    },
  });
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(PAGE_HEADERS)) response.setHeader(name, value);
    const { port } = server.address() as AddressInfo;
    const hosts = [HOST, 'localhost', '[::1]'].map((host) => (port === 80 ? host : `${host}:${port}`));
    const refuse = (status: number, reason: string) =>
      response.writeHead(status, { 'Content-Type': 'text/plain' }).end(reason);
    if (!hosts.includes(request.headers.host ?? '')) refuse(403, `The page is at http://${hosts[0]}/ only.`);
    else if (request.method !== 'GET' && request.method !== 'HEAD')
      refuse(405, 'The page can only be read: use GET or HEAD.');
    else if (builtAt() !== version)
      refuse(503, 'The page was built again: restart the server.'); // sirv's list is out of date
    else {
      delete request.headers.range; // sirv throws for ranges that end before they begin
      page(request, response);
    }
  });
  for (const port of wanted === undefined ? PORTS : [wanted]) {
    if (!(await listens(server, port))) continue;
    return {
      url: `http://${HOST}:${port}/`,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }
  if (wanted !== undefined) throw new OptionError('port', 'is in use; choose another one', wanted);
  throw new OptionError('port', `${PORTS[0]} to ${PORTS.at(-1)} are in use; choose another one`);
}
