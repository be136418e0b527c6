// A source full of canaries, a cluster of its own for targets and the control database, and runs of the command that are
// watched from outside.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedServer, startServer } from '../../src/demo/embedded-server.ts';
import { makeKeyPair } from '../../src/quarantine/keys.ts';
import { createDatabase, type TestDatabase } from '../database.ts';
import { canaryTable } from './canary-table.ts';
import { type Ended, type RunningCli, runCli, SECRET, startCli, withConfig } from './cli.ts';
import { draws, repeats } from './scale.ts';
import { type Place, type Watched, watchProcess } from './watch-process.ts';

/** What no run may let out, wherever; and what is only kept, so it may be in tables of the target. */
export const masked = canaryTable('masked', draws('masked'));
export const kept = canaryTable('kept', draws('kept'));
/** Of the role that reads the source: it has nothing to do but read. */
export const PASSWORD = 'Pass-word-of-the-reader-3971';

const COPIES = repeats(25, 80);

/** The rules of both tables; `masked` as a run should have them. */
export const TABLES: Readonly<Record<string, object>> = {
  'public.masked': { keep: ['id', 'bad'], columns: masked.rules },
  'public.kept': { keep: ['id', 'bad', ...Object.keys(kept.rules)] },
};

const SCHEMA = ['masked', 'kept']
  .map(name => `create table public.${name} (id int primary key, bad int, ${masked.columns})`)
  .join('; ');

/** Rows again and again, so that a run takes some time. */
const again = (table: string, copies: number): string => {
  const columns = Object.keys(masked.rules).join(', ');
  return `insert into ${table} (id, ${columns}) select id + n * 1000, ${columns} from ${table}, generate_series(1, ${copies}) n`;
};

/** A run that has ended, and all that was to be seen of it. */
export interface WatchedRun extends Ended, Watched {
  /** Its streams, report and quarantine, and what was seen while it ran. */
  readonly left: readonly Place[];
}

/** How to run the command. */
export interface HowToRun {
  /** Name of the target's database, made from the schema and this SQL. */
  readonly target: string;
  readonly sql?: string;
  readonly tables?: Readonly<Record<string, unknown>>;
  /** Keys of the configuration besides. */
  readonly settings?: object;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Does something to it while it runs. */
  readonly meanwhile?: (cli: RunningCli) => Promise<void>;
}

export interface CanaryWorld {
  readonly cluster: EmbeddedServer;
  readonly folder: string;
  /** A quarantine of a run with this name. */
  quarantine(name: string): object;
  run(how: HowToRun): Promise<WatchedRun>;
  /** Every file of the cluster, after a checkpoint: tables, WAL, and the server's log. */
  clusterFiles(): Promise<Generator<Place>>;
  query<Row>(database: string, sql: string): Promise<Row[]>;
  close(): Promise<void>;
}

/** Makes the databases. */
export async function openWorld(): Promise<CanaryWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'pgveil-canaries-'));
  const cluster = await startServer({ settings: { fsync: 'off', autovacuum: 'off', wal_compression: 'off' } });
  const source = await createDatabase();
  const query = async <Row>(database: string, sql: string): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: cluster.url(database) });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  };
  const role = `reader_${process.pid}`;
  await fillSource(source, role);
  await query('postgres', 'create database empty template template0');
  await query('empty', SCHEMA);
  await query('postgres', 'create database control template template0');
  const { publicKey } = makeKeyPair();
  writeFileSync(join(folder, 'key.pub'), publicKey);
  const sourceUrl = Object.assign(new URL(source.url), { username: role, password: PASSWORD }).href;
  const env = { SOURCE_URL: sourceUrl, CONTROL_URL: cluster.url('control'), ANONYMIZE_SECRET: SECRET, DEBUG: '*' };
  const migrated = await withConfig(configOf({}), file =>
    runCli(['migrate', '--config', file], { ...env, TARGET_URL: cluster.url('empty') }),
  );
  if (migrated.exitCode !== 0) throw new Error(migrated.stderr);
  return {
    cluster,
    folder,
    query,
    quarantine: name => ({
      on_row_error: 'quarantine',
      quarantine: {
        file: join(folder, `${name}.sealed`),
        public_key: `file:${join(folder, 'key.pub')}`,
        max_rows: 50_000,
      },
    }),
    run: async how => {
      await query('postgres', `create database ${how.target} template empty`);
      if (how.sql) await query(how.target, how.sql);
      return runWatched(how, { folder, env: { ...env, TARGET_URL: cluster.url(how.target), ...how.env } });
    },
    clusterFiles: async () => {
      await query('postgres', 'checkpoint');
      return filesOf([cluster.dataDir], [cluster.log]);
    },
    close: async () => {
      await cluster.stop();
      await source.query(`drop owned by ${role}; drop role ${role}`);
      await source.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function fillSource({ query }: TestDatabase, role: string): Promise<void> {
  await query(`${SCHEMA}; ${masked.plant('public.masked')}; ${again('public.masked', COPIES)};
    ${kept.plant('public.kept')}; ${again('public.kept', 1)}; analyze;
    create role ${role} login password '${PASSWORD}'; grant select on public.masked, public.kept to ${role}`);
}

const configOf = (settings: object, tables: object = TABLES): string =>
  JSON.stringify({
    version: 1,
    source: { url: 'env:SOURCE_URL' },
    target: { url: 'env:TARGET_URL' },
    control: { url: 'env:CONTROL_URL' },
    secret: 'env:ANONYMIZE_SECRET',
    parallel: 2,
    ...settings,
    tables,
  });

let runs = 0;

async function runWatched(
  { target, tables = {}, settings = {}, args = [], meanwhile }: HowToRun,
  { folder, env }: { readonly folder: string; readonly env: Readonly<Record<string, string>> },
): Promise<WatchedRun> {
  const own = join(folder, `run ${++runs}`);
  const [temporary, report] = [join(own, 'tmp'), join(own, 'report.json')];
  mkdirSync(temporary, { recursive: true });
  return await withConfig(configOf(settings, { ...TABLES, ...tables }), async file => {
    const cli = startCli(['sync', '--config', file, '--report', report, ...args], { ...env, TMPDIR: temporary });
    const watch = watchProcess(cli.process.pid!, temporary); // it was started
    await meanwhile?.(cli);
    const ended = await cli.ended;
    const watched = watch.stop();
    const files = [...filesOf([own], [join(folder, `${target}.sealed`)])];
    const streams = (['stdout', 'stderr'] as const).map(name => ({ name, bytes: Buffer.from(ended[name]) }));
    return { ...ended, ...watched, left: [...streams, ...files, ...watched.places] };
  });
}

/** Files, one after another: a cluster is large. */
export function* filesOf(folders: readonly string[], files: readonly string[] = []): Generator<Place> {
  const inFolders = folders.flatMap(folder =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name)),
  );
  for (const file of [...inFolders, ...files]) {
    try {
      yield { name: file, bytes: readFileSync(file) };
    } catch {
      // A server takes files away while it runs.
    }
  }
}
