// `npm run demo`: two real databases from nothing, the real command on config.example.yaml, and what came of it.

import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { AnonymizeError, EXIT } from '../errors.ts';
import { DEMO_SERVER, makeDatabases, SOURCE, TARGET } from './databases.ts';
import { type EmbeddedServer, startServer } from './embedded-server.ts';
import { runCli } from './run-cli.ts';
import { sideBySide } from './side-by-side.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CONFIG = join(ROOT, 'config.example.yaml');
const USAGE = `npm run demo [-- --keep]

  --keep   leave the server up afterwards, and say how to connect and how to stop it
`;

const say = (line = ''): boolean => process.stdout.write(`${line}\n`);

const started = performance.now();
const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(1)} s`;

let isCliRunning = false;
// The command gets the same Ctrl-C and ends cleanly by itself; else we may go at once, and the server goes with us.
process.on('SIGINT', () => {
  if (!isCliRunning) process.exit(EXIT.interrupted);
});
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(EXIT.interrupted));

try {
  process.exitCode = await main();
} catch (error) {
  const known = error instanceof AnonymizeError ? error : new AnonymizeError('ANON_BUG', { detail: describe(error) });
  process.stderr.write(`\n${known.message}\n${known.fix}\n`);
  process.exitCode = known.exitCode;
}

async function main(): Promise<number> {
  const options = { keep: { type: 'boolean', default: false }, help: { type: 'boolean', short: 'h' } } as const;
  const { values } = parse(() => parseArgs({ options }));
  if (values.help) {
    process.stdout.write(USAGE);
    return EXIT.done;
  }
  say('Starting PostgreSQL (from npm, in a temporary folder, on 127.0.0.1) …');
  const server = await startServer(DEMO_SERVER);
  try {
    return await show(server, values.keep);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

function parse<Parsed>(callback: () => Parsed): Parsed {
  try {
    return callback();
  } catch (error) {
    throw new AnonymizeError('ANON_USAGE', { detail: error instanceof Error ? error.message : String(error) });
  }
}

async function show(server: EmbeddedServer, keep: boolean): Promise<number> {
  say(`Filling the source, database ${SOURCE}, and making the tables of the target, ${TARGET} …`);
  const { tables, rows } = await makeDatabases(server);
  say(`${tables} tables, ${rows.toLocaleString('en')} rows, after ${elapsed()}.\n`);

  const report = join(await reportFolder(), 'report.json');
  const environment = {
    SOURCE_URL: server.url(SOURCE),
    TARGET_URL: server.url(TARGET),
    ANONYMIZE_SECRET: randomBytes(36).toString('base64'),
  };
  say('anonymize sync --config config.example.yaml');
  isCliRunning = true;
  const { exitCode, output } = await runCli(['sync', '--config', CONFIG, '--report', report], environment);
  isCliRunning = false;
  if (exitCode === EXIT.done) say(`\n${await sideBySide(environment.SOURCE_URL, environment.TARGET_URL)}`);
  process.stdout.write(output);
  if (exitCode === EXIT.done) say(`\nReport: ${report}\nThe demo took ${elapsed()}.`);
  if (exitCode !== EXIT.done || !keep) await server.stop();
  else await leaveUp(server, environment);
  return exitCode;
}

async function leaveUp(server: EmbeddedServer, environment: Readonly<Record<string, string>>): Promise<void> {
  await server.keep();
  say('\nThe server stays up:');
  say(`  psql '${server.url(SOURCE)}'`);
  say(`  psql '${server.url(TARGET)}'`);
  say('Run it again, with changes of your own to config.example.yaml:');
  for (const [name, value] of Object.entries(environment)) say(`  export ${name}='${value}'`);
  say('  npm run anonymize -- sync --config config.example.yaml');
  say(`Stop it and remove its files: ${server.stopCommand}`);
}

/** .demo in the clone, or a temporary folder where the clone belongs to somebody else. */
async function reportFolder(): Promise<string> {
  const folder = join(ROOT, '.demo');
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return folder;
  } catch {
    return await mkdtemp(join(tmpdir(), 'pgveil-demo-'));
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
