// A TCP proxy between a run and a server: it can hold bytes back at a chosen moment, slow them down, and cut connections.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** One connection through the proxy. */
export interface ProxiedConnection {
  /** Cuts it as a network does that fails: without a word. What a gate holds at that moment is never passed on. */
  cut(): void;
}

/**
 * Sees every chunk before it is passed on, and may keep it waiting.
 * @param total bytes of this connection in this direction, this chunk included
 */
export type Gate = (chunk: Buffer, total: number, connection: ProxiedConnection) => Promise<void> | undefined;

export interface Gates {
  readonly toServer?: Gate;
  readonly toClient?: Gate;
  /** A database with a name as long; from the second connection on it is used instead, as by a load balancer. */
  readonly another?: string;
}

/** A running proxy. */
export interface ProxyServer {
  /** The URL through the proxy. */
  readonly url: string;
  /** Cuts every connection as a network does that fails: without a word. */
  cut(): void;
}

/** Runs `callback` with a proxy in front of the server of `url`; all of its connections are gone afterwards. */
export async function withProxy<Result>(
  url: string,
  gates: Gates,
  callback: (proxy: ProxyServer) => Promise<Result>,
): Promise<Result> {
  const server = new URL(url);
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const own = server.pathname.slice(1);
  let connections = 0;
  const listener = createServer(client => {
    const isOther = ++connections > 1 && gates.another !== undefined;
    const upstream = connect(Number(server.port), server.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    }
    const connection: ProxiedConnection = {
      cut: () => {
        for (const socket of [client, upstream]) socket.resetAndDestroy();
      },
    };
    const toServer: Watch = (chunk, total) => {
      // Names of one length: the lengths in the startup message stay true.
      const at = isOther ? chunk.indexOf(own) : -1;
      if (at >= 0) chunk.write(gates.another ?? '', at);
      return gates.toServer?.(chunk, total, connection);
    };
    void pass(client, upstream, toServer);
    void pass(upstream, client, (chunk, total) => gates.toClient?.(chunk, total, connection));
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const through = new URL(url);
    const address = listener.address();
    through.port = String(typeof address === 'object' ? address?.port : '');
    return await callback({ url: through.href, cut });
  } finally {
    listener.close();
    cut();
  }
}

/** A gate of one connection. */
type Watch = (chunk: Buffer, total: number) => Promise<void> | undefined;

async function pass(from: Socket, to: Socket, gate: Watch): Promise<void> {
  let total = 0;
  try {
    for await (const chunk of from as AsyncIterable<Buffer>) {
      total += chunk.length;
      await gate(chunk, total);
      if (!to.write(chunk)) await once(to, 'drain');
    }
    to.end();
  } catch {
    to.destroy(); // the other side is gone
  }
}

/** A gate that shuts on the first connection over `bytes`, and on all others that come that far, until it is opened. */
export function holdAfter(bytes: number): { readonly gate: Gate; readonly reached: Promise<void>; open(): void } {
  return holdWhen((_, total) => total > bytes);
}

/** A gate that shuts when `isDue` says so, until it is opened. */
export function holdWhen(isDue: Gate extends (...seen: infer Seen) => unknown ? (...seen: Seen) => boolean : never): {
  readonly gate: Gate;
  readonly reached: Promise<void>;
  open(): void;
} {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const gate: Gate = (chunk, total, connection) => {
    if (!isDue(chunk, total, connection)) return undefined;
    reached.resolve();
    return opened.promise;
  };
  return { gate, reached: reached.promise, open: opened.resolve };
}
