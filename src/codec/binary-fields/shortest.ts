// The shortest decimal that reads back as a float, as the server finds it (common/d2s.c and f2s.c, after Adams, "Ryū",
// PLDI 2018). JavaScript's shortest differs in one point: the server takes no decimal that lies exactly halfway between
// two floats. BigInt serves the rare cases where only exact arithmetic tells.

/** `digits × 10^exponent`, positive, without zeros at either end. */
export interface Decimal {
  readonly digits: string;
  readonly exponent: number;
}

/** From here on a double's halfway points may have as few digits as a shortest decimal. */
const HALFWAYS_FROM = 2 ** 52;
const SMALLEST_NORMAL_SINGLE = 2 ** -126;

/** @param number positive and finite */
export function shortestDouble(number: number): Decimal {
  const decimal = parse(String(number));
  if (number < HALFWAYS_FROM || !isHalfway(decimal, number, nextDouble)) return decimal;
  return search(
    number,
    decimal.digits.length,
    tried => Number(spell(tried)) === number && !isHalfway(tried, number, nextDouble),
  );
}

/** @param number positive, finite and a single */
export function shortestSingle(number: number): Decimal {
  // At most one decimal of six digits is within a normal single's reach: a shorter one is that one without its zeros.
  const fewest = number >= SMALLEST_NORMAL_SINGLE ? 6 : 1;
  return search(number, fewest, tried => roundToSingle(spell(tried)) === number && !isHalfwayBetweenSingles(tried));
}

/**
 * The number's nearest decimal of as few digits as pass. Above a power of two, the floats are closer to each other below
 * than above, so that the next decimal may pass where the nearest does not.
 */
function search(number: number, fewest: number, passes: (tried: Decimal) => boolean): Decimal {
  for (let count = fewest; ; count++) {
    const [mantissa = '', power = ''] = number.toExponential(count - 1).split('e');
    const exponent = Number(power) - count + 1;
    const rounded = BigInt(mantissa.replace('.', ''));
    // Of two nearest ones, JavaScript takes the larger and the server the even one.
    const isTie = rounded % 2n === 1n && compare(10n * rounded - 5n, exponent - 1, number) === 0;
    const nearest = isTie ? rounded - 1n : rounded;
    for (const coefficient of [nearest, nearest + 1n]) {
      const tried = parse(`${coefficient}e${exponent}`);
      if (passes(tried)) return tried;
    }
  }
}

/** Reads what JavaScript writes for a number, without a sign. */
function parse(text: string): Decimal {
  const [mantissa = '', power = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  return { digits, exponent: Number(power) - fraction.length + all.length - digits.length };
}

const spell = ({ digits, exponent }: Decimal): string => `${digits}e${exponent}`;

type Neighbour = (number: number, step: 1 | -1) => number;

/** Whether a decimal is exactly between a number and one of its neighbours. */
function isHalfway({ digits, exponent }: Decimal, number: number, neighbour: Neighbour): boolean {
  const twice = 2n * BigInt(digits);
  return ([1, -1] as const).some(step => {
    const next = neighbour(number, step);
    return Number.isFinite(next) && compare(twice, exponent, number, next) === 0;
  });
}

/** The sign of `coefficient × 10^exponent - (double + other)`, exactly: the sum may need a bit more than a double has. */
function compare(coefficient: bigint, exponent: number, double: number, other = 0): number {
  const [first, firstPower] = split(double);
  const [second, secondPower] = split(other);
  const power = Math.min(firstPower, secondPower);
  const sum = (first << BigInt(firstPower - power)) + (second << BigInt(secondPower - power));
  const positive = (size: number): bigint => BigInt(Math.max(size, 0));
  const left = coefficient * 10n ** positive(exponent) * 2n ** positive(-power);
  const right = sum * 2n ** positive(power) * 10n ** positive(-exponent);
  return left === right ? 0 : left > right ? 1 : -1;
}

const view = new DataView(new ArrayBuffer(8));

/** A positive double as `whole × 2^exponent`. */
function split(double: number): [bigint, number] {
  view.setFloat64(0, double);
  const exponent = view.getUint16(0) >>> 4;
  const fraction = view.getBigUint64(0) & (2n ** 52n - 1n);
  return exponent === 0 ? [fraction, -1074] : [fraction + 2n ** 52n, exponent - 1075];
}

function nextDouble(number: number, step: 1 | -1): number {
  view.setFloat64(0, number);
  view.setBigInt64(0, view.getBigInt64(0) + BigInt(step));
  return view.getFloat64(0);
}

function nextSingle(number: number, step: 1 | -1): number {
  view.setFloat32(0, number);
  view.setInt32(0, view.getInt32(0) + step);
  return view.getFloat32(0);
}

/** The single on the other side of a double that is no single. */
const acrossFrom = (single: number, double: number): number => nextSingle(single, double > single ? 1 : -1);

/** The single nearest to a decimal. `Math.fround(Number(text))` rounds twice, which differs next to a halfway point. */
export function roundToSingle(text: string): number {
  const rounded = Math.fround(Number(text));
  const double = Math.abs(Number(text));
  const single = Math.abs(rounded);
  if (single === double || !Number.isFinite(single)) return rounded;
  const other = acrossFrom(single, double);
  if ((single + other) / 2 !== double) return rounded;
  const { digits, exponent } = parse(text.replace(/^[-+]/, ''));
  const side = compare(BigInt(digits), exponent, double);
  const nearest = side === 0 ? single : side > 0 ? Math.max(single, other) : Math.min(single, other);
  return rounded < 0 ? -nearest : nearest;
}

function isHalfwayBetweenSingles(decimal: Decimal): boolean {
  const double = Number(spell(decimal));
  const single = Math.fround(double);
  if (single === double || !Number.isFinite(single) || (single + acrossFrom(single, double)) / 2 !== double)
    return false;
  return compare(BigInt(decimal.digits), decimal.exponent, double) === 0;
}
