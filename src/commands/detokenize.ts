// anonymize detokenize: tokens from the command line, a file or a column of the target; their values go to stdout and nowhere
// else. Each batch is written down in the vault's audit before it is printed.

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { AnonymizeError } from '../errors.ts';
import { type Detokenized, detokenize } from '../vault/detokenize.ts';
import { withVault } from '../vault/session.ts';
import { readTargetColumn } from '../vault/target-column.ts';
import type { Terminal } from './terminal.ts';

export interface DetokenizeCommandOptions {
  readonly config: string;
  readonly domain: string;
  readonly reason: string;
  /** One token per line. */
  readonly file?: string;
  /** `schema.table.column` of the target. */
  readonly column?: string;
  readonly json?: boolean;
}

const BATCH_TOKENS = 5000;

/** @throws {AnonymizeError} ANON_VAULT_TOKENS in the end, when tokens were not in the domain */
export async function detokenizeCommand(
  tokens: readonly string[],
  options: DetokenizeCommandOptions,
  { out, env }: Pick<Terminal, 'out' | 'env'>,
): Promise<void> {
  const { config: file, domain, reason } = options;
  const config = loadConfig(file);
  const render = options.json ? renderJson : renderLine;
  let asked = 0;
  let missing = 0;
  await withVault(config, env, async vault => {
    for await (const batch of tokensOf(tokens, options, { config, env })) {
      const found = await detokenize(vault, { domain, reason }, batch);
      asked += found.length;
      missing += found.filter(({ value }) => value === undefined).length;
      out(found.map(render).join(''));
    }
  });
  if (missing > 0) throw new AnonymizeError('ANON_VAULT_TOKENS', { missing, asked, domain });
}

type Surroundings = { readonly config: LoadedConfig } & Pick<Terminal, 'env'>;

async function* tokensOf(
  tokens: readonly string[],
  { file, column }: DetokenizeCommandOptions,
  { config, env }: Surroundings,
): AsyncGenerator<readonly string[]> {
  const given = [tokens.length > 0, file !== undefined, column !== undefined].filter(Boolean).length;
  if (given !== 1) throw usage('Give tokens, or --file, or --column: one of the three.');
  if (column !== undefined) yield* readTargetColumn(config, env, { column, batchRows: BATCH_TOKENS });
  else if (file !== undefined) yield* linesOf(file);
  else yield tokens;
}

async function* linesOf(file: string): AsyncGenerator<readonly string[]> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw usage('The file of --file cannot be read.');
  let batch: string[] = [];
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line === '') continue;
    batch.push(line);
    if (batch.length < BATCH_TOKENS) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

const usage = (detail: string): AnonymizeError => new AnonymizeError('ANON_USAGE', { detail });

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** As in COPY text: token, tab, value; \N where there is none. */
const renderLine = ({ token, value }: Detokenized): string =>
  `${[token, value].map(text => text?.replace(/[\\\t\n\r]/g, found => ESCAPES[found]!) ?? '\\N').join('\t')}\n`; // all are listed

const renderJson = ({ token, value }: Detokenized): string => `${JSON.stringify({ token, value: value ?? null })}\n`;
