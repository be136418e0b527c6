// A vault that keeps its tokens in memory and holds strategies to what a real one would: for tests without a database.

import type { DomainTokens, TokenVault } from '../../src/strategy.ts';
import { FINGERPRINT_BYTES } from '../../src/strategy.ts';
import { readColumn } from '../strategies/replace.ts';

export function memoryVault(): TokenVault {
  const domains = new Map<string, DomainTokens>();
  return {
    tokens(domain, format) {
      const name = JSON.stringify([domain, format]);
      const tokens = domains.get(name) ?? memoryTokens();
      domains.set(name, tokens);
      return tokens;
    },
  };
}

function memoryTokens(): DomainTokens {
  const tokenFor = new Map<string, string>();
  const valueFor = new Map<string, string>();
  /** Gives the fingerprint of each value as text. */
  const printsOf = (fingerprints: Uint8Array): ((index: number) => string) => {
    const text = Buffer.from(fingerprints).toString('hex');
    return index => text.slice(2 * index * FINGERPRINT_BYTES, 2 * (index + 1) * FINGERPRINT_BYTES);
  };
  const keep = (fingerprint: string, value: string, token: string): void => {
    if ((tokenFor.get(fingerprint) ?? token) !== token) throw new Error('a value has two tokens');
    if ((valueFor.get(token) ?? value) !== value) throw new Error('a token has two values');
    tokenFor.set(fingerprint, token);
    valueFor.set(token, value);
  };
  return {
    note({ fingerprints, values }, tokens) {
      const written = readColumn(tokens);
      const print = printsOf(fingerprints);
      readColumn(values).forEach((value, index) => {
        keep(print(index), String(value), String(written[index]));
      });
    },
    async findOrDraw({ fingerprints, values }, draw) {
      const print = printsOf(fingerprints);
      return readColumn(values).map((value, index) => {
        const name = print(index);
        let token = tokenFor.get(name);
        while (token === undefined || (valueFor.get(token) ?? value) !== value) token = draw(index);
        keep(name, String(value), token);
        return token;
      });
    },
  };
}
