// anonymize migrate: brings the schema of the control database up to date.

import { loadConfig } from '../config/load.ts';
import { migrate } from '../vault/migrate.ts';
import { withControl } from '../vault/session.ts';
import type { Terminal } from './terminal.ts';

/** @throws {AnonymizeError} */
export async function migrateCommand(
  { config }: { readonly config: string },
  { out, env }: Pick<Terminal, 'out' | 'env'>,
): Promise<void> {
  const applied = await withControl(loadConfig(config), env, migrate);
  out(applied.length > 0 ? applied.map(name => `applied ${name}\n`).join('') : 'The control database is up to date.\n');
}
