import { beforeAll, describe, expect, test, vi } from 'vitest';
import { type Client, withClient, withPool, withTransaction } from '../../src/pg/connect.ts';
import { openAhead } from '../../src/pg/session-ahead.ts';
import { OPTIONS, onClientOf, refusal, useDatabase } from './on-client.ts';
import { settingsOf } from './settings.ts';

const database = useDatabase();
const onClient = onClientOf(database);

const settings = async (client: Client, names: readonly string[]): Promise<Record<string, string>> => {
  const { rows } = await client.query('select name, current_setting(name) as value from unnest($1::text[]) as name', [
    names,
  ]);
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
};

describe('a session', () => {
  const FORMATS = {
    search_path: '""',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, YMD',
    IntervalStyle: 'postgres',
    TimeZone: 'UTC',
    extra_float_digits: '3',
    bytea_output: 'hex',
    lc_monetary: 'C',
    statement_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    idle_session_timeout: '0',
    transaction_timeout: '0',
    lock_timeout: '30s',
    tcp_keepalives_idle: '60',
  };

  beforeAll(async () => {
    // What an administrator may have set for everybody; the session must win.
    for (const setting of [
      "datestyle = 'German'",
      "timezone = 'Asia/Tokyo'",
      'row_security = on',
      "statement_timeout = '1min'",
    ]) {
      await database().query(`alter database "${database().name}" set ${setting}`);
    }
    await database().query(`alter database "${database().name}" set synchronous_commit = off`);
    await database().query(`alter database "${database().name}" set transaction_timeout = '1h'`);
  });

  test('of the source reads only, and speaks formats that mean the same everywhere', async () => {
    const expected = { ...FORMATS, default_transaction_read_only: 'on', row_security: 'off' };
    expect(await onClient(client => settings(client, Object.keys(expected)), { side: 'source' })).toEqual(expected);
  });

  test.each(['target', 'control'] as const)('of the %s writes durably', async side => {
    const expected = { ...FORMATS, default_transaction_read_only: 'off', synchronous_commit: 'on' };
    expect(await onClient(client => settings(client, Object.keys(expected)), { side })).toEqual(expected);
  });

  test('has the name that it was given, cut to what PostgreSQL keeps', async () => {
    const name = async (applicationName: string) =>
      (await onClient(client => settings(client, ['application_name']), { applicationName })).application_name;
    expect(await name('anonymize/run/7')).toBe('anonymize/run/7');
    expect(await name('x'.repeat(100))).toBe('x'.repeat(63));
  });

  test('takes server options from its URL and nothing from the environment', async () => {
    Object.assign(process.env, { PGOPTIONS: '-c geqo=off', PGAPPNAME: 'leak', PGREPLICATION: 'database' });
    const url = `${database().url}?options=-c%20work_mem%3D7MB`;
    const found = await onClient(client => settings(client, ['geqo', 'work_mem', 'application_name']), {
      settings: settingsOf(url),
    });
    for (const name of ['PGOPTIONS', 'PGAPPNAME', 'PGREPLICATION']) delete process.env[name];
    expect(found).toEqual({ geqo: 'on', work_mem: '7MB', application_name: 'anonymize/test/0' });
  });

  test('that cannot be set up is closed, and says why', async () => {
    const refusing = { ...settingsOf(database().url), options: '-c no.such_canary' };
    expect((await refusal(onClient(async () => undefined, { settings: refusing }))).code).toBe('ANON_DATABASE');
  });
});

