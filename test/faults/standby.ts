// A primary and a standby of it that follows its archive: both from the npm server, which has no walreceiver.

import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedServer, startServer } from '../../src/demo/embedded-server.ts';
import { findAccount } from '../../src/demo/server-account.ts';
import { query } from './one-query.ts';

/** Both servers, and a database `shop` on both. */
export interface Standby {
  readonly primary: string;
  readonly standby: string;
  /** Runs SQL on the primary, and has the standby replay it as far as it likes. */
  change(sql: string): Promise<void>;
}

const SETTINGS = { fsync: 'off', autovacuum: 'off', wal_level: 'replica' };

/** Runs `callback` with a standby that has what `sql` made. */
export async function withStandby<Result>(sql: string, callback: (pair: Standby) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-standby-'));
  const [data, copy, archive] = ['data', 'copy', 'archive'].map(name => join(folder, name)) as [string, string, string];
  const settings = { ...SETTINGS, archive_mode: 'on', archive_command: `cp %p ${archive}/%f` };
  try {
    await lend(folder, archive);
    const first = await startServer({ dataDir: data, settings });
    await query(first.url('postgres'), 'create database shop template template0');
    await query(first.url('shop'), sql);
    await first.stop();
    execFileSync('cp', ['-a', data, copy]);
    writeFileSync(join(copy, 'standby.signal'), '');
    const follow = {
      ...SETTINGS,
      restore_command: `cp ${archive}/%f %p`,
      wal_retrieve_retry_interval: '100ms',
      max_standby_archive_delay: '200ms',
      max_standby_streaming_delay: '200ms',
    };
    const primary = await startServer({ dataDir: data, settings });
    try {
      const standby = await startServer({ dataDir: copy, settings: follow });
      try {
        return await callback(describe(primary, standby));
      } finally {
        await standby.stop();
      }
    } finally {
      await primary.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The servers may run as another user. */
async function lend(folder: string, archive: string): Promise<void> {
  chmodSync(folder, 0o755);
  mkdirSync(archive);
  const account = await findAccount();
  if (account) chownSync(archive, account.uid, account.gid);
}

function describe(primary: EmbeddedServer, standby: EmbeddedServer): Standby {
  const [one, other] = [primary.url('shop'), standby.url('shop')];
  const change = async (sql: string): Promise<void> => {
    await query(one, sql);
    await query(one, 'select pg_switch_wal()');
  };
  return {
    primary: one,
    standby: other,
    change,
  };
}
