// anonymize detokenize: tokens from the command line, a file or a column of the target; their values go to stdout and nowhere
// else. Each batch is written down in the vault's audit before it is printed.

import { type LoadedConfig, loadConfig } from '../config/load.ts';
import { AnonymizeError } from '../errors.ts';
import { eachDistinct, parseColumnName, withTargetSession } from '../pg/target-values.ts';
import { type Detokenized, detokenize } from '../vault/detokenize.ts';
import { withVault } from '../vault/session.ts';
import { copyLine, givenValues, refuseOtherThanOne, type Sources } from './given-values.ts';
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

type Ends = Pick<Terminal, 'out' | 'drained' | 'env'>;

/** @throws {AnonymizeError} ANON_VAULT_TOKENS in the end, when tokens were not in the domain */
export async function detokenizeCommand(
  tokens: readonly string[],
  options: DetokenizeCommandOptions,
  { out, drained, env }: Ends,
): Promise<void> {
  const { domain, reason, file, column } = options;
  const sources = { values: tokens, file, column };
  refuseOtherThanOne(sources, 'tokens');
  const config = loadConfig(options.config);
  const render = options.json ? renderJson : renderLine;
  let asked = 0;
  let missing = 0;
  await withVault(config, env, vault =>
    eachBatch(sources, { config, env }, async batch => {
      const found = await detokenize(vault, { domain, reason }, batch);
      asked += found.length;
      missing += found.filter(({ value }) => value === undefined).length;
      out(found.map(render).join(''));
      await drained();
    }),
  );
  if (missing > 0) throw new AnonymizeError('ANON_VAULT_TOKENS', { missing, asked, domain });
}

type Surroundings = { readonly config: LoadedConfig } & Pick<Terminal, 'env'>;

async function eachBatch(
  sources: Sources,
  { config, env }: Surroundings,
  callback: (tokens: readonly string[]) => Promise<void>,
): Promise<void> {
  if (sources.column === undefined) {
    for await (const batch of givenValues(sources)) await callback(batch);
    return;
  }
  const { column, ...table } = parseColumnName(sources.column, '--column');
  await withTargetSession(config, { env, applicationName: 'anonymize/detokenize' }, client =>
    eachDistinct(
      client,
      { table, columns: [column], withChildren: true },
      rows => callback(rows.map(([token]) => token!)), // NULLs are left out
    ),
  );
}

/** As in COPY text: token, tab, value; \N where there is none. */
const renderLine = ({ token, value }: Detokenized): string => copyLine([token, value]);

const renderJson = ({ token, value }: Detokenized): string => `${JSON.stringify({ token, value: value ?? null })}\n`;
