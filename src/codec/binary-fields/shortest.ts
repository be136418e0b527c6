// The shortest decimal that reads back as a float, as the server finds it (common/d2s.c and f2s.c, after Adams, "Ryū",
// PLDI 2018). JavaScript's shortest differs from it in one point: the server never takes a decimal that lies exactly
// halfway between two floats.

/** `0.d₁d₂… × 10^point`, without zeros at either end; `1` to 17 digits. */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** From here on a double's halfway points may have as few digits as a shortest decimal. */
const HALFWAYS_FROM = 2 ** 52;
const SMALLEST_NORMAL_SINGLE = 2 ** -126;

/** @param number positive and finite */
export function shortestDouble(number: number): Decimal {
  const decimal = parse(String(number));
  if (number < HALFWAYS_FROM || !isHalfwayFromDouble(number, decimal)) return decimal;
  return search(
    number,
    decimal.digits.length,
    tried => Number(spell(tried)) === number && !isHalfwayFromDouble(number, tried),
  );
}

/** @param number positive, finite and a single */
export function shortestSingle(number: number): Decimal {
  // At most one decimal of six digits is within a normal single's reach, so that a shorter one is that one without zeros.
  const digits = number >= SMALLEST_NORMAL_SINGLE ? 6 : 1;
  return search(number, digits, tried => roundToSingle(spell(tried)) === number && !isHalfwayBetweenSingles(tried));
}

/** The number's nearest decimal of as few digits as pass. Below a power of two the next one up may pass where it fails. */
function search(number: number, fewest: number, passes: (tried: Decimal) => boolean): Decimal {
  for (let digits = fewest; ; digits++) {
    const nearest = number.toExponential(digits - 1);
    for (const tried of [parse(nearest), parse(above(nearest, digits))]) if (passes(tried)) return tried;
  }
}

/** The next decimal with as many digits. */
function above(exponential: string, digits: number): string {
  const [mantissa = '', exponent = ''] = exponential.split('e');
  return `${BigInt(mantissa.replace('.', '')) + 1n}e${Number(exponent) - digits + 1}`;
}

/** Reads what JavaScript writes for a positive number. */
function parse(text: string): Decimal {
  const [mantissa = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const leadingZeros = whole.length + fraction.length - digits.length;
  return { digits: digits.replace(/0+$/, ''), point: whole.length - leadingZeros + Number(exponent) };
}

const spell = ({ digits, point }: Decimal): string => `0.${digits}e${point}`;

/** Whether a decimal is exactly between a double from 2^52 on and one of its neighbours. */
function isHalfwayFromDouble(number: number, { digits, point }: Decimal): boolean {
  const exponent = point - digits.length;
  // Twice a halfway point is whole; a decimal of 17 digits has one digit after the point at most.
  const twice = 2n * BigInt(digits) * 10n ** BigInt(Math.max(exponent, 0));
  const scale = 10n ** BigInt(Math.max(-exponent, 0));
  return [nextDouble(number, 1n), nextDouble(number, -1n)].some(
    neighbour => Number.isFinite(neighbour) && twice === (BigInt(number) + BigInt(neighbour)) * scale,
  );
}

const view = new DataView(new ArrayBuffer(8));

function nextDouble(number: number, step: 1n | -1n): number {
  view.setFloat64(0, number);
  view.setBigInt64(0, view.getBigInt64(0) + step);
  return view.getFloat64(0);
}

function nextSingle(number: number, step: 1 | -1): number {
  view.setFloat32(0, number);
  view.setInt32(0, view.getInt32(0) + step);
  return view.getFloat32(0);
}

/** The single nearest to a decimal. `Math.fround(Number(text))` rounds twice, which differs next to a halfway point. */
export function roundToSingle(text: string): number {
  const double = Number(text);
  const magnitude = Math.abs(double);
  const single = Math.fround(magnitude);
  if (single === magnitude || !Number.isFinite(single)) return Math.fround(double);
  const other = nextSingle(single, magnitude > single ? 1 : -1);
  if ((single + other) / 2 !== magnitude) return Math.fround(double);
  const side = compare(text.replace(/^[-+]/, ''), magnitude);
  const rounded = side === 0 ? single : side > 0 ? Math.max(single, other) : Math.min(single, other);
  return double < 0 ? -rounded : rounded;
}

function isHalfwayBetweenSingles(decimal: Decimal): boolean {
  const double = Number(spell(decimal));
  const single = Math.fround(double);
  if (single === double || !Number.isFinite(single)) return false;
  const other = nextSingle(single, double > single ? 1 : -1);
  return (single + other) / 2 === double && compare(spell(decimal), double) === 0;
}

/** The sign of `text - double`, exactly. Both positive. */
function compare(text: string, double: number): number {
  const { digits, point } = parse(text.toLowerCase());
  const exponent = point - digits.length;
  const [mantissa, binaryExponent] = split(double);
  const positive = (power: number): bigint => BigInt(Math.max(power, 0));
  const left = BigInt(digits || '0') * 10n ** positive(exponent) * 2n ** positive(-binaryExponent);
  const right = mantissa * 2n ** positive(binaryExponent) * 10n ** positive(-exponent);
  return left === right ? 0 : left > right ? 1 : -1;
}

/** A positive double as `whole × 2^exponent`. */
function split(double: number): [bigint, number] {
  view.setFloat64(0, double);
  const exponent = view.getUint16(0) >>> 4;
  const fraction = view.getBigUint64(0) & (2n ** 52n - 1n);
  return exponent === 0 ? [fraction, -1074] : [fraction + 2n ** 52n, exponent - 1075];
}
