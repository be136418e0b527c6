// The settings of a run in memory that all threads share. They hold the catalogue's types: as a part of each task they would be
// copied for every slice, a thousand times for a thousand of them.

import { deserialize, serialize } from 'node:v8';
import type { RunSettings } from './messages.ts';

/** Writes them once; what comes back crosses to a thread without a copy. */
export function shareSettings(settings: RunSettings): SharedArrayBuffer {
  const bytes = serialize(settings);
  const shared = new SharedArrayBuffer(bytes.length);
  new Uint8Array(shared).set(bytes);
  return shared;
}

/** Reads them: once in each thread. */
export function readSettings(shared: SharedArrayBuffer): RunSettings {
  return deserialize(Buffer.from(new Uint8Array(shared))); // a copy: arrays in what is read lie in these bytes
}
