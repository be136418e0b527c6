// The configuration file → LoadedConfig. All findings at once, each with its path and line, none with a value.
// Reads the one file and nothing else: no environment, no secret, no database.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { AnonymizeError, type Finding, finding, refuseIf } from '../errors.ts';
import { showInvisible } from '../pg/identifiers.ts';
import { writtenKey } from '../pg/table-key.ts';
import { type IssueParams, plainWords } from './closed-block.ts';
import { whyUnreadable } from './private-file.ts';
import { type Config, configSchema } from './schema.ts';
import { type Path, parseYaml, type YamlDocument } from './yaml-document.ts';

/** A configuration and where it comes from. Plain data. */
export type LoadedConfig = Config & {
  /** The file, for messages. */
  readonly file: string;
  /** What relative paths in it are relative to. `strategies` and `target.pgBin` are absolute already. */
  readonly baseDir: string;
  /** Of the file's text. */
  readonly sha256: string;
};

/**
 * Reads a configuration file.
 * @throws {AnonymizeError} ANON_CONFIG_FILE, ANON_CONFIG_YAML, or ANON_CONFIG_REFUSED with all findings
 */
export function loadConfig(file: string): LoadedConfig {
  return parseConfig(readText(file), { file, baseDir: dirname(resolve(file)) });
}

/**
 * Reads a configuration from text.
 * @param where `file` is for messages, `baseDir` is what relative paths are relative to
 * @throws {AnonymizeError} ANON_CONFIG_YAML, or ANON_CONFIG_REFUSED with all findings
 */
export function parseConfig(text: string, where: { readonly file?: string; readonly baseDir: string }): LoadedConfig {
  const { file = 'the configuration', baseDir } = where;
  const document = parseYaml(text, file);
  if (document.value === null) refuseIf([valueFinding(basename(file), 'is empty.')], 'ANON_CONFIG_REFUSED');
  const result = configSchema.safeParse(document.value, { error: plainWords });
  const issues = result.error?.issues ?? [];
  refuseIf([...longNumbers(document), ...issues.map(issue => explain(issue, document))], 'ANON_CONFIG_REFUSED');
  const config = result.data as Config; // refuseIf has thrown otherwise
  const tables = config.tables.map(({ key, rule }) =>
    withLine({ key: writtenKey(key), rule }, document.lineOf(['tables', key])),
  );
  const strategies = config.strategies === undefined ? {} : { strategies: resolve(baseDir, config.strategies) };
  const { pgBin } = config.target;
  const target = pgBin === undefined ? config.target : { ...config.target, pgBin: resolve(baseDir, pgBin) };
  return { ...config, target, tables, ...strategies, file, baseDir, sha256: configSha256(text) };
}

/** The fingerprint of a configuration's text, for the report: SHA-256 in hex. */
export function configSha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** `tables."public.customer".columns.email`; names are quoted where the path would be unclear. */
export function formatPath(path: Path): string {
  const parts = path.map(segment => {
    if (typeof segment === 'number') return `[${segment}]`;
    const name = String(segment);
    return `.${/^[A-Za-z_][\w-]*$/.test(name) ? name : `"${isUrl(name) ? '…' : showInvisible(name)}"`}`;
  });
  return parts.join('').replace(/^\./, '');
}

/** A URL in the place of a key may hold a password. */
const isUrl = (name: string): boolean => name.includes('://');

function readText(file: string): string {
  const refuse = (detail: string): never => {
    throw new AnonymizeError('ANON_CONFIG_FILE', { file, detail });
  };
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return refuse(code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'it is not UTF-8.' : `it ${whyUnreadable(error)}`);
  }
}

const withLine = <Entry extends object>(entry: Entry, line: number | undefined) =>
  line === undefined ? entry : { ...entry, line };

const valueFinding = (path: string, detail: string): Finding => finding('ANON_CONFIG_VALUE', { path, detail });

function longNumbers({ longNumbers: lines }: YamlDocument): Finding[] {
  return lines.map(line => valueFinding(`line ${line}`, 'a number this long loses digits; put it into quotes.'));
}

interface Issue {
  readonly path: Path;
  readonly message: string;
  readonly params?: Partial<IssueParams> | undefined;
}

function explain({ path, message, params }: Issue, document: YamlDocument): Finding {
  const line = document.lineOf(path);
  const code = params?.code ?? 'ANON_CONFIG_VALUE';
  const place = `${formatPath(path) || 'the file'}${line === undefined ? '' : ` (line ${line})`}`;
  return finding(code, { path: place, detail: message, suggestion: params?.suggestion });
}
