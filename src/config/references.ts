// From a reference in the configuration (env:, file:, command:) to what it stands for. The environment comes from the caller.
// What was found is never logged, never put into an error, and never written back into the configuration.

import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { MIN_SECRET_BYTES } from '../crypto/keys.ts';
import { AnonymizeError } from '../errors.ts';
import type { LoadedConfig } from './load.ts';
import { readOpenFile, readPrivateFile } from './private-file.ts';

/** Environment variables, as given by the caller. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Milliseconds that a secret's command may take. */
const COMMAND_TIMEOUT_MS = 30_000;
/** No secret is longer; a command that writes more is not what was meant. */
const MAX_SECRET_BYTES = 64 * 1024;

/** A reference and where it stands. */
export interface Reference {
  readonly reference: string;
  /** Its path in the configuration, for errors. */
  readonly path: string;
  readonly baseDir: string;
}

/**
 * The URL that a reference stands for.
 * @throws {AnonymizeError} ANON_CONFIG_REFERENCE, ANON_CONFIG_FILE_MODE
 */
export function resolveUrl({ reference, path, baseDir }: Reference, env: Environment): string {
  const refuse = (detail: string): never => {
    throw new AnonymizeError('ANON_CONFIG_REFERENCE', { path, detail });
  };
  const [kind, rest] = split(reference);
  if (kind === 'env') return env[rest]?.trim() || refuse(`the environment variable ${rest} ${howUnset(env[rest])}.`);
  if (kind !== 'file') return reference;
  const file = resolve(baseDir, rest);
  return readPrivateFile(file, path).toString('utf8').trim() || refuse(`${file} is empty.`);
}

/**
 * The master secret: at least MIN_SECRET_BYTES bytes.
 * @throws {AnonymizeError} ANON_SECRET_MISSING, ANON_SECRET_SHORT, ANON_CONFIG_FILE_MODE, ANON_CONFIG_REFERENCE
 */
export async function resolveSecret(
  config: Pick<LoadedConfig, 'secret' | 'baseDir'>,
  env: Environment,
  commandTimeoutMs = COMMAND_TIMEOUT_MS,
): Promise<Uint8Array> {
  if (config.secret === undefined) throw missing('the configuration names none.');
  const secret = await findSecret(config.secret, { env, cwd: config.baseDir, timeoutMs: commandTimeoutMs });
  if (secret.length < MIN_SECRET_BYTES) {
    throw new AnonymizeError('ANON_SECRET_SHORT', { bytes: secret.length, wanted: MIN_SECRET_BYTES });
  }
  return secret;
}

/**
 * The text that a reference to a key stands for.
 * @param isPrivate only its owner may read the file
 * @throws {AnonymizeError} ANON_CONFIG_REFERENCE, ANON_CONFIG_FILE_MODE
 */
export function resolveKey(
  { reference, path, baseDir }: Reference,
  { env, isPrivate }: { readonly env: Environment; readonly isPrivate: boolean },
): string {
  const [kind, rest] = split(reference);
  if (kind === 'file') {
    const file = resolve(baseDir, rest);
    return (isPrivate ? readPrivateFile : readOpenFile)(file, path).toString('utf8');
  }
  const found = kind === 'env' ? env[rest] : undefined;
  if (found) return found;
  const detail =
    kind === 'env' ? `the environment variable ${rest} ${howUnset(found)}.` : 'it must be env:NAME or file:PATH.';
  throw new AnonymizeError('ANON_CONFIG_REFERENCE', { path, detail });
}

/** A reference cut at its first colon; a URL has the kind of its scheme. */
function split(reference: string): readonly [kind: string, rest: string] {
  const colon = reference.indexOf(':');
  return [reference.slice(0, colon), reference.slice(colon + 1).trim()];
}

const howUnset = (value: string | undefined): string => (value === undefined ? 'is not set' : 'is empty');

const missing = (detail: string): AnonymizeError => new AnonymizeError('ANON_SECRET_MISSING', { detail });

interface Surroundings {
  readonly env: Environment;
  readonly cwd: string;
  readonly timeoutMs: number;
}

async function findSecret(reference: string, where: Surroundings): Promise<Uint8Array> {
  const { env, cwd } = where;
  const [kind, rest] = split(reference);
  if (kind === 'env') {
    const value = env[rest];
    if (!value) throw missing(`the environment variable ${rest} ${howUnset(value)}.`);
    return Buffer.from(value);
  }
  if (kind === 'command') return nonEmpty(await runCommand(rest, where), 'its command wrote nothing.');
  const file = resolve(cwd, rest);
  return nonEmpty(readPrivateFile(file, 'secret'), `${file} is empty.`);
}

/** Without the newline that editors and commands put at the end. */
function nonEmpty(bytes: Buffer, otherwise: string): Uint8Array {
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? -2 : -1) : bytes.length;
  const trimmed = bytes.subarray(0, end);
  if (trimmed.length === 0) throw missing(otherwise);
  return trimmed;
}

/** Runs a command in the shell, as people write password commands; only what it writes to stdout is read. */
function runCommand(command: string, { cwd, env, timeoutMs }: Surroundings): Promise<Buffer> {
  return new Promise((settle, reject) => {
    // stdin stays the terminal's: a password manager may ask there.
    const child = spawn(command, { shell: true, cwd, env: { ...env }, stdio: ['inherit', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = (detail: string): void => {
      child.kill('SIGKILL');
      child.stdout.destroy(); // a grandchild may hold it open
      reject(missing(detail));
    };
    const timer = setTimeout(() => stop(`its command took over ${timeoutMs / 1000} s.`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_SECRET_BYTES) stop(`its command wrote over ${MAX_SECRET_BYTES} bytes.`);
    });
    child.on('error', () => stop('its command cannot be started.'));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) settle(Buffer.concat(chunks));
      else reject(missing(`its command ended with ${code === null ? `signal ${signal}` : `exit code ${code}`}.`));
    });
  });
}
