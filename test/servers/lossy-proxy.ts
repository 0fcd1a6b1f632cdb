import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy in front of a real server that can lose the server's next answer, as a network does. */
export interface LossyProxy {
  endpoint: string;
  /** The request reaches the server; the client sees only that the connection breaks. */
  loseNextAnswer(): void;
  /** Breaks the connection after this many bytes of the next answer. */
  cutNextAnswerAfter(bytes: number): void;
  /** From now on no answer gets through, and no connection breaks: a server that hangs. */
  holdAnswers(): void;
  lost(): number;
  close(): Promise<void>;
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let allowance: number | null = null;
  let lost = 0;
  let held = false;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket)));
    }
    client.on('data', (bytes) => upstream.write(bytes)).on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    upstream.on('data', (bytes: Buffer) => {
      if (held) return;
      if (allowance === null) return client.write(bytes);
      if (bytes.length <= allowance) {
        allowance -= bytes.length;
        return client.write(bytes);
      }
      const last = bytes.subarray(0, allowance);
      allowance = null;
      lost += 1;
      client.write(last, () => client.resetAndDestroy());
      return upstream.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    loseNextAnswer: () => (allowance = 0),
    cutNextAnswerAfter: (bytes) => (allowance = bytes),
    holdAnswers: () => (held = true),
    lost: () => lost,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
