// anonymize quarantine keygen | open.

import { writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { resolveKey } from '../config/references.ts';
import { keyFingerprint } from '../crypto/sealed-box.ts';
import { AnonymizeError } from '../errors.ts';
import { makeKeyPair, parsePrivateKey, parsePublicKey } from '../quarantine/keys.ts';
import { openQuarantine } from '../quarantine/read-quarantine.ts';
import type { Terminal } from './terminal.ts';

export interface OpenCommandOptions {
  /** `file:PATH` or `env:NAME`. */
  readonly privateKey: string;
  /** Instead of stdout. */
  readonly out?: string;
  readonly unfinished?: boolean;
}

/** Rows that are written together. */
const BATCH_ROWS = 500;

/** Makes a pair of keys in two new files. @throws {AnonymizeError} ANON_QUARANTINE_KEY_FILE */
export function keygenCommand(file: string, { out }: Pick<Terminal, 'out'>): void {
  const { publicKey, privateKey } = makeKeyPair();
  writeNew(file, privateKey, 0o600);
  writeNew(`${file}.pub`, publicKey, 0o644);
  const key = keyFingerprint(parsePublicKey(publicKey, file));
  out(`Key ${key}: the private one is in ${file}, for who opens; the public one in ${file}.pub, for runs.\n`);
}

function writeNew(file: string, text: string, mode: number): void {
  try {
    writeFileSync(file, text, { flag: 'wx', mode });
  } catch (cause) {
    const { code: detail = 'unknown' } = cause as NodeJS.ErrnoException;
    throw new AnonymizeError('ANON_QUARANTINE_KEY_FILE', { file, detail });
  }
}

/** Tells the rows of a file, one JSON object each. @throws {AnonymizeError} as openQuarantine does */
export async function openCommand(
  file: string,
  { privateKey: reference, out: into, unfinished: isUnfinished }: OpenCommandOptions,
  { out, drained, env }: Pick<Terminal, 'out' | 'drained' | 'env'>,
): Promise<void> {
  const path = '--private-key';
  const pem = resolveKey({ reference, path, baseDir: '.' }, { env, isPrivate: true });
  const rows = openQuarantine(file, { privateKey: parsePrivateKey(pem, path), isUnfinished });
  const write = async (text: string): Promise<void> => {
    out(text);
    await drained();
  };
  if (into === undefined) await eachText(rows, write);
  else await withNewFile(into, add => eachText(rows, add));
}

async function eachText(rows: AsyncIterable<object>, write: (text: string) => Promise<void>): Promise<void> {
  let lines: string[] = [];
  for await (const row of rows) {
    lines.push(`${JSON.stringify(row)}\n`);
    if (lines.length < BATCH_ROWS) continue;
    await write(lines.join(''));
    lines = [];
  }
  await write(lines.join(''));
}

/** A file of our own, for nobody else to read. */
async function withNewFile(
  file: string,
  callback: (add: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  const handle = await open(file, 'wx', 0o600).catch((cause: NodeJS.ErrnoException) => {
    throw new AnonymizeError('ANON_USAGE', { detail: `The file ${file} of --out cannot be made (${cause.code}).` });
  });
  try {
    await callback(text => handle.appendFile(text));
  } finally {
    await handle.close();
  }
}
