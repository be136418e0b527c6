// What every bench but sync yields: figures, each with the floor that it is held to, if there is one.

/** One measured figure. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** Per second of one thread's CPU time; `tokens/s`, `inserted rows/s`, `s` and `ms` are wall time, and `times` is a ratio. */
  readonly unit: 'values/s' | 'rows/s' | 'hits/s' | 'MB/s' | 'tokens/s' | 'inserted rows/s' | 's' | 'ms' | 'times';
  /** The least that is good enough. */
  readonly floor?: number | undefined;
}

/** Measures one thing after the other. */
export type Bench = () => Iterable<Figure> | AsyncIterable<Figure>;

/** What is left of a figure in a record. */
export type RecordedFigure = Figure & { readonly isUnder?: true };

/** Shows each figure of the benches as it comes; returns all of them, rounded. */
export async function runBenches(
  benches: readonly Bench[],
  show: (line: string) => void,
): Promise<readonly RecordedFigure[]> {
  const figures: RecordedFigure[] = [];
  for (const bench of benches) {
    for await (const figure of bench()) {
      const { value, floor } = figure;
      if (!Number.isFinite(value)) throw new Error(`${figure.what}: ${value} is no figure`);
      const isUnder = floor !== undefined && value < floor;
      show(lineOf(figure, isUnder));
      figures.push({ ...figure, value: rounded(value), ...(isUnder && { isUnder }) });
    }
  }
  const under = figures.filter(figure => figure.isUnder).length;
  show(`${figures.filter(({ floor }) => floor !== undefined).length} figures have a floor, ${under} are under it`);
  return figures;
}

/** The figure, its unit, its floor and what it is of; `UNDER` where it is not good enough. */
function lineOf({ what, value, unit, floor }: Figure, isUnder: boolean): string {
  const number = rounded(value).toLocaleString('en').padStart(12);
  const held = floor === undefined ? '' : `≥ ${floor.toLocaleString('en')}`;
  return `${number} ${unit.padEnd(15)} ${held.padStart(11)} ${isUnder ? 'UNDER' : '     '}  ${what}`;
}

const rounded = (value: number): number => (value < 1000 ? Math.round(value * 100) / 100 : Math.round(value));
