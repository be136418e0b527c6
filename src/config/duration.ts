// Lengths of time with their unit, as in `hold_for: 30min`.

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const DURATION = /^(\d{1,7}(?:\.\d{1,3})?) ?(ms|s|min|h|d)$/;

/** Milliseconds of `5s`, `1.5h`, `30 min` and the like; nothing when it is no length of time. `m` is none: it could be a month. */
export function parseDuration(value: unknown): number | undefined {
  const [, number, unit = ''] = (typeof value === 'string' && DURATION.exec(value)) || [];
  return number === undefined ? undefined : Math.round(Number(number) * UNITS[unit]!); // DURATION has no other unit
}

/** Milliseconds in words, in the largest unit that keeps them readable: `45 s`, `30 min`, `4 h 30 min`, `3 d 2 h`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / UNITS.s!));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48
    ? withRest(hours, 'h', [minutes % 60, 'min'])
    : withRest(Math.floor(hours / 24), 'd', [hours % 24, 'h']);
}

const withRest = (whole: number, unit: string, [rest, smaller]: readonly [number, string]): string =>
  rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${smaller}`;
