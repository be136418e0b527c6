// The option `presidio` of redact_text, and from it what to ask and what becomes of what is found.

import { AnonymizeError } from '../../errors.ts';
import { type Column, type StrategyContext, StrategyRefusal, z } from '../../strategy.ts';
import { BASE32, characterWriter } from '../alphabets.ts';
import { DIGEST_BYTES } from '../prf.ts';
import type { Found, ReplaceParts } from '../redacted-column.ts';
import type { Kind } from '../text-spans.ts';
import { AnalyzedTexts } from './analyzed-texts.ts';
import { analyzerUrl } from './analyzer-url.ts';

const MS = 1000;
/** 50 bits: two names meet with a chance of one in 10^15. */
const PLACEHOLDER_CHARACTERS = 10;
/** Whoever reads the configuration must not read a password in it. */
const URL_REFERENCE = /^(?:env:[A-Za-z_]\w*|file:\s*\S.*|https?:\/\/[^@?\s]+)$/;
const SECRET_REFERENCE = /^(?:env:[A-Za-z_]\w*|file:\s*\S.*)$/;

export const presidioOption = z
  .strictObject({
    url: z
      .string()
      .regex(URL_REFERENCE, 'must be env:NAME, file:PATH, or a URL of http or https without a password')
      .describe('Where the analyzer is: env:NAME, file:PATH or a URL'),
    token: z.string().regex(SECRET_REFERENCE, 'must be env:NAME or file:PATH').optional().describe('A bearer token'),
    language: z.string().min(1).default('en').describe('The language of the texts'),
    entities: z.array(z.string().min(1)).min(1).optional().describe('What to look for. Default: all it knows'),
    min_score: z.number().min(0).max(1).default(0.5).describe('Less certain parts stay'),
    timeout_seconds: z.number().positive().max(600).default(30).describe('For one text'),
    parallel: z.int().min(1).max(64).default(4).describe('Texts at the same time, per worker'),
    plain_http: z.boolean().default(false).describe('Allows http to another machine'),
  })
  .optional()
  .describe(
    'Also asks the analyzer of a Microsoft Presidio about each text: `{ url: env:NAME or http(s)://…, token: env:NAME, ' +
      'language: en, entities: [PERSON, …], min_score: 0.5, timeout_seconds: 30, parallel: 4, plain_http: false }`',
  );
export type PresidioOptions = NonNullable<z.output<typeof presidioOption>>;

/** An analyzer in use. */
export interface Presidio {
  readonly found: Found;
  /** Asks about the texts that are replaced next. */
  readonly prepare: (texts: Column) => Promise<void>;
  /** Where texts go, for the plan. */
  readonly note: string;
  /**
   * Asks about a text of ours, so that a run which cannot succeed does not begin.
   * @throws {StrategyRefusal} where the analyzer does not answer as it should
   */
  readonly probe: () => Promise<void>;
}

/** Of no row. */
const PROBE = columnOf('The analyzer is asked about this sentence before it is asked about any other.');

function columnOf(text: string): Column {
  const bytes = Buffer.from(text);
  return { bytes, offsets: Int32Array.of(0), lengths: Int32Array.of(bytes.length), count: 1 };
}

/** @param kinds kinds that are replaced by surrogates, whoever finds them */
export function presidioOf(options: PresidioOptions, context: StrategyContext, kinds: ReadonlySet<Kind>): Presidio {
  const { token, language, entities, min_score: minScore, timeout_seconds: seconds } = options;
  const url = analyzerUrl(context.resolve(options.url), { allowsPlainHttp: options.plain_http });
  const authorization = token === undefined ? url.authorization : `Bearer ${context.resolve(token)}`;
  const settings = {
    ...url,
    authorization,
    place: context.column,
    language,
    entities,
    minScore,
    timeoutMs: seconds * MS,
  };
  const texts = new AnalyzedTexts({ settings, concurrency: options.parallel, kinds });
  const placeholders = new Map<Kind, ReplaceParts>();
  return {
    note: `texts leave this process: they are sent to ${url.shown}`,
    prepare: column => texts.analyze(column),
    async probe() {
      try {
        await texts.analyze(PROBE);
      } catch (cause) {
        if (!(cause instanceof AnonymizeError)) throw cause;
        const { url: shown, detail } = cause.facts;
        const what = cause.code === 'ANON_ANALYZER_AWAY' ? '' : 'gives an answer that is of no use: ';
        throw new StrategyRefusal(`the analyzer at ${shown} ${what}${detail}`, cause.fix);
      }
    },
    found: {
      partsAt: (column, text) => texts.spansAt(column, text),
      replacementOf(kind) {
        const known = placeholders.get(kind) ?? placeholder(kind, context);
        placeholders.set(kind, known);
        return known;
      },
    },
  };
}

/** `[PERSON k3x9…]`: the same for the same part, and of no other use. */
function placeholder(kind: Kind, context: StrategyContext): ReplaceParts {
  const entity = kind.replace('entity:', '').toUpperCase();
  const prf = context.prf(`presidio ${entity}`);
  const writeKeyed = characterWriter(BASE32, PLACEHOLDER_CHARACTERS);
  const start = Buffer.from(`[${entity} `);
  const end = Buffer.from(']');
  return (input, output) => {
    const digests = prf.digests(input);
    for (let index = 0; index < input.count; index++) {
      output.write(start);
      writeKeyed(digests, index * DIGEST_BYTES, output);
      output.pushBytes(end);
    }
  };
}
