// Our COPY streams against pg-copy-streams, with real servers and chunks of every size.

import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Readable, Transform } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import copyStreams from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freeBuffer } from '../../src/batch/free-buffer.ts';
import { CopyIn } from '../../src/pg/copy-in.ts';
import { CopyOut, WAITING_CHUNKS } from '../../src/pg/copy-out.ts';
import { createDatabase, type TestDatabase } from '../database.ts';

let database: TestDatabase;

const ROWS = 3000;
const MAKE = `
create table public.rows (id int primary key, words text);
insert into public.rows select i, case when i % 7 = 0 then null else repeat('añ漢😀 ', i % 40) end from generate_series(1, ${ROWS}) i;
create function public.noisy(i int) returns int language plpgsql as
  $$ begin if i % 50 = 0 then raise notice 'row %', i; end if; return i; end $$;
create table public.copy (like public.rows including all)`;

beforeAll(async () => {
  database = await createDatabase();
  await database.query(MAKE);
});
afterAll(() => database.drop());

async function withSession<T>(url: string, callback: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return await callback(client);
  } finally {
    await client.end();
  }
}

/** Passes bytes on in pieces of `size`, each in a packet of its own as far as the system allows. */
const inPieces = (size: number): Transform =>
  new Transform({
    async transform(chunk: Buffer, _, callback) {
      for (let at = 0; at < chunk.length; at += size) {
        this.push(chunk.subarray(at, at + size));
        await new Promise(setImmediate);
      }
      callback();
    },
  });

