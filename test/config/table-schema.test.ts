import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { AnonymizeError } from '../../src/errors.ts';

const HEAD = 'version: 1\nsource: { url: env:S }\ntarget: { url: env:T }\n';

/** The findings of a `tables:` block (from line 5 on) behind a head without defects, as `code message`. */
function tableFindings(tables: string): string[] {
  try {
    parseConfig(`${HEAD}tables:\n${tables}`, { baseDir: '/base' });
  } catch (error) {
    if (error instanceof AnonymizeError) return error.findings.map(({ code, message }) => `${code} ${message}`);
    throw error;
  }
  return [];
}

describe('findings about tables', () => {
  test('an entry that names the table of another, only with other quotes', () => {
    expect(tableFindings(`  public.a: keep\n  '"public"."a"': skip`)).toEqual([
      'ANON_CONFIG_VALUE tables.""public"."a"" (line 6): names the same table as an entry before.',
    ]);
  });

  test.each([
    [
      '{ keep: true }',
      'tables.a.keep (line 5): a list of columns is wanted; a whole table is kept by `schema.table: keep`.',
    ],
    [
      '{ keep: "*" }',
      'tables.a.keep (line 5): a list of columns is wanted; a whole table is kept by `schema.table: keep`.',
    ],
    ['{ keep: id }', 'tables.a.keep (line 5): a list of columns, such as [id, created_at], is wanted, not a text.'],
    ['{ keep: [id, 1] }', 'tables.a.keep[1] (line 5): a text is wanted, not a number. Put it in quotes.'],
    ['{ keep: [id, id] }', 'tables.a.keep (line 5): names a column twice.'],
    ['{ where: }', 'tables.a.where (line 5): has no value; a text is wanted.'],
    ['{ where: "" }', 'tables.a.where (line 5): must not be empty.'],
    ['{ where: true }', 'tables.a.where (line 5): a text is wanted, not true or false. Put it in quotes.'],
    ['{ columns: }', 'tables.a.columns (line 5): has no value; a block of `column: strategy` lines is wanted.'],
    ['{ columns: [b] }', 'tables.a.columns (line 5): a block of `column: strategy` lines is wanted, not a list.'],
    ['{ columns: hash }', 'tables.a.columns (line 5): a block of `column: strategy` lines is wanted, not a text.'],
    [
      '{ columns: { b: } }',
      'tables.a.columns.b (line 5): has no strategy; name one, or move the column to the list under `keep:`.',
    ],
    [
      '{ columns: { b: 5 } }',
      'tables.a.columns.b (line 5): the name of a strategy, or a block with `strategy:` is wanted, not a number.',
    ],
    ['{ columns: { b: "" } }', 'tables.a.columns.b (line 5): must not be empty.'],
    ['{ columns: { b: {} } }', 'tables.a.columns.b.strategy (line 5): is missing.'],
    [
      '{ columns: { b: { strategy: 1 } } }',
      'tables.a.columns.b.strategy (line 5): a text is wanted, not a number. Put it in quotes.',
    ],
    [
      '{ columns: { b: { strategy: hash, domain: 7 } } }',
      'tables.a.columns.b.domain (line 5): a text is wanted, not a number. Put it in quotes.',
    ],
    ['', 'tables.a (line 5): has no value; keep, empty, skip or a block with `columns:` is wanted.'],
    ['true', 'tables.a (line 5): keep, empty, skip or a block with `columns:` is wanted, not true or false.'],
    ['hash', 'tables.a (line 5): must be keep, empty, skip or a block with `columns:`.'],
    ['skp', 'tables.a (line 5): must be keep, empty, skip or a block with `columns:`. Did you mean "skip"?'],
  ])('%s', (entry, message) => {
    expect(tableFindings(`  a: ${entry}`)).toEqual([`ANON_CONFIG_VALUE ${message}`]);
  });

  const DEFAULT =
    'rows that meet no `when` have no rule: end with one without `when`, such as [{ when: …, strategy: … }, keep].';
  test.each([
    ['{ strategy: hash, when: { column: x, equals: 1 } }', '', DEFAULT],
    ['[{ strategy: hash, when: { column: x, equals: 1 } }]', '', DEFAULT],
    ['[hash, keep]', '[0]', 'has no `when`, so the rules after it never count.'],
    ['[]', '', 'is missing.'],
    [
      '[{ strategy: hash, when: x }, keep]',
      '[0].when',
      'a condition, such as { column: country, equals: DE }, is wanted, not a text.',
    ],
    [
      '[{ strategy: hash, when: { column: x } }, keep]',
      '[0].when',
      'has no operator: equals, in, matches, is_null, less_than, at_most, greater_than or at_least.',
    ],
    [
      '[{ strategy: hash, when: { equals: null } }, keep]',
      '[0].when.equals',
      'has no value; `is_null: true` asks for NULL.',
    ],
    ['[{ strategy: hash, when: { in: DE } }, keep]', '[0].when.in', 'a list, such as [DE, AT], is wanted, not a text.'],
    [
      '[{ strategy: hash, when: { is_null: true, equals: 1 } }, keep]',
      '[0].when',
      'is_null: true leaves nothing to compare.',
    ],
    ['[{ strategy: hash, when: { all: [], any: [] } }, keep]', '[0].when', 'all stands alone in its block.'],
    ['[{ strategy: hash, when: { any: [] } }, keep]', '[0].when.any', 'a list of conditions is wanted, not a list.'],
    ['{ strategy: hash, on_invalid: skip }', '.on_invalid', 'must be refuse, nullify or { replace: VALUE }.'],
    ['{ strategy: hash, on_invalid: replace }', '.on_invalid', 'must be refuse, nullify or { replace: VALUE }.'],
    ['{ strategy: hash, keep_null: x }', '.keep_null', 'true or false is wanted, not a text.'],
    ['{ strategy: keep, keep_null: false }', '.keep_null', 'is for strategies that replace values; `keep` keeps NULL.'],
    ['{ strategy: hash, then: [] }', '.then', 'names no strategy.'],
    [
      '{ strategy: hash, then: { strategy: mask, keep_null: false } }',
      '.then.keep_null',
      'belongs to the rule, not to a step of `then:`.',
    ],
  ])('%s', (rule, at, message) => {
    expect(tableFindings(`  a: { columns: { b: ${rule} } }`)).toEqual([
      `ANON_CONFIG_VALUE tables.a.columns.b${at} (line 5): ${message}`,
    ]);
  });

  test('an operator that there is not is told what there is', () => {
    const rule = '[{ strategy: hash, when: { column: x, equal: 1 } }, keep]';
    expect(tableFindings(`  a: { columns: { b: ${rule} } }`)).toEqual([
      expect.stringMatching(
        /^ANON_CONFIG_UNKNOWN_KEY .*when\.equal \(line 5\): unknown key\. Did you mean "equals"\?$/,
      ),
    ]);
  });

  test('a column outside `columns:` is told where to go', () => {
    expect(tableFindings('  a: { email: hash }')).toEqual([
      'ANON_CONFIG_UNKNOWN_KEY tables.a.email (line 5): unknown key. Columns go under `columns:` or `keep:`.',
    ]);
  });

  test('a number that JavaScript would round is refused', () => {
    const table = '  a: { columns: { b: { strategy: constant, value: 12345678901234567890 } } }';
    expect(tableFindings(table)).toEqual([
      'ANON_CONFIG_VALUE line 5: a number this long loses digits; put it into quotes.',
    ]);
  });

  test('a finding in a block has the line of its own key', () => {
    const table = '  public.a:\n    keep: [id]\n    columns:\n      b: hash\n      c:\n      d: { domain: x }\n';
    expect(tableFindings(table)).toEqual([
      expect.stringContaining('tables."public.a".columns.c (line 9)'),
      expect.stringContaining('tables."public.a".columns.d.strategy (line 10)'),
    ]);
  });

  test('a finding in an alias has the line of the anchor', () => {
    expect(tableFindings('  a: &x\n    columns: { b: 5 }\n  c: *x')).toEqual([
      expect.stringContaining('tables.a.columns.b (line 6)'),
      expect.stringContaining('tables.c.columns.b (line 6)'),
    ]);
  });
});
