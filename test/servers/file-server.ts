import { once } from 'node:events';
import { createServer } from 'node:http';

/** An HTTP server that holds files in memory and can misbehave as servers do. */
export interface FileServer {
  url: string;
  files: Map<string, Buffer>;
  /** Answers in a row that break off in the middle of the body. */
  breaks: number;
  /** Status of every answer, where it is not to be the usual one. */
  status: number | null;
  /** "GET /name" of every request so far. */
  requests: string[];
  close(): Promise<void>;
}

/** Paths under /moved/ are redirected to the same path without it; /tagged/ is served with an ETag. */
export async function startFileServer(): Promise<FileServer> {
  const state: Omit<FileServer, 'url' | 'close'> = { files: new Map(), breaks: 0, status: null, requests: [] };
  const server = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').split('?')[0] as string);
    state.requests.push(`${request.method} ${path}`);
    if (state.status !== null) return response.writeHead(state.status).end('no');
    if (path.startsWith('/moved/')) return response.writeHead(302, { location: path.slice('/moved'.length) }).end();
    const body = state.files.get(path.replace(/^\/tagged/, ''));
    if (body === undefined) return response.writeHead(404).end('not found');
    response.setHeader('content-length', body.length);
    if (path.startsWith('/tagged/'))
      response.setHeader('etag', `"${body.length}-${body.subarray(-8).toString('hex')}"`);
    if (request.method === 'HEAD') return response.end();
    if (state.breaks === 0) return response.end(body);
    state.breaks -= 1;
    response.write(body.subarray(0, body.length >> 1), () => response.destroy());
    return undefined;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
