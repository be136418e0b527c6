import pg from 'pg';
import { expect, test, vi } from 'vitest';
import { exportSnapshot, releaseSnapshot } from '../../src/pg/snapshot.ts';
import { useDatabase } from './on-client.ts';

const database = useDatabase();
const held = `select from pg_locks join pg_class on oid = relation where relname = 'read'`;

test.each(['is there', 'has just been ended'])(
  'a snapshot is released where its session %s: nothing is held',
  async how => {
    const client = new pg.Client(database().url);
    client.on('error', () => {}); // whoever holds it hears of it
    await client.connect();
    await database().query('create table if not exists read (id int)');
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    await exportSnapshot(client, [{ schema: 'public', name: 'read' }]);
    expect(await database().query(held)).toHaveLength(1);
    if (how === 'has just been ended') process.kill(rows[0]!.pid, 'SIGTERM'); // the driver has not heard of it yet
    await releaseSnapshot(client);
    await vi.waitFor(async () => expect(await database().query(held)).toEqual([]), { timeout: 30_000 });
    await client.end();
  },
);
