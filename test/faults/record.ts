// What the long form of a suite has measured, for bench/records.

import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { repeats, seed } from './scale.ts';

const FOLDER = join(import.meta.dirname, '../../bench/records');

/** Writes bench/records/faults-NAME.json in the long form; the short form proves too little to be quoted. */
export function writeRecord(name: string, results: object): void {
  if (repeats(0, 1) === 0) return;
  const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version };
  mkdirSync(FOLDER, { recursive: true });
  const text = JSON.stringify({ date: new Date().toISOString(), ...machine, seed, results }, null, 2);
  writeFileSync(join(FOLDER, `faults-${name}.json`), `${text}\n`);
}
