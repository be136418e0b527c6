import { buffer } from 'node:stream/consumers';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { closeNow } from '../../src/pg/connect.ts';
import { CursorOut } from '../../src/pg/cursor-out.ts';
import { createDatabase } from '../database.ts';

/** Lost when the driver hears of a message, before anything that follows it. */
async function readUntilLost(message: string, batchBytes: number | undefined): Promise<unknown> {
  const database = await createDatabase();
  try {
    const client = new pg.Client(database.url);
    await client.connect();
    const rows = new CursorOut(client, 'select n from generate_series(1, 3) n', { format: 'text', batchBytes });
    const { connection } = client as unknown as { connection: NodeJS.EventEmitter };
    connection.once(message, () => closeNow(client));
    return await buffer(rows).then(
      () => 'ended',
      (cause: unknown) => cause,
    );
  } finally {
    await database.drop();
  }
}

describe('a cursor whose connection is lost', () => {
  test.each(['parseComplete', 'rowDescription', 'commandComplete'])('after %s fails its stream', async message => {
    expect(await readUntilLost(message, undefined)).toEqual(new Error('Connection terminated'));
  });

  test('between two fetches fails its stream', async () => {
    expect(await readUntilLost('portalSuspended', 4)).toEqual(new Error('Connection terminated'));
  });
});
