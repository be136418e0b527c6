import { once } from 'node:events';
import pg from 'pg';
import { expect, test } from 'vitest';
import { CopyIn } from '../../src/pg/copy-in.ts';
import { isDatabaseError } from '../../src/pg/errors.ts';
import { createDatabase } from '../database.ts';

test.each(['destroyed', 'ended'] as const)(
  'a socket that was %s before a write is a connection that was lost',
  async how => {
    const database = await createDatabase();
    try {
      const client = new pg.Client(database.url);
      client.on('error', () => {}); // the copy says so
      await client.connect();
      await client.query('create table t (n int)');
      const sink = client.query(new CopyIn('copy t from stdin'));
      sink.write('1\n');
      const { stream } = (client as unknown as { connection: { stream: NodeJS.WritableStream & { destroy(): void } } })
        .connection;
      await once(stream as unknown as NodeJS.EventEmitter, 'data'); // the server is ready for rows
      if (how === 'destroyed') stream.destroy();
      else stream.end();
      const failed = once(sink, 'error') as Promise<[Error]>;
      sink.write(Buffer.alloc(1024, '2\n'));
      const [error] = await failed;
      expect(error).toMatchObject({ code: 'EPIPE' });
      expect(isDatabaseError(error)).toBe(true);
    } finally {
      await database.drop();
    }
  },
);