describe('a client', () => {
  const pid = async (client: Client): Promise<number> =>
    (await client.query('select pg_backend_pid() as pid')).rows[0].pid;

  test('goes back to the pool and is used again', async () => {
    await withPool(settingsOf(database().url), { ...OPTIONS, max: 1 }, async pool => {
      expect(await withClient(pool, pid)).toBe(await withClient(pool, pid));
    });
  });

  test('that saw an error is closed', async () => {
    await withPool(settingsOf(database().url), { ...OPTIONS, max: 1 }, async pool => {
      const failing = withClient(pool, async client => {
        const first = await pid(client);
        await client.query('select 1/0').catch(() => undefined);
        throw new RangeError(String(first));
      });
      const first = await failing.catch((error: unknown) => error);
      expect(first).toBeInstanceOf(RangeError); // no database threw it, so it passes through
      expect(String(await withClient(pool, pid))).not.toBe((first as RangeError).message);
    });
  });

  test('that is left inside a transaction is closed', async () => {
    await withPool(settingsOf(database().url), { ...OPTIONS, max: 1 }, async pool => {
      const first = await withClient(pool, async client => {
        await client.query('begin');
        return pid(client);
      });
      expect(await withClient(pool, pid)).not.toBe(first);
    });
  });

  test('that loses its connection between two queries says why at the next', async () => {
    const error = await refusal(
      onClient(async client => {
        const ended = new Promise<void>(settle => client.once('end', () => settle())); // once() would reject on 'error'
        await database().query('select pg_terminate_backend($1)', [await pid(client)]);
        await ended;
        await client.query('select 1');
      }),
    );
    expect(error.code).toBe('ANON_SERVER_SHUTDOWN');
  });

  test('tells its own side also where it is used beside a client of the other one', async () => {
    const error = await refusal(
      onClient(target =>
        onClient(
          async source => {
            const ended = new Promise<void>(settle => target.once('end', () => settle()));
            await source.query('select pg_terminate_backend($1)', [await pid(target)]);
            await ended;
            await target.query('select 1');
          },
          { side: 'source' },
        ),
      ),
    );
    expect(error).toMatchObject({ code: 'ANON_SERVER_SHUTDOWN', facts: { side: 'target' } });
  });

  test('that loses its connection while it is idle is replaced', async () => {
    await withPool(settingsOf(database().url), OPTIONS, async pool => {
      const first = await withClient(pool, pid);
      const removed = new Promise<void>(settle => pool.pool.once('remove', () => settle()));
      await database().query('select pg_terminate_backend($1)', [first]);
      await removed;
      expect(await withClient(pool, pid)).not.toBe(first);
    });
  });

  test('waits for its turn as long as it takes', async () => {
    await withPool(settingsOf(database().url), { ...OPTIONS, max: 1 }, async pool => {
      const results = await Promise.all(
        [1, 2, 3].map(() => withClient(pool, client => client.query('select pg_sleep(0.05)'))),
      );
      expect(results).toHaveLength(3);
      expect(pool.pool.totalCount).toBe(1);
    });
  });
});

describe('a transaction', () => {
  const rows = async (): Promise<number> => (await database().query('select a from public.t')).length;

  test('is committed when all went well', async () => {
    const before = await rows();
    const result = await onClient(client =>
      withTransaction(client, 'begin', async () => {
        await client.query('insert into public.t values (1)');
        return 'done';
      }),
    );
    expect(result).toBe('done');
    expect(await rows()).toBe(before + 1);
  });

  test('is rolled back when something is thrown, and the client can go on', async () => {
    const before = await rows();
    await onClient(async client => {
      const failing = withTransaction(client, 'begin', async () => {
        await client.query('insert into public.t values (1)');
        throw new RangeError('stop');
      });
      await expect(failing).rejects.toThrow(RangeError);
      await client.query('insert into public.t values (2)');
    });
    expect(await rows()).toBe(before + 1);
  });

  test('is over when its beginning fails half-way', async () => {
    await onClient(async client => {
      await expect(withTransaction(client, 'begin; select 1/0', async () => undefined)).rejects.toThrow();
      expect(client.getTransactionStatus()).toBe('I');
    });
  });

  test('with a statement that failed unnoticed is not taken for committed', async () => {
    const error = await refusal(
      onClient(client =>
        withTransaction(client, 'begin', async () => {
          await client.query('select 1/0').catch(() => undefined);
        }),
      ),
    );
    expect(error.code).toBe('ANON_BUG');
  });

  test('that cannot be rolled back, amid a COPY, does not hang', async () => {
    const started = performance.now();
    const stuck = onClient(client =>
      withTransaction(client, 'begin', async () => {
        // Nobody reads, so the query never ends and a rollback waits behind it.
        client.query('select pg_sleep(60)').catch(() => undefined);
        throw new RangeError('stop');
      }),
    );
    await expect(stuck).rejects.toThrow(RangeError);
    expect(performance.now() - started).toBeLessThan(10_000);
    await database().query(
      "select pg_terminate_backend(pid) from pg_stat_activity where query = 'select pg_sleep(60)'",
    );
  });
});

describe('a session that logs in ahead', () => {
  const applicationName = 'anonymize/test/ahead';
  const options = { ...OPTIONS, applicationName };
  const PATIENCE = { timeout: 30_000 };
  const sessions = async (): Promise<number> => {
    const [row] = await database().query(
      'select count(*)::int as count from pg_stat_activity where application_name = $1',
      [applicationName],
    );
    return Number(row?.count);
  };

  test('is there before it is asked for, and is closed behind its work', async () => {
    const ahead = openAhead(settingsOf(database().url), options);
    await vi.waitFor(async () => expect(await sessions()).toBe(1), PATIENCE);
    expect(await ahead.use(sessions)).toBe(1);
    await vi.waitFor(async () => expect(await sessions()).toBe(0), PATIENCE);
    await ahead.close(); // as on every path
  });

  test('is closed where nobody asked for it', async () => {
    const ahead = openAhead(settingsOf(database().url), options);
    await ahead.close();
    await vi.waitFor(async () => expect(await sessions()).toBe(0), PATIENCE);
  });

  test('that is refused tells whoever asks for it, and nobody else', async () => {
    const wrong = { ...settingsOf(database().url), password: 'canary' };
    const ahead = openAhead(wrong, options);
    expect((await refusal(ahead.use(sessions))).code).toBe('ANON_AUTHENTICATION');
    await openAhead(wrong, options).close();
  });
});
