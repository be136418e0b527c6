// anonymize decrypt: replacements from the command line, a file or a column of the target; their values go to stdout and nowhere
// else.

import { loadConfig } from '../config/load.ts';
import { type Decrypted, type Decryption, withDecryption } from '../decrypt/decrypt.ts';
import { AnonymizeError } from '../errors.ts';
import { type ColumnName, parseColumnName } from '../pg/target-values.ts';
import { copyLine, givenValues, refuseOtherThanOne, type Sources, usage } from './given-values.ts';
import type { Terminal } from './terminal.ts';

export interface DecryptCommandOptions {
  readonly config: string;
  /** `schema.table.column` of the target, all of it. */
  readonly column?: string;
  /** `schema.table.column` whose rule the given values have. */
  readonly tableColumn?: string;
  /** One replacement per line. */
  readonly file?: string;
  /** `column=value` of the row that all given values are from. */
  readonly with?: readonly string[];
  readonly unchecked?: boolean;
  readonly json?: boolean;
}

type Ends = Pick<Terminal, 'out' | 'err' | 'drained' | 'env'>;

/** @throws {AnonymizeError} ANON_DECRYPT_VALUES in the end, when values could not be told */
export async function decryptCommand(
  values: readonly string[],
  options: DecryptCommandOptions,
  { out, err, drained, env }: Ends,
): Promise<void> {
  const sources = { values, file: options.file, column: options.column };
  const column = columnOf(sources, options);
  const beside = besideOf(options.with ?? []);
  const config = loadConfig(options.config);
  const render = options.json ? renderJson : renderLine;
  let asked = 0;
  let missing = 0;
  await withDecryption(config, { env, column, isUnchecked: options.unchecked }, async decryption => {
    if (!decryption.isSameConfig) err(OTHER_CONFIG);
    await eachBatch(decryption, { sources, beside }, async decrypted => {
      asked += decrypted.length;
      missing += decrypted.filter(({ value }) => value === undefined).length;
      out(decrypted.map(render).join(''));
      await drained();
    });
    if (missing > 0) throw new AnonymizeError('ANON_DECRYPT_VALUES', { place: decryption.place, missing, asked });
  });
}

const OTHER_CONFIG =
  'Note: the target was not filled with this very configuration. Values are right where the rule of the column is the same.\n';

function columnOf(sources: Sources, { tableColumn, with: given }: DecryptCommandOptions): ColumnName {
  refuseOtherThanOne(sources, 'values');
  const { column } = sources;
  if (column !== undefined && (tableColumn ?? given) !== undefined) {
    throw usage('--column reads the rows of the target: --table-column and --with are for values that you give.');
  }
  if (column !== undefined) return parseColumnName(column, '--column');
  if (tableColumn === undefined) throw usage('--table-column is missing: it says whose rule the values have.');
  return parseColumnName(tableColumn, '--table-column');
}

type Beside = Readonly<Record<string, string | null>>;

/** `column=value`, or `column` for NULL. */
function besideOf(given: readonly string[]): Beside {
  return Object.fromEntries(
    given.map(text => {
      const end = text.indexOf('=');
      return end < 0 ? [text, null] : [text.slice(0, end), text.slice(end + 1)];
    }),
  );
}

async function eachBatch(
  { reads, decrypt, decryptColumn }: Decryption,
  { sources, beside }: { readonly sources: Sources; readonly beside: Beside },
  callback: (decrypted: readonly Decrypted[]) => Promise<void>,
): Promise<void> {
  if (sources.column !== undefined) {
    await decryptColumn(callback);
    return;
  }
  const missing = reads.filter(name => !Object.hasOwn(beside, name));
  if (missing.length > 0) throw usage(`The values depend on other columns: add --with for ${missing.join(', ')}.`);
  const strange = Object.keys(beside).filter(name => !reads.includes(name));
  if (strange.length > 0) throw usage(`The values do not depend on ${strange.join(', ')}: leave out its --with.`);
  for await (const batch of givenValues(sources)) await callback(await decrypt(batch, beside));
}

/** As in COPY text: replacement, value, then what the value depends on. */
const renderLine = ({ replacement, value, beside = {} }: Decrypted): string =>
  copyLine([replacement, value, ...Object.values(beside)]);

const renderJson = ({ replacement, value, beside }: Decrypted): string =>
  `${JSON.stringify({ replacement, value: value ?? null, ...(beside && { beside }) })}\n`;
