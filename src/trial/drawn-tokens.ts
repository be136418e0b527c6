// The token store of a trial: nothing is kept of what it gives out, so that a trial leaves no trace in the vault.

import type { DomainTokens, TokenVault } from '../strategy.ts';
import { FINGERPRINT_BYTES } from '../strategy.ts';

/** Tokens as the vault would draw them: equal values get the same one, different ones do not. */
export function drawnTokens(): TokenVault {
  const domains = new Map<string, DomainTokens>();
  return {
    tokens(domain) {
      const known = domains.get(domain) ?? drawing();
      domains.set(domain, known);
      return known;
    },
  };
}

/** Drawing again does not help where a domain has fewer tokens than the sample has values. */
const MAX_DRAWS = 100;

function drawing(): DomainTokens {
  const tokens = new Map<string, string>();
  const taken = new Set<string>();
  const drawFree = (draw: () => string): string => {
    let token = draw();
    for (let draws = 1; taken.has(token) && draws < MAX_DRAWS; draws++) token = draw();
    taken.add(token);
    return token;
  };
  return {
    note: () => {},
    async findOrDraw({ fingerprints, values }, draw) {
      const prints = Buffer.from(fingerprints.buffer, fingerprints.byteOffset, fingerprints.byteLength);
      return Array.from({ length: values.count }, (_, index) => {
        const print = prints.toString('latin1', index * FINGERPRINT_BYTES, (index + 1) * FINGERPRINT_BYTES);
        const token = tokens.get(print) ?? drawFree(() => draw(index));
        tokens.set(print, token);
        return token;
      });
    },
  };
}
