// The fingerprints and tokens that a domain has already, read at once: a fifth of a microsecond each, where asking for them
// by the batch takes four (docs/decisions/0012).

import type { ClientBase } from 'pg';
import { cutBatches } from '../batch/cut-batches.ts';
import { FieldIndex } from '../batch/field-index.ts';
import { CODECS } from '../codec/formats.ts';
import { CopyOut } from '../pg/copy-out.ts';
import { FINGERPRINT_BYTES } from '../strategy.ts';
import { checkOf, type FingerprintSet, firstWord, wordsOf } from './fingerprint-set.ts';

const BATCH_BYTES = 256 * 1024;
const { binary } = CODECS;

/**
 * Adds what the vault has of a domain to `known`, up to `limit` of it.
 * @returns how many there were
 */
export async function loadTokens(
  client: ClientBase,
  { domainId, limit }: { readonly domainId: number; readonly limit: number },
  known: FingerprintSet,
): Promise<number> {
  const select = `select fingerprint, token from pgveil_vault.token where domain_id = ${domainId} limit ${limit}`;
  const chunks = client.query(new CopyOut(`copy (${select}) to stdout with (${binary.copyOptions})`));
  const index = new FieldIndex(2, [0, 1]);
  const prints = new Uint8Array(index.maxRows * FINGERPRINT_BYTES);
  const words = wordsOf(prints, index.maxRows);
  let loaded = 0;
  for await (const { bytes } of cutBatches(chunks, { codec: binary, index, batchBytes: BATCH_BYTES, claim })) {
    const [fingerprints, tokens] = index.starts;
    const [, lengths] = index.lengths;
    for (let row = 0; row < index.rows; row++) {
      const start = fingerprints![row]!; // two columns, and row < rows, as below
      for (let byte = 0; byte < FINGERPRINT_BYTES; byte++)
        prints[row * FINGERPRINT_BYTES + byte] = bytes[start + byte]!;
    }
    known.prefetch(words, index.rows);
    for (let row = 0; row < index.rows; row++) {
      known.add(words, firstWord(row), checkOf(bytes, tokens![row]!, lengths![row]!));
    }
    loaded += index.rows;
  }
  return loaded;
}

/** Rows are small, whatever the values. */
const claim = async (): Promise<void> => {};
