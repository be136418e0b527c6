// The tokens of one domain, as one worker sees them: what it knows already, what it has noted, and what it asks the vault for.
// A token counts as known from when it is noted; rows that hold it wait for `settle`.

import { LRUCache } from 'lru-cache';
import { AnonymizeError } from '../errors.ts';
import type { DatabasePool } from '../pg/connect.ts';
import { type Column, type DomainTokens, FINGERPRINT_BYTES, type NewTokens } from '../strategy.ts';
import { currentKey, type DomainKey } from './domain-keys.ts';
import { checksOf, FingerprintSet, firstWord, type Room, wordsOf } from './fingerprint-set.ts';
import { loadTokens } from './load-tokens.ts';
import { addTokens, findTokens, inVault, isDomainAlive } from './statements.ts';
import { type SealedEntry, sealEntry, type TokenEntry } from './token-row.ts';

/** Random tokens that one worker remembers of a domain. */
const REMEMBERED = 65_536;
/** A statement adds so many rows, or so many bytes of values. */
const ROWS_AT_ONCE = 8192;
const BYTES_AT_ONCE = 4 * 1024 * 1024;
/** Asking first is worth it where at least so many are there already. */
const WORTH_ASKING = 0.25;
/** Where so many had to be asked for, or are to come, it is worth reading what the vault has at once. */
const WORTH_LOADING = 4096;
/** At most so many times as much: of those that were found, and of those that may be new. */
const LOADED_FOR_EACH = 64;
const LOADED_FOR_EXPECTED = 8;
/** Draws until there are no free tokens to be had. */
const DRAWS = 8;

export interface StoreOptions {
  readonly pool: DatabasePool;
  readonly secret: Uint8Array;
  readonly domain: string;
  /** For knowing what the vault has. */
  readonly room: Room;
  /** Tokens are drawn, not noted. */
  readonly isDrawn: boolean;
}

/** Rows and the key that they are sealed with. */
interface Sealed {
  readonly key: DomainKey;
  readonly rows: readonly SealedEntry[];
}

