// A session that logs in before it is needed, while something else is waited for.

import type { ConnectionSettings } from '../config/connection-url.ts';
import { type Client, closePool, openPool, type PoolOptions, withClient } from './connect.ts';

export interface SessionAhead {
  /** Lends it once, and closes it. @throws also why nobody could log in, which is tried again then */
  use<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  /** On every path: closes it where it was not used. */
  close(): Promise<void>;
}

/** Begins to log in now. */
export function openAhead(settings: ConnectionSettings, options: PoolOptions): SessionAhead {
  const pool = openPool(settings, { ...options, max: 1 });
  const ready = withClient(pool, async () => {}).catch(() => undefined);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await ready;
    await closePool(pool);
  };
  return {
    async use(work) {
      try {
        await ready;
        return await withClient(pool, work);
      } finally {
        await close();
      }
    },
    close,
  };
}
