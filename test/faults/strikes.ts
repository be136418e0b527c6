// What a network does to a run through the proxy: each kind of fault as the gates that bring it about, once, at a chosen place.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Gates, ProxiedConnection } from './proxy.ts';

/** A fault, and whether it has come about. */
export interface Strike extends Gates {
  hasStruck(): boolean;
}

type Side = 'source' | 'target' | 'control';

/** What is sent when a transaction of ours is to be committed: each statement of the vault commits itself. */
const COMMIT: Readonly<Record<Side, string>> = {
  source: 'commit\0',
  target: '; commit\0',
  control: 'insert into pgveil_vault.token',
};

/** Cuts a connection when it commits for the `nth` time in this run: before the server has heard of it, or when it answers. */
export function resetAtCommit(
  side: Side,
  { nth, isHeard }: { readonly nth: number; readonly isHeard: boolean },
): Strike {
  let commits = 0;
  let struck = false;
  const waiting = new Set<ProxiedConnection>();
  return {
    hasStruck: () => struck,
    toServer: (chunk, _, connection) => {
      if (struck || !chunk.includes(COMMIT[side]) || ++commits < nth) return undefined;
      struck = true;
      if (!isHeard) return cutNow(connection);
      waiting.add(connection);
      return undefined;
    },
    toClient: (_chunk, _total, connection) => (waiting.has(connection) ? cutNow(connection) : undefined),
  };
}

/** Bytes through all connections of a proxy, in both directions. */
export interface Meter {
  bytes: number;
}

/** Only counts. */
export function measure(meter: Meter): Strike {
  const count = (chunk: Buffer): undefined => {
    meter.bytes += chunk.length;
  };
  return { hasStruck: () => false, toServer: count, toClient: count };
}

/** Does something to the connection that carries a byte, and is asked about all that comes later. */
function fromByte(
  byte: number,
  then: (chunk: Buffer, connection: ProxiedConnection, isStruck: boolean) => Promise<void> | undefined,
): Strike {
  let passed = 0;
  let struck: ProxiedConnection | undefined;
  const gate = (chunk: Buffer, _: number, connection: ProxiedConnection): Promise<void> | undefined => {
    passed += chunk.length;
    if (passed < byte) return undefined;
    struck ??= connection;
    return then(chunk, connection, connection === struck);
  };
  return { hasStruck: () => struck !== undefined, toServer: gate, toClient: gate };
}

/** Cuts the connection that carries a byte. */
export const resetAtByte = (byte: number): Strike =>
  fromByte(byte, (_, connection, isStruck) => (isStruck ? cutNow(connection) : undefined));

/** From a byte on, its connection passes on nothing more, and nobody is told. */
export const stallAtByte = (byte: number): Strike =>
  fromByte(byte, (_chunk, _connection, isStruck) => (isStruck ? new Promise<void>(() => {}) : undefined));

/** From a byte on, `most` bytes go at so many a second. */
export function slowFromByte(
  byte: number,
  { perSecond, most }: { readonly perSecond: number; readonly most: number },
): Strike {
  let slowed = 0;
  return fromByte(byte, chunk => {
    if (slowed >= most) return undefined;
    const bytes = Math.min(chunk.length, most - slowed);
    slowed += bytes;
    return sleep((bytes / perSecond) * 1000);
  });
}

/** What a cut connection carries at that moment goes nowhere. */
function cutNow(connection: ProxiedConnection): Promise<void> {
  connection.cut();
  return new Promise<void>(() => {});
}
