// How well counts agree with a distribution: Pearson's chi-square, with the probability of so bad a fit by chance.

/** A test that fails below this probability fails by chance once in a million runs. */
export const NOT_EVEN_ONCE_IN_A_MILLION = 1e-6;

export interface Fit {
  readonly statistic: number;
  readonly freedom: number;
  /** The probability of a statistic at least as large where the distribution is the expected one. */
  readonly pValue: number;
}

/** @param counts what was found; @param expected what should be, in the same order; each at least 5 or so */
export function chiSquare(counts: ArrayLike<number>, expected: ArrayLike<number>): Fit {
  let statistic = 0;
  for (let cell = 0; cell < counts.length; cell++) {
    statistic += (counts[cell]! - expected[cell]!) ** 2 / expected[cell]!; // as many of both
  }
  const freedom = counts.length - 1;
  return { statistic, freedom, pValue: freedom === 0 ? 1 : upperGamma(freedom / 2, statistic / 2) };
}

/** The regularised upper incomplete gamma function Q(a, x): by its series below a + 1, by its continued fraction above. */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(a * Math.log(x) - x - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = a + 1; term > sum * 1e-15; n++) {
      term *= x / n;
      sum += term;
    }
    return 1 - sum * scale;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 10_000; n++) {
    const an = -n * (n - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-14) break;
  }
  return fraction * scale;
}

/** ln Γ(a), by Stirling's series after Γ(a + 1) = a Γ(a) has made a large. */
function logGamma(a: number): number {
  let shift = 0;
  for (; a < 20; a++) shift += Math.log(a);
  const inverse = 1 / (a * a);
  return (
    (a - 0.5) * Math.log(a) -
    a +
    Math.log(2 * Math.PI) / 2 +
    (1 - (inverse * (1 - inverse * (2 / 7))) / 30) / (12 * a) -
    shift
  );
}

/** Counts samples into cells of about equal probability, from the masses of a distribution on the integers around zero. */
export function compare(samples: Iterable<number>, mass: (x: number) => number, most: number): Fit {
  const cells: { readonly from: number; to: number; mass: number }[] = [];
  const WANTED = 1 / 200;
  for (let x = -most; x <= most; x++) {
    const open = cells.at(-1);
    if (open && open.mass < WANTED) {
      open.mass += mass(x);
      open.to = x;
    } else cells.push({ from: x, to: x, mass: mass(x) });
  }
  const counts = new Float64Array(cells.length);
  let total = 0;
  for (const sample of samples) {
    let low = 0;
    for (let high = cells.length - 1; low < high; ) {
      const middle = (low + high) >> 1;
      if (sample <= cells[middle]!.to)
        high = middle; // low ≤ middle < high
      else low = middle + 1;
    }
    counts[low]!++;
    total++;
  }
  const last = cells.at(-1)!; // there are cells
  // What lies beyond `most` counts with the outermost cells.
  last.mass += 1 - cells.reduce((sum, cell) => sum + cell.mass, 0);
  return chiSquare(
    counts,
    cells.map(cell => cell.mass * total),
  );
}
