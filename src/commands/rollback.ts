// anonymize rollback: puts back what a swap has replaced, or lists what could be put back.

import { loadConfig } from '../config/load.ts';
import { showInvisible } from '../pg/identifiers.ts';
import { listPrevious, rollback } from '../rollback.ts';
import type { Terminal } from './terminal.ts';

export interface RollbackCommandOptions {
  readonly config: string;
  readonly to?: string;
  readonly list?: boolean;
}

/** @throws {AnonymizeError} ANON_ROLLBACK_NOTHING, and what keeps it from renaming */
export async function rollbackCommand({ config, to, list }: RollbackCommandOptions, terminal: Terminal): Promise<void> {
  const loaded = loadConfig(config);
  const options = { env: terminal.env, to };
  if (list) {
    for (const name of await listPrevious(loaded, options)) terminal.out(`${showInvisible(name)}\n`);
    return;
  }
  const { database, restored, kept } = await rollback(loaded, options);
  const [now, before, aside] = [database, restored, kept].map(showInvisible);
  terminal.out(
    `${now} is again what was ${before}. What it was until now is kept as ${aside}; a rollback puts it back.\n`,
  );
}
