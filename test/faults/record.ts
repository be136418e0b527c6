// What a long run of a suite of faults found, beside the other records of what was measured. Short runs write nothing.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repeats, seed } from './scale.ts';

/** Writes bench/records/NAME.json, in the long form. */
export function writeRecord(name: string, found: object): void {
  if (!repeats(0, 1)) return;
  const file = join(import.meta.dirname, '../../bench/records', `${name}.json`);
  writeFileSync(file, `${JSON.stringify({ recorded: new Date().toISOString(), seed, ...found }, null, 2)}\n`);
}
