// Sizes with units, as in `memory: 512MB`.

const UNITS: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
};

const SIZE = /^(\d{1,9}(?:\.\d{1,3})?) ?([KMG]i?B)$/i;

/** Bytes of `512MB`, `1.5 GiB` and the like (KB, MB, GB are decimal; KiB, MiB, GiB binary); nothing when it is no size. */
export function parseBytes(value: unknown): number | undefined {
  const [, number, unit = ''] = (typeof value === 'string' && SIZE.exec(value)) || [];
  return number === undefined ? undefined : Math.floor(Number(number) * UNITS[unit.toLowerCase()]!); // SIZE has no other unit
}
