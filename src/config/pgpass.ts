// The password file of libpq (~/.pgpass): host:port:database:user:password, `*` for any, backslash before : and \.
// PostgreSQL documentation, "The Password File".

import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isOpenToOthers } from './private-file.ts';
import type { Environment } from './references.ts';

/** What a password is looked up for. */
export interface PassfileKey {
  /** A path stands for a socket, which the file knows as `localhost` or by that path. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** What a password file says. */
export interface PassfileAnswer {
  readonly password?: string;
  /** The file that was passed over because others can read it (as libpq does) or we cannot. */
  readonly ignored?: string;
}

/** Looks into PGPASSFILE, or .pgpass in HOME. A file that is not there says nothing. */
export function lookUpPassword(key: PassfileKey, env: Environment): PassfileAnswer {
  const file = env.PGPASSFILE || (env.HOME && join(env.HOME, '.pgpass'));
  if (!file) return {};
  try {
    const status = statSync(file, { throwIfNoEntry: false });
    if (!status) return {};
    if (!status.isFile() || isOpenToOthers(status.mode)) return { ignored: file };
    const password = findPassword(readFileSync(file, 'utf8'), key);
    return password === undefined ? {} : { password };
  } catch {
    return { ignored: file }; // there, and not for us to read
  }
}

/** The password of the first line that fits. */
export function findPassword(text: string, { host, port, database, user }: PassfileKey): string | undefined {
  const hosts = host.startsWith('/') ? [host, 'localhost'] : [host];
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const [lineHost, linePort, lineDatabase, lineUser, password] = splitLine(line);
    const fits =
      hosts.some(one => matches(lineHost, one)) &&
      matches(linePort, String(port)) &&
      matches(lineDatabase, database) &&
      matches(lineUser, user);
    if (fits && password) return unescaped(password);
  }
  return undefined;
}

/** The fields as written; the backslashes stay, so that `\\*` is no wildcard. */
const splitLine = (line: string): readonly string[] =>
  Array.from(line.matchAll(/((?:\\.|[^\\:])*)(?::|$)/g), ([, field = '']) => field);

const unescaped = (field: string): string => field.replace(/\\(.)/g, '$1');

const matches = (field: string | undefined, value: string): boolean =>
  field === '*' || (field !== undefined && unescaped(field) === value);