export class StoredTokens implements DomainTokens {
  readonly #options: StoreOptions;
  /** Values with their random tokens. */
  readonly #drawn = new LRUCache<string, string>({ max: REMEMBERED });
  /** Values whose tokens follow from them. */
  readonly #known: FingerprintSet;
  #key: Promise<DomainKey> | undefined;
  #noted: TokenEntry[] = [];
  #notedBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #failure: unknown;
  /** How many of the last values the vault had already, as a share. */
  #knownShare = 0;
  /** How many it had since it was read at once, and how many make that worth it again. */
  #foundByAsking = 0;
  #worthLoading = WORTH_LOADING;
  #loading: Promise<void> = Promise.resolve();
  /** How many would have been read, had the vault had so many. */
  #loaded = 0;
  /** Rows on their way hold tokens of which it is not sure that the vault still has them. */
  #isTrusted = false;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.#known = new FingerprintSet(options.room);
  }

  note({ fingerprints, values }: NewTokens, tokens: Column): void {
    const words = wordsOf(fingerprints, values.count);
    const prints = asBuffer(fingerprints);
    const checks = checksOf(tokens);
    this.#isTrusted = true;
    this.#known.prefetch(words, values.count);
    for (let index = 0; index < values.count; index++) {
      if (this.#known.add(words, firstWord(index), checks[index]!)) continue; // one for each value
      const fingerprint = Buffer.from(prints.subarray(index * FINGERPRINT_BYTES, (index + 1) * FINGERPRINT_BYTES));
      const value = copyOf(values, index);
      this.#noted.push({ fingerprint, token: copyOf(tokens, index), value });
      this.#notedBytes += value.length;
    }
  }

  /** Begins to read what the vault has, where so many values are to come that asking for them would take longer. */
  expect(rows: number): void {
    const limit = Math.min(this.#known.vacancies, LOADED_FOR_EXPECTED * rows);
    if (this.#options.isDrawn || rows < WORTH_LOADING || limit <= this.#loaded) return;
    this.#loaded = limit;
    this.#loading = this.#loading.then(() => this.#load(limit));
    this.#loading.catch(() => {}); // `room` tells
  }

  /** Resolves when there is room for another batch; a full one goes to the vault meanwhile. */
  async room(): Promise<void> {
    await this.#loading;
    if (this.#foundByAsking >= this.#worthLoading) await this.#loadFound();
    if (this.#noted.length >= ROWS_AT_ONCE || this.#notedBytes >= BYTES_AT_ONCE) await this.#write();
  }

  /** Resolves when everything noted is committed. */
  async settle(): Promise<void> {
    if (this.#noted.length > 0) await this.#write();
    await this.#written();
    if (this.#isTrusted) await this.#refusePurged();
    this.#isTrusted = false;
  }

  async findOrDraw({ fingerprints, values }: NewTokens, draw: (index: number) => string): Promise<readonly string[]> {
    const prints = asBuffer(fingerprints);
    const names = Array.from({ length: values.count }, (_, index) => nameOf(prints, index));
    this.#isTrusted = true;
    const tokens = new Map<string, string>();
    const asked = new Map<string, number>();
    for (const [index, name] of names.entries()) {
      const known = this.#drawn.get(name);
      if (known) tokens.set(name, known);
      else asked.set(name, index);
    }
    // Sorted as bytes, like every other writer's.
    let missing = [...asked.keys()].sort(byCharacter);
    const found = await this.#find(missing);
    missing = this.#take(missing, found, tokens);
    for (let round = 0; missing.length > 0; round++) {
      if (round === DRAWS) throw new AnonymizeError('ANON_VAULT_FULL', { domain: this.#options.domain });
      const entries = missing.map(name => {
        const index = asked.get(name)!; // missing is made of it
        return {
          fingerprint: Buffer.from(name, 'latin1'),
          token: Buffer.from(draw(index)),
          value: copyOf(values, index),
        };
      });
      const added = await this.#add(entries);
      const stored =
        added === entries.length ? entries.map(({ token }) => token.toString()) : await this.#find(missing);
      missing = this.#take(missing, stored, tokens);
    }
    return names.map(name => tokens.get(name)!); // all are taken
  }

  /** Keeps the tokens that were found; returns the names of the others. */
  #take(names: readonly string[], found: readonly (string | undefined)[], tokens: Map<string, string>): string[] {
    return names.filter((name, index) => {
      const token = found[index];
      if (token === undefined) return true;
      tokens.set(name, token);
      this.#drawn.set(name, token);
      return false;
    });
  }

  /** Sends what was noted. It is sealed while the server still works on what was sent before. */
  async #write(): Promise<void> {
    const entries = this.#noted.sort((one, other) => one.fingerprint.compare(other.fingerprint));
    this.#noted = [];
    this.#notedBytes = 0;
    const sealed = this.#knownShare > WORTH_ASKING ? undefined : await this.#seal(entries);
    await this.#written();
    this.#writing = this.#store(entries, sealed).catch((cause: unknown) => {
      this.#failure ??= cause;
      this.#known.clear(); // they are not in the vault
    });
  }

  async #written(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #store(entries: readonly TokenEntry[], sealed: Sealed | undefined): Promise<void> {
    const missing = sealed ? entries : await this.#withoutStored(entries);
    const added = missing.length === 0 ? 0 : await this.#add(missing, sealed);
    this.#knownShare = 1 - added / entries.length;
    this.#foundByAsking += entries.length - added;
    if (added === missing.length) return;
    const lost = await this.#withoutStored(missing);
    if (lost.length > 0) throw new AnonymizeError('ANON_VAULT_COLLISION', { domain: this.#options.domain });
  }

  /** Each time that was not enough, the next has to be worth more. */
  async #loadFound(): Promise<void> {
    await this.#written();
    const limit = Math.min(this.#known.vacancies, LOADED_FOR_EACH * this.#foundByAsking);
    this.#foundByAsking = 0;
    this.#worthLoading *= LOADED_FOR_EACH;
    if (limit > 0) await this.#load(limit);
  }

  async #load(limit: number): Promise<void> {
    const { domainId } = await this.#currentKey();
    await inVault(this.#options.pool, client => loadTokens(client, { domainId, limit }, this.#known));
  }

  /** What is only known here may have been purged: its tokens stand for nothing then. */
  async #refusePurged(): Promise<void> {
    const { domainId } = await this.#currentKey();
    if (await inVault(this.#options.pool, client => isDomainAlive(client, domainId))) return;
    throw new AnonymizeError('ANON_VAULT_PURGED', { domain: this.#options.domain });
  }

  /** The entries whose values have no token yet. @throws where a value has another one than ours */
  async #withoutStored(entries: readonly TokenEntry[]): Promise<readonly TokenEntry[]> {
    const found = await this.#find(entries.map(({ fingerprint }) => fingerprint));
    return entries.filter(({ token }, index) => {
      const stored = found[index];
      if (stored !== undefined && stored !== token.toString()) {
        throw new AnonymizeError('ANON_VAULT_FORMAT', { domain: this.#options.domain });
      }
      return stored === undefined;
    });
  }

  async #find(fingerprints: readonly (string | Buffer)[]): Promise<readonly (string | undefined)[]> {
    if (fingerprints.length === 0) return [];
    const { domainId } = await this.#currentKey();
    const bytes = fingerprints.map(print => (typeof print === 'string' ? Buffer.from(print, 'latin1') : print));
    return inVault(this.#options.pool, client => findTokens(client, domainId, bytes));
  }

  /** How many were added; seals again under the newest key where a rotation dropped the one that was in use. */
  async #add(entries: readonly TokenEntry[], sealed?: Sealed): Promise<number> {
    const { key, rows } = sealed ?? (await this.#seal(entries));
    const added = await inVault(this.#options.pool, client =>
      addTokens(client, { rows, key, isNew: this.#knownShare === 0 }),
    );
    if (added !== undefined) return added;
    this.#key = undefined;
    const { domainId } = await this.#currentKey();
    // What was written under the purged one is gone, in the target it cannot be told apart: so the run ends.
    if (domainId !== key.domainId) throw new AnonymizeError('ANON_VAULT_PURGED', { domain: this.#options.domain });
    return this.#add(entries);
  }

  async #seal(entries: readonly TokenEntry[]): Promise<Sealed> {
    const key = await this.#currentKey();
    return { key, rows: entries.map(entry => sealEntry(entry, key)) };
  }

  #currentKey(): Promise<DomainKey> {
    const { pool, secret, domain } = this.#options;
    this.#key ??= inVault(pool, client => currentKey(client, secret, domain));
    return this.#key;
  }
}

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

/** A fingerprint as a string: one character for each byte, so that strings sort as bytes do. */
const nameOf = (prints: Buffer, index: number): string =>
  prints.toString('latin1', index * FINGERPRINT_BYTES, (index + 1) * FINGERPRINT_BYTES);

const byCharacter = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

function copyOf({ bytes, offsets, lengths }: Column, index: number): Buffer {
  const start = offsets[index]!; // index < count, as below
  return Buffer.from(bytes.subarray(start, start + lengths[index]!));
}