async function withSmallPieces<T>(size: number, callback: (url: string) => Promise<T>): Promise<T> {
  const through = new URL(database.url);
  const { hostname: host, port } = through;
  const sockets = new Set<Socket>();
  const listener = createServer({ noDelay: true }, client => {
    const server = connect({ port: Number(port), host });
    for (const socket of [client, server]) sockets.add(socket.on('error', () => {}));
    client.pipe(server);
    server.pipe(inPieces(size)).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  try {
    const address = listener.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    through.port = String(address.port);
    return await callback(through.href);
  } finally {
    for (const socket of sockets) socket.destroy();
    listener.close();
  }
}

const OUT = 'copy (select * from public.rows order by id) to stdout';

describe('CopyOut', () => {
  test.each(['format text', 'format binary'])('yields what pg-copy-streams yields (%s)', async format => {
    await withSession(database.url, async client => {
      const sql = `${OUT} with (${format})`;
      const wanted = await buffer(client.query(copyStreams.to(sql)));
      expect(await buffer(client.query(new CopyOut(sql)))).toEqual(wanted);
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    });
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 11, 64, 1000])('yields the same rows from packets of %i bytes', async size => {
    const few = 'copy (select * from public.rows where id <= 60 order by id) to stdout with (format binary)';
    const wanted = await withSession(database.url, client => buffer(client.query(copyStreams.to(few))));
    await withSmallPieces(size, url =>
      withSession(url, async client => {
        expect(await buffer(client.query(new CopyOut(few)))).toEqual(wanted);
        expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      }),
    );
  });

  test.each([1, 3, 5, 100])('passes notices between the rows to the driver (packets of %i bytes)', async size => {
    const sql = 'copy (select public.noisy(id) from public.rows where id <= 200 order by id) to stdout';
    await withSmallPieces(size, url =>
      withSession(url, async client => {
        const notices: unknown[] = [];
        client.on('notice', notice => notices.push(notice.message));
        const rows = (await buffer(client.query(new CopyOut(sql)))).toString().trim().split('\n').map(Number);
        expect(rows).toEqual(Array.from({ length: 200 }, (_, row) => row + 1));
        expect(notices).toEqual(['row 50', 'row 100', 'row 150', 'row 200']);
      }),
    );
  });

  test.each([1, 5, 4096])(
    'an error after many rows rejects, and the session goes on (packets of %i bytes)',
    async size => {
      const sql = 'copy (select 1 / (2900 - id) from public.rows where id > 2800 order by id) to stdout';
      await withSmallPieces(size, url =>
        withSession(url, async client => {
          await expect(buffer(client.query(new CopyOut(sql)))).rejects.toMatchObject({ code: '22012' });
          expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
        }),
      );
    },
  );

  test.each([
    ['of rows alone', 'id', 1], // the last has what follows the rows
    ['with notices among them', 'public.noisy(id)', Number.POSITIVE_INFINITY],
  ])('its chunks may be freed as soon as they were read: %s', async (_, value, mostLeft) => {
    const sql = `copy (select ${value}, repeat('x', 1500) from public.rows order by id) to stdout`;
    await withSession(database.url, async client => {
      const wanted = await buffer(client.query(copyStreams.to(sql)));
      const read: Buffer[] = [];
      const large = { freed: 0, left: 0 };
      for await (const chunk of client.query(new CopyOut(sql)) as AsyncIterable<Buffer>) {
        await sleep(1); // so that as much is there as a read takes
        const isLarge = chunk.length >= 32 * 1024;
        read.push(Buffer.from(chunk));
        freeBuffer(chunk);
        if (isLarge) large[chunk.length === 0 ? 'freed' : 'left']++;
      }
      expect(Buffer.concat(read)).toEqual(wanted);
      expect(large.freed).toBeGreaterThan(5);
      expect(large.left).toBeLessThanOrEqual(mostLeft);
    });
  });

  test('a slow consumer holds the server back', async () => {
    await withSession(database.url, async client => {
      const sql = `copy (select repeat('x', 1000) from generate_series(1, 100000)) to stdout`;
      const out = client.query(new CopyOut(sql));
      let bytes = 0;
      for await (const chunk of out) {
        if (bytes < 20_000_000) await sleep(1);
        bytes += (chunk as Buffer).length;
        expect(out.readableLength).toBeLessThanOrEqual(WAITING_CHUNKS);
        expect((chunk as Buffer).length).toBeLessThanOrEqual(64 * 1024);
      }
      expect(bytes).toBe(100_100_000);
    });
  });
});

describe('CopyIn', () => {
  const bytesOf = (client: pg.Client): Promise<Buffer> => buffer(client.query(copyStreams.to(OUT)));
  const into = 'copy public.copy from stdin';

  test.each([1, 1000, 100_000, 10_000_000])('writes rows that come in chunks of %i bytes', async size => {
    await withSession(database.url, async client => {
      await client.query('truncate public.copy');
      const rows = (await bytesOf(client)).subarray(0, size === 1 ? 5000 : undefined);
      const whole = rows.subarray(0, rows.lastIndexOf(0x0a) + 1);
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, chunk) =>
        Buffer.from(whole.subarray(chunk * size, (chunk + 1) * size)),
      );
      const sink = client.query(new CopyIn(into));
      await pipeline(Readable.from(chunks), sink);
      const written = await buffer(client.query(copyStreams.to(OUT.replace('rows', 'copy'))));
      expect(written).toEqual(whole);
      expect(sink.rowCount).toBe(whole.toString().split('\n').length - 1);
    });
  });

  test('frees the buffers that it has sent', async () => {
    await withSession(database.url, async client => {
      await client.query('truncate public.copy');
      const chunk = Buffer.allocUnsafeSlow(20_000).fill('1\t');
      chunk.write('\n', 19_999);
      await pipeline(Readable.from([chunk]), client.query(new CopyIn('copy public.copy (id, words) from stdin'))).catch(
        () => {},
      );
      expect(chunk.length).toBe(0);
    });
  });

  test('a row that the target refuses rejects, and the session goes on', async () => {
    await withSession(database.url, async client => {
      await client.query('truncate public.copy');
      const rows = Readable.from([Buffer.from('1\ta\n'), Buffer.from('1\tb\n')]);
      await expect(pipeline(rows, client.query(new CopyIn(into)))).rejects.toMatchObject({ code: '23505' });
      expect((await client.query('select count(*)::int as rows from public.copy')).rows).toEqual([{ rows: 0 }]);
    });
  });

  test('a statement that the target refuses rejects before a byte is sent', async () => {
    await withSession(database.url, async client => {
      const rows = Readable.from([Buffer.from('1\ta\n')]);
      const sink = client.query(new CopyIn('copy public.absent from stdin'));
      await expect(pipeline(rows, sink)).rejects.toMatchObject({ code: '42P01' });
      expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    });
  });

  test('stopping amid the rows ends the statement and leaves none of them', async () => {
    await withSession(database.url, async client => {
      await client.query('truncate public.copy');
      const rows = async function* () {
        yield Buffer.from('1\ta\n');
        await new Promise(resolve => setTimeout(resolve, 50));
        throw new Error('stopped here');
      };
      await expect(pipeline(rows, client.query(new CopyIn(into)))).rejects.toThrow('stopped here');
      expect((await client.query('select count(*)::int as rows from public.copy')).rows).toEqual([{ rows: 0 }]);
    });
  });

  test('no rows at all are no rows', async () => {
    await withSession(database.url, async client => {
      await client.query('truncate public.copy');
      const sink = client.query(new CopyIn(into));
      await pipeline(Readable.from([]), sink);
      expect(sink.rowCount).toBe(0);
    });
  });
});
