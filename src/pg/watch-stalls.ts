// A connection on which nothing moves: TCP's keepalive does not see it while something in between still acknowledges. Whether
// the server is busy (it builds an index for an hour) or waits for us as we wait for it, only the server knows: it is asked, on
// another connection.

import type { Socket } from 'node:net';
import type pg from 'pg';

/** What only the streams of a COPY or a cursor know: that the server waits, and rightly, because it is our turn. */
const turns = new WeakMap<pg.Connection, () => boolean>();

/** Notes how to tell, while the connection is used for a stream, whether the next step is ours. */
export function noteTurn(connection: pg.Connection, isOurs: () => boolean): void {
  turns.set(connection, isOurs);
}

export interface StallWatch {
  /** Milliseconds without a byte, after which the server is asked. */
  readonly afterMs: number;
  /** Whether the server says that it works for this client. */
  readonly isWorking: (client: pg.Client) => Promise<boolean>;
}

/** Looks this often within the time. */
const LOOKS = 4;

interface Seen {
  moved: number;
  since: number;
  isAsking: boolean;
}

/** Watches clients of a pool from `add` to `remove`. Those that have stalled lose their connection, as by the network. */
export class Stalls {
  readonly #watch: StallWatch;
  readonly #seen = new Map<pg.Client, Seen>();
  #timer: NodeJS.Timeout | undefined;

  constructor(watch: StallWatch) {
    this.#watch = watch;
  }

  add(client: pg.Client): void {
    this.#seen.set(client, { moved: -1, since: 0, isAsking: false });
    this.#timer ??= setInterval(() => this.#look(), this.#watch.afterMs / LOOKS).unref();
  }

  remove(client: pg.Client): void {
    this.#seen.delete(client);
    if (this.#seen.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const now = performance.now();
    for (const [client, seen] of this.#seen) {
      const moved = movedBytes(client);
      if (moved !== seen.moved || !isWaiting(client)) Object.assign(seen, { moved, since: now });
      else if (now - seen.since >= this.#watch.afterMs && !seen.isAsking) void this.#ask(client, seen);
    }
  }

  async #ask(client: pg.Client, seen: Seen): Promise<void> {
    seen.isAsking = true;
    const isWorking = await this.#watch.isWorking(client);
    seen.isAsking = false;
    if (isWorking) seen.since = performance.now();
    else if (movedBytes(client) === seen.moved && isWaiting(client)) drop(client);
  }
}

const socketOf = ({ connection }: pg.Client): Socket => connection.stream as Socket;

function movedBytes(client: pg.Client): number {
  const { bytesRead, bytesWritten, writableLength } = socketOf(client);
  return bytesRead + bytesWritten - writableLength;
}

/** Amid a query, and it is the server's turn. */
function isWaiting(client: pg.Client): boolean {
  const { readyForQuery } = client as unknown as { readyForQuery: boolean };
  const socket = socketOf(client);
  if (readyForQuery || socket.destroyed || socket.isPaused()) return false;
  return !turns.get(client.connection)?.();
}

function drop(client: pg.Client): void {
  socketOf(client).destroy(Object.assign(new Error('stalled'), { code: 'ETIMEDOUT', syscall: 'read' }));
}

/** Of a process and its start: whether it is amid a statement that waits neither for us to send nor to receive. */
export const IS_WORKING = `
select exists (
  select from pg_catalog.pg_stat_activity
  where pid = $1 and backend_start::pg_catalog.text = $2 and state = 'active' and wait_event_type is distinct from 'Client'
) as working`;
