// Draws that the build made and the package brings along: loading faker and drawing two dictionaries takes 0.08 s, as long as
// asking both databases for their catalogues (docs/decisions/0014). Where there are none, as in the repository, all is drawn.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ownFile } from '../own-files.ts';
import type { FakerKind } from './faker-draws.ts';

/** What most configurations fake, in faker's default locale. */
export const STORED_KINDS: readonly FakerKind[] = [
  'person.firstName',
  'person.lastName',
  'person.fullName',
  'location.city',
  'location.streetAddress',
  'company.name',
  'internet.exampleEmail',
].map(kind => ({ kind, locale: 'en', args: [] }));

/** The strings that drawing would give, in its order; undefined where none are stored. */
export async function storedDraws({ kind, locale, args }: FakerKind): Promise<readonly string[] | undefined> {
  const isStored = args.length === 0 && STORED_KINDS.some(stored => stored.kind === kind && stored.locale === locale);
  if (!isStored) return undefined;
  try {
    return JSON.parse(await readFile(ownFile(`${FOLDER}/${fileName({ kind, locale })}`), 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** Stores them below `root`, which holds src/. Only the build does. */
export async function storeDraws(root: string, source: FakerKind, draws: Iterable<string>): Promise<void> {
  const folder = join(root, FOLDER);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, fileName(source)), JSON.stringify([...draws]));
}

const FOLDER = 'src/kernels/fakes';

const fileName = ({ kind, locale }: Pick<FakerKind, 'kind' | 'locale'>): string => `${locale}.${kind}.json`;
