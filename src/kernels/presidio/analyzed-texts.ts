// What an analyzer found in the texts of a batch: asked for all of them together, some at a time, before they are replaced.

import type { Column } from '../../batch/column.ts';
import type { Kind } from '../text-spans.ts';
import { type AnalyzerSettings, ask, wrongAnswer } from './analyzer-client.ts';
import { type EntitySpan, entitySpans } from './entity-spans.ts';

export interface AnalyzedOptions {
  readonly settings: AnalyzerSettings;
  /** Questions that are open at the same time. */
  readonly concurrency: number;
  /** See EntityOptions. */
  readonly kinds: ReadonlySet<Kind>;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const textAt = ({ bytes, offsets, lengths }: Column, index: number): string => {
  const start = offsets[index]!; // index < count, as below
  return decoder.decode(bytes.subarray(start, start + lengths[index]!));
};

/** The texts of one batch after another. */
export class AnalyzedTexts {
  readonly #options: AnalyzedOptions;
  /** By the text itself, so that no text is ever given the spans of another. */
  #spans: ReadonlyMap<string, readonly EntitySpan[]> = new Map();

  constructor(options: AnalyzedOptions) {
    this.#options = options;
  }

  /** Asks for the texts of a column, each once. @throws {AnonymizeError} and then nothing is known of any */
  async analyze(texts: Column): Promise<void> {
    this.#spans = new Map();
    const spans = new Map<string, readonly EntitySpan[]>();
    const asked = new Set<string>();
    for (let index = 0; index < texts.count; index++) asked.add(textAt(texts, index));
    const queue = [...asked].values();
    const stop = new AbortController();
    const work = async (): Promise<void> => {
      for (const text of queue) spans.set(text, await this.#spansIn(text, stop.signal));
    };
    try {
      await Promise.all(Array.from({ length: this.#options.concurrency }, work));
    } catch (cause) {
      stop.abort();
      throw cause;
    }
    this.#spans = spans;
  }

  /** What was found in a text. @throws for one that was not asked for: it would stay in clear */
  spansAt(texts: Column, index: number): readonly EntitySpan[] {
    const found = this.#spans.get(textAt(texts, index));
    if (!found) throw new Error('a text was not analyzed before it is replaced');
    return found;
  }

  /** Nothing is to be found in a text without a letter or digit, and the analyzer refuses an empty one. */
  async #spansIn(text: string, stop: AbortSignal): Promise<readonly EntitySpan[]> {
    const { settings, kinds } = this.#options;
    if (!/[\p{L}\p{N}]/u.test(text)) return [];
    const answer = await ask(text, settings, stop);
    const spans = entitySpans(answer, text, { minScore: settings.minScore, kinds });
    if (typeof spans === 'string') throw wrongAnswer(settings, spans);
    return spans;
  }
}
