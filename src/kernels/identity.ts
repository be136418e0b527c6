// One identity for each person: digests by the column that tells the person, and the names that they pick.

import { type ColumnWithNulls, StrategyRefusal } from '../strategy.ts';
import { asciiName } from './ascii-text.ts';
import { type Dictionary, packDictionary, pick } from './dictionary.ts';
import { drawFrom } from './faker-draws.ts';
import { DIGEST_BYTES, type Prf } from './prf.ts';

/** Locales that put the family name first. */
const FAMILY_FIRST = /^(ja|ko|zh|hu|vi)(_|$)/;
/** What stands for a name without a letter in ASCII. */
const NAMELESS = 'user';

/** The names of a locale. */
export interface Names {
  readonly first: Dictionary;
  readonly last: Dictionary;
  readonly isFamilyFirst: boolean;
}

const drawn = new Map<string, Promise<Names>>();

/** @throws {StrategyRefusal} for a locale that faker has not */
export function namesOf(locale: string): Promise<Names> {
  const known = drawn.get(locale);
  if (known) return known;
  const draw = async (kind: string): Promise<Dictionary> =>
    packDictionary(
      await drawFrom({ kind, locale, args: [] }, result => (typeof result === 'string' ? result : undefined)),
    );
  const names = Promise.all([draw('person.firstName'), draw('person.lastName')]).then(([first, last]) => {
    if (first.size > 1 && last.size > 1) return { first, last, isFamilyFirst: FAMILY_FIRST.test(locale) };
    throw new StrategyRefusal(`faker has no names for ${locale}`, 'Use another locale, such as en or de.');
  });
  drawn.set(locale, names);
  names.catch(() => drawn.delete(locale));
  return names;
}

/** Which entries of the names the digest at `from` picks. */
export function pickNames({ first, last }: Names, digests: Uint8Array, from: number): { first: string; last: string } {
  return {
    first: first.entries[pick(digests, from, first.size)]!, // below its size, as below
    last: last.entries[pick(digests, from + 8, last.size)]!,
  };
}

/** A name as a part of an address or a login. */
export function loginName(name: string): string {
  return asciiName(name).toLowerCase() || NAMELESS;
}

/**
 * A digest for each value: by the person, or by the value itself where that is NULL. The array is the caller's.
 * @param prfs that of persons, and that of values without one
 */
export function identityDigests(
  input: ColumnWithNulls,
  by: ColumnWithNulls,
  prfs: { readonly person: Prf; readonly value: Prf },
): Uint8Array {
  const isNull = (index: number): boolean => by.lengths[index]! < 0; // index < count, as below
  const nulls = Array.from({ length: input.count }, (_, index) => index).filter(isNull);
  if (nulls.length === 0) return Uint8Array.from(prfs.person.digests(by));
  const offsets = Int32Array.from({ length: by.count }, (_, index) => (isNull(index) ? 0 : by.offsets[index]!));
  const lengths = Int32Array.from({ length: by.count }, (_, index) => Math.max(0, by.lengths[index]!));
  const digests = Uint8Array.from(prfs.person.digests({ bytes: by.bytes, offsets, lengths, count: by.count }));
  const own = prfs.value.digests(input);
  for (const index of nulls) {
    const at = index * DIGEST_BYTES;
    digests.set(own.subarray(at, at + DIGEST_BYTES), at);
  }
  return digests;
}
