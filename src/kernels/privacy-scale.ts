// How much noise a privacy budget asks for: the scale of the discrete Laplace distribution, the variance of the discrete Gaussian.

import { parseDecimal } from './decimals.ts';
import { gaussianAttempt } from './discrete-gaussian.ts';
import { type Attempt, laplaceAttempt, MAX_SCALE, toNumber } from './discrete-laplace.ts';

/** Noise for values that differ by at most so many steps, and how wide it is. */
export interface NoiseLaw {
  readonly attempt: Attempt;
  /** Of one value, in steps. */
  readonly standardDeviation: number;
}

/**
 * ε-differential privacy by noise of scale sensitivity / ε (Canonne, Kamath, Steinke 2020, section 5; Dwork et al. 2006).
 * ε is the decimal number that its text spells, so the scale is exact.
 * @returns undefined where the scale is too large to sample
 */
export function laplaceLaw(sensitivity: number, epsilon: number): NoiseLaw | undefined {
  const { unscaled, scale: digits } = parseDecimal(String(epsilon))!; // every positive number spells one
  const scale = { numerator: BigInt(sensitivity) * 10n ** BigInt(digits), denominator: unscaled };
  const width = toNumber(scale);
  return width > MAX_SCALE ? undefined : { attempt: laplaceAttempt(scale), standardDeviation: Math.SQRT2 * width };
}

/**
 * (ε, δ)-differential privacy by discrete Gaussian noise. With variance σ² it is ρ-concentrated for ρ = sensitivity² / 2σ²
 * (Canonne, Kamath, Steinke 2020, theorem 4), and so (ρ + 2 √(ρ ln 1/δ), δ)-private (Bun, Steinke 2016, proposition 1.3).
 * Solved for ε: √ρ = √(ln 1/δ + ε) - √(ln 1/δ), written without the difference. The variance is rounded up.
 * @returns undefined where the variance is too large to sample
 */
export function gaussianLaw(sensitivity: number, epsilon: number, delta: number): NoiseLaw | undefined {
  const bits = -Math.log(delta);
  const rootOfRho = epsilon / (Math.sqrt(bits + epsilon) + Math.sqrt(bits));
  const variance = (sensitivity / rootOfRho) ** 2 / 2;
  if (!(Math.sqrt(variance) + 2 < MAX_SCALE)) return undefined;
  const whole = BigInt(Math.ceil(variance * (1 + 1e-9))) + 1n; // more than doubles may lose
  return { attempt: gaussianAttempt(whole), standardDeviation: Math.sqrt(Number(whole)) };
}
