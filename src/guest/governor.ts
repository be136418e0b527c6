// How many slices go on at once while the databases have other things to do: one fewer at each look at which a limit is
// passed, one more after some looks at which none was.

import { formatDuration } from '../config/duration.ts';
import type { GovernorConfig } from '../config/schema.ts';
import type { Pressure } from './pressure.ts';

type Limits = GovernorConfig['limits'];

/** Another slice begins when it has been calm this often in a row: so that the run does not swing. */
const CALM_LOOKS = 3;

/** What is over its limit, in words; undefined when nothing is. */
export function overLimits(limits: Limits, at: Readonly<Record<string, Pressure>>): string | undefined {
  const found = Object.entries(at).flatMap(([side, pressure]) => {
    const over = passed(limits, pressure);
    return over.length > 0 ? [`${side}: ${over.join(', ')}`] : [];
  });
  return found.length > 0 ? found.join('; ') : undefined;
}

const overLimit = (what: string, limit: string): string => `${what}, limit ${limit}`;

function passed(limits: Limits, pressure: Pressure): string[] {
  const count = (number: number, limit: number | undefined, what: string): string[] =>
    limit !== undefined && number > limit ? [overLimit(`${number} ${what}`, String(limit))] : [];
  const { replicaLagMs = Number.POSITIVE_INFINITY } = limits;
  return [
    ...(pressure.replicaLagMs > replicaLagMs
      ? [overLimit(`${formatDuration(pressure.replicaLagMs)} behind`, formatDuration(replicaLagMs))]
      : []),
    ...count(pressure.activeSessions, limits.activeSessions, 'active sessions'),
    ...count(pressure.lockWaits, limits.lockWaits, 'waiting for locks'),
    ...count(pressure.ioWaits, limits.ioWaits, 'waiting for the disk'),
  ];
}

export class Governor {
  /** Slices that may go on at once. */
  slices: number;
  readonly #most: number;
  readonly #least: number;
  #calm = 0;

  constructor({ most, least }: { readonly most: number; readonly least: number }) {
    this.slices = most;
    this.#most = most;
    this.#least = Math.min(least, most);
  }

  /** Takes note of a look. @returns whether `slices` is another number now */
  note(isPressed: boolean): boolean {
    const before = this.slices;
    this.#calm = isPressed ? 0 : this.#calm + 1;
    if (isPressed) this.slices = Math.max(this.#least, this.slices - 1);
    else if (this.#calm >= CALM_LOOKS && this.slices < this.#most) {
      this.slices++;
      this.#calm = 0;
    }
    return this.slices !== before;
  }
}
