// redact_text: free text. What may tell of a person in it is found and replaced; the rest stays as it is.

import { presidioOf, presidioOption } from '../src/kernels/presidio/options.ts';
import type { ReplaceParts } from '../src/kernels/redacted-column.ts';
import { redactColumn } from '../src/kernels/redacted-column.ts';
import { type SurrogateKind, surrogateColumn } from '../src/kernels/surrogates.ts';
import type { Kind, SpanKind } from '../src/kernels/text-spans.ts';
import { defineStrategy, type StrategyContext, StrategyRefusal, z } from '../src/strategy.ts';

const TEXT = { name: 'text', kind: 'text' } as const;
const RECOGNISERS = ['email', 'phone', 'card', 'iban', 'ssn', 'ip', 'url'] as const satisfies readonly SpanKind[];
type Recogniser = (typeof RECOGNISERS)[number];

/** What becomes of the parts of a kind. */
const treatment = (what: string) =>
  z
    .union([z.enum(['surrogate', 'label', 'off']), z.looseObject({ strategy: z.string() })])
    .default('surrogate')
    .describe(what);

const options = z.strictObject({
  email: treatment(
    'E-mail addresses. `surrogate`: what strategy `email` makes of them in the domain of this column; `label`: `[EMAIL]`; ' +
      '`off`: they stay; or a rule of its own: `{ strategy: … }`',
  ),
  phone: treatment('Telephone numbers. `surrogate`: what strategy `phone` makes of them in the domain of this column'),
  card: treatment("Card numbers: 13 to 19 digits for which Luhn's formula holds. `surrogate`: another such number"),
  iban: treatment('IBANs with right check digits. `surrogate`: another one of the country'),
  ssn: treatment('Social security numbers (123-45-6789). `surrogate`: one that is never issued, in area 9xx'),
  ip: treatment('IP addresses. `surrogate`: one in 10.0.0.0/8 or 2001:db8::/32'),
  url: treatment('URLs with a scheme or www. `surrogate`: one at example.com'),
  names: z
    .array(z.string().min(1))
    .default([])
    .describe('Columns of the row with names to look for: they become in the text what they become in their columns'),
  names_as: z
    .enum(['surrogate', 'label'])
    .default('surrogate')
    .describe('`surrogate`: what the column of the name has in the target; `label`: `[NAME]`'),
  presidio: presidioOption,
});
type Options = z.output<typeof options>;

export default defineStrategy({
  summary:
    'Free text: replaces e-mail addresses, telephone, card and social security numbers, IBANs, IP addresses, URLs and the row’s names, and keeps the rest.',
  options,
  accepts: ['text'],
  guarantees: ({ presidio }) => ({
    deterministic: presidio === undefined, // what an analyzer finds is its own business
    reversible: false,
    uniqueness: 'lossy',
    keyed: true,
    yieldsNull: false,
  }),
  examples: [
    {
      input: 'Call +41 79 123 45 67 or write to ada@mail.org',
      output: 'Call +74 49 216 22 71 or write to xmo64isvbjmb6lorul@example.com',
    },
    { input: 'Card 4111 1111 1111 1111, from 192.0.2.77', output: 'Card 9833 2246 2268 7192, from 10.57.150.100' },
    { options: { phone: 'label' }, input: 'call 0791234567', output: 'call [PHONE]' },
    {
      options: { card: { strategy: 'mask', keep_last: 4 } },
      input: 'with 4111111111111111',
      output: 'with ************1111',
    },
  ],
  notes: [
    'Whatever no recogniser finds stays in clear: names of other people, places, dates, stories. For text that must not keep anything, use `nullify`, `constant` or `hash`.',
    'Numbers are rather taken for telephone numbers than not: 7 to 15 digits in groups, or 9 to 15 in one piece. Dates, decimal numbers and amounts of thousands are not.',
    'Digits of other scripts, full-width signs, unusual spaces and hyphens are recognised as what they look like; characters that nobody sees do not hide anything.',
    '`names: [first_name, last_name]`: names are found as whole words, whatever their case and accents; initials of one letter are not. A name whose column keeps it, or is NULL in the target, becomes `[NAME]`.',
    '`off` leaves a recogniser out; card, telephone and social security numbers that are off are not taken for each other.',
    'Where the surrogate of a part is NULL, the part becomes its label; so does a card number, an IBAN or a social security number that overlaps with something else.',
    '`presidio: { url: "http://localhost:5002" }` sends every text to that analyzer (POST /analyze) and replaces what it finds, besides what is found here. E-mail addresses, telephone, card and social security numbers, IBANs, IP addresses and URLs become what they become here; all else, and what is `off` here, becomes a keyed placeholder: `[PERSON k3x9…]`.',
    'Texts are sent to no other machine without TLS, unless `plain_http: true` says so, and redirections are not followed. Passwords come by env: or file: only. The plan asks about a sentence of its own first, and about the rows that it tries on the target. An analyzer that does not answer, after two more tries, or answers what cannot be, ends the run: nothing stays in clear for it.',
  ],
  reads: ({ names }) => names,
  readsReplaced: ({ names, names_as }) => (names_as === 'surrogate' ? names : []),
  async create(chosen, context) {
    const replacements = new Map<Kind, 'label' | ReplaceParts>();
    const rules = RECOGNISERS.flatMap(kind => ruleFor(kind, chosen, context) ?? []);
    const bound = rules.length === 0 ? [] : await context.bind(rules);
    for (const kind of RECOGNISERS) {
      const treated = chosen[kind];
      const nested = bound[rules.findIndex(({ at }) => at === kind)];
      if (nested ? nested.isKept : treated === 'off') continue;
      if (nested) replacements.set(kind, nested.replace);
      else if (treated === 'label') replacements.set(kind, 'label');
      else replacements.set(kind, surrogateColumn(kind as SurrogateKind, context.prf(kind))); // email, phone have rules
    }
    const names = new Set(chosen.names);
    if (names.size > 0) replacements.set('name', 'label');
    if (names.has(context.columnName)) {
      throw new StrategyRefusal('names holds the column itself', 'Name the columns that hold names.');
    }
    const presidio = chosen.presidio && presidioOf(chosen.presidio, context, new Set(replacements.keys()));
    if (replacements.size === 0 && !presidio) throw new StrategyRefusal('every recogniser is off', 'Use keep.');
    if (presidio && context.prepared === undefined) await presidio.probe();
    const recognisers = [...replacements.keys(), ...(presidio ? ['the analyzer'] : [])].join(', ');
    const note = `what none of ${recognisers} recognises stays in clear`;
    return {
      column: redactColumn(replacements, names.size, presidio?.found),
      note: presidio ? `${presidio.note}; ${note}` : note,
      ...(presidio && { prepare: presidio.prepare, prepared: 'probed' }),
    };
  },
});

/** The rule that a recogniser's parts are replaced by, where it is not one of our own surrogates. */
function ruleFor(kind: Recogniser, chosen: Options, { domain }: StrategyContext) {
  const treated = chosen[kind];
  const bindTo = (rule: unknown) => [{ at: kind, rule, type: TEXT }];
  if (typeof treated === 'object') return bindTo(treated);
  return treated === 'surrogate' && (kind === 'email' || kind === 'phone')
    ? bindTo({ strategy: kind, domain })
    : undefined;
}
