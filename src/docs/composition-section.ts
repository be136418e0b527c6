// What docs/strategies.md says about the options that every strategy has: conditions, chains, refused values, NULL.

/** The section as Markdown lines. */
export const COMPOSITION: readonly string[] = `
## Around every strategy

| option | meaning |
| --- | --- |
| \`domain\` | What shares a key: equal values of one domain have equal replacements. \`column\` isolates a column |
| \`when\` | In a list of rules: the rows that this rule is for. The first rule that fits counts; the last has no \`when\` |
| \`then\` | A strategy, or a list of them, that gets what this one puts out |
| \`on_invalid\` | What a value becomes that the strategy cannot handle: \`refuse\` (it ends the run, the default), \`nullify\`, or \`{ replace: VALUE }\` |
| \`keep_null\` | \`false\`: NULL is replaced, too; the strategy is given an empty value for it. The default is \`true\` |
| \`keep_empty\` | \`true\`: an empty value stays empty. The default is \`false\`: it is replaced like any other |

\`\`\`yaml
columns:
  phone:
    - { when: { column: country, in: [DE, AT] }, strategy: phone, keep_prefix: true }
    - { when: { all: [{ column: age, at_least: 18 }, { not: { matches: "^00" } }] }, strategy: hash, then: { strategy: mask, keep_last: 4 } }
    - nullify
  iban: { strategy: fpe, preset: iban, on_invalid: nullify }
  tags: { strategy: hash, length: 12 }   # text[]: each element
\`\`\`

A condition has one \`column\` (its own without it) and \`equals\`, \`in\`, \`matches\` (a regular expression, JavaScript with the flag u),
\`is_null\`, \`less_than\`, \`at_most\`, \`greater_than\`, \`at_least\`; several in one block must all hold. \`all\`, \`any\` and \`not\` combine conditions.
It sees what the source holds, whatever becomes of that column. Numbers, dates and timestamps compare as such, texts exactly and
without an order. NULL equals nothing, matches nothing and is neither less nor greater, so \`not\` of these holds for it.

What a composition promises is derived from its parts, and never more than they promise: a chain keeps values apart where each
step does; cases do where at most one of them is \`preserved\` and none is lossy; \`keep_null: false\` makes all NULLs equal. No composition
promises to be reversible: \`anonymize decrypt\` turns back what it can (below). A foreign key takes a rule with \`when\` only where it is about the value itself: other columns differ there.

A strategy that accepts what an array holds works on its elements. NULL elements, dimensions and bounds stay; whether an array
is NULL or empty, and how long it is, shows.

## The way back

\`anonymize decrypt\` turns the replacements of reversible strategies (\`fpe\`, and your own with a \`reverse\`) back into values, for who has
the secret; \`anonymize detokenize\` does for the tokens of \`tokenize\`. It needs the target and the configuration of the run, not the
source, and refuses another secret than the one in the target's ledger. Where a value cannot be told, it says so, and makes none up:

- Chains come back where each step does, arrays element by element.
- Of cases, conditions on other columns tell which one it was. A condition on the column itself tells where only one case can have
  put the replacement out: a case that cannot be turned back may have, unless all its outputs are known.
- What \`on_invalid\` replaced is gone; so is the difference of NULL and an empty value under \`keep_null: false\`.
- Where a rule reads another column (\`tweak\`, \`when\`), that one must be kept, or come back itself; else it is refused by name, and
  single values come back for who knows what the other column held (\`--with\`).`
  .trim()
  .split('\n');
