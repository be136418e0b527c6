// The databases that a bench of whole syncs fills: those given, or ones on two embedded servers.

import pg from 'pg';
import { startServer } from '../src/demo/embedded-server.ts';

/** URLs of databases that the bench may fill. */
export interface BenchServers {
  readonly source: string;
  readonly target: string;
  /** For the vault; on the server of the source where the servers are embedded ones. */
  readonly control: string;
}

/** Calls with the given databases; where one is missing, with embedded servers, which are stopped afterwards. */
export async function withServers<T>(
  { source, target, control }: Partial<BenchServers>,
  callback: (servers: BenchServers) => Promise<T>,
): Promise<T> {
  if (source && target && control) return callback({ source, target, control });
  if (source || target || control) throw new Error('give --source, --target and --control, or none of them');
  const settings = { shared_buffers: '512MB', max_wal_size: '4GB' };
  const from = await startServer({ settings });
  try {
    const to = await startServer({ settings });
    try {
      await withSession(from.url('postgres'), async client => {
        await client.query('create database source');
        await client.query('create database control');
      });
      await withSession(to.url('postgres'), client => client.query('create database target'));
      return await callback({ source: from.url('source'), target: to.url('target'), control: from.url('control') });
    } finally {
      await to.stop();
    }
  } finally {
    await from.stop();
  }
}

/** Calls with a connection that is closed afterwards. */
export async function withSession<T>(url: string, callback: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await callback(client);
  } finally {
    await client.end();
  }
}
