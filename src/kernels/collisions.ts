// How likely it is that two different values get the same replacement: the birthday bound, and how it is said.

/** The bound under which replacements count as unique. */
export const NEGLIGIBLE_COLLISION = 1e-9;

/**
 * An upper bound of the probability that any two of `rows` different values collide among 2^bits equally likely
 * replacements: rows² / 2^(bits + 1), at most 1.
 */
export function collisionBound(rows: number, bits: number): number {
  return Math.min(1, 2 ** (2 * Math.log2(Math.max(rows, 1)) - bits - 1));
}

/** The bits that keep the collision bound of `rows` values under `bound`. */
export function bitsFor(rows: number, bound = NEGLIGIBLE_COLLISION): number {
  return 2 * Math.log2(Math.max(rows, 1)) - 1 - Math.log2(bound);
}

/** The sentence for the plan; it never promises more than there is. */
export function describeCollisions(rows: number, bits: number): string {
  const bound = collisionBound(rows, bits);
  const chance = bound >= 1 ? 'not small' : `under ${roundUp(bound)}`;
  return `${Math.floor(bits)} bits: the chance of any collision is ${chance} at ${withCommas(rows)} different values`;
}

/** Two digits, such as 4.1e-10. */
function roundUp(bound: number): string {
  const exponent = Math.floor(Math.log10(bound));
  return `${(Math.ceil((bound / 10 ** exponent) * 10) / 10).toFixed(1)}e${exponent}`;
}

/** 1,000,000. Not by toLocaleString, whose tables take 20 ms to load. */
function withCommas(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}
