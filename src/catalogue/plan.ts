// Errors of the plan.

import { type CatalogueEntry, EXIT, entry } from './entry.ts';

/** Code → exit code, message, fix. */
export const PLAN = {
  ANON_PLAN_REFUSED: entry(
    EXIT.config,
    'The plan has {count} finding(s).',
    'Correct them all; nothing was written to the target.',
  ),
  ANON_PLAN_EMPTY: entry(
    EXIT.config,
    'No table is planned.',
    'Name at least one table under `tables:` that is neither skipped nor unknown.',
  ),
  ANON_PLAN_UNKNOWN_TABLE: entry(
    EXIT.config,
    '{place}: the source has no such table.{suggestion}',
    'Correct the name, or remove it.',
  ),
  ANON_PLAN_GLOB_MATCHES_NOTHING: entry(
    EXIT.config,
    '{place}: the pattern matches no table of the source.{suggestion}',
    'Correct the pattern, or remove it.',
  ),
  ANON_PLAN_UNKNOWN_COLUMN: entry(
    EXIT.config,
    '{place}: the table has no such column.{suggestion}',
    'Correct the name, or remove it.',
  ),
  ANON_PLAN_UNKNOWN_STRATEGY: entry(
    EXIT.config,
    '{place}: there is no strategy "{strategy}".{suggestion}',
    'Run `anonymize strategies` for the list.',
  ),
  ANON_PLAN_UNKNOWN_OPTION: entry(
    EXIT.config,
    '{place}: strategy "{strategy}" has no option "{option}".{suggestion}',
    'Run `anonymize strategies {strategy}` for its options.',
  ),
  ANON_PLAN_STRATEGY_OPTION: entry(
    EXIT.config,
    '{place}: {detail}',
    'Run `anonymize strategies {strategy}` for its options.',
  ),
  ANON_PLAN_STRATEGY_REFUSED: entry(EXIT.config, '{place}: strategy "{strategy}": {detail}', '{fixHint}'),
  ANON_PLAN_STRATEGY_FILE: entry(
    EXIT.config,
    'The strategy file {file} cannot be used: {detail}',
    'It must default-export defineStrategy({ … }).',
  ),
  ANON_PLAN_TABLE_UNDECIDED: entry(
    EXIT.config,
    '{place}: nothing decides this table.{suggestion}',
    'Add it under `tables:`, with its columns, or as keep, empty or skip.',
  ),
  ANON_PLAN_WHERE: entry(
    EXIT.config,
    '{place}: the source does not understand its `where` (SQLSTATE {sqlstate}, {condition}).',
    'Correct the condition; it is SQL that the source runs, over the columns of this table.',
  ),
  ANON_PLAN_COLUMN_UNDECIDED: entry(
    EXIT.config,
    '{place} ({type}): nothing decides this column.{suggestion}',
    'Give it a strategy, or list it under `keep:`.',
  ),
  ANON_PLAN_COLUMN_TWICE: entry(
    EXIT.config,
    '{place}: the column is both kept and given a strategy.',
    'Remove one of the two.',
  ),
  ANON_PLAN_COLUMN_GENERATED: entry(
    EXIT.config,
    '{place}: the column is generated; the target computes it.',
    'Remove it from the configuration.',
  ),
  ANON_PLAN_TYPE: entry(
    EXIT.config,
    '{place}: strategy "{strategy}" does not accept {type}.{suggestion}',
    'Choose a strategy that does; `anonymize strategies` lists what each accepts.',
  ),
  ANON_PLAN_NOT_NULL: entry(
    EXIT.config,
    '{place}: the column is NOT NULL and strategy "{strategy}" yields NULL.',
    'Use another strategy, such as constant.',
  ),
  ANON_PLAN_TOO_LONG: entry(
    EXIT.config,
    '{place}: strategy "{strategy}" writes up to {length} characters into {type}.',
    'Shorten the output with its options, or use another strategy.',
  ),
  ANON_PLAN_LOOKUP_SIZE: entry(
    EXIT.config,
    '{place}: the table {table} is too large to look values up in: more than {limit}.',
    'Look up in a view of the table with fewer rows, or replace the values by a keyed strategy.',
  ),
  ANON_PLAN_OUTPUT: entry(
    EXIT.config,
    '{place}: what strategy "{strategy}" writes is no value of {type}.',
    'Correct its options: the value must be written as PostgreSQL reads the type.',
  ),
  ANON_PLAN_FOREIGN_KEY: entry(
    EXIT.config,
    '{place}: foreign key {constraint} references {referenced}, which has another rule.',
    'Give both the same strategy, options and domain, or leave this column out: it then takes the rule of the key.',
  ),
  ANON_PLAN_REFERENCE: entry(EXIT.config, '{place}: `references: {referenced}`: {detail}', '{fixHint}'),
  ANON_PLAN_REFERENCE_TYPE: entry(
    EXIT.config,
    '{place} ({type}) references {referenced} ({keyType}), which writes equal values in another way: their replacements would differ.',
    'Keep the key, or give both columns the same type.',
  ),
  ANON_PLAN_SUBSET: entry(
    EXIT.config,
    '{place}: {detail}',
    'Correct `subset:`, or what the table has under `tables:`.',
  ),
  ANON_SUBSET_MEMORY: entry(
    EXIT.config,
    'The subset has more rows than a part of `memory:` ({limit}) can keep account of.',
    'Raise `memory:` to {wanted} or more, or make the subset smaller.',
  ),
  ANON_PLAN_DANGLING: entry(
    EXIT.config,
    '{place}: foreign key {constraint} references {referenced}, which will be empty.',
    'Empty or nullify this side too, or copy the referenced table.',
  ),
  ANON_PLAN_UNIQUE: entry(
    EXIT.config,
    '{place}: unique index {index} needs distinct values, and {detail}',
    '{fixHint}',
  ),
  ANON_PLAN_LARGE_OBJECT: entry(
    EXIT.config,
    '{place}: the column refers to large objects, which are not copied.',
    'Nullify the column, or keep the contents in a column of type bytea.',
  ),
  ANON_PLAN_DERIVED: entry(
    EXIT.config,
    '{place}: trigger {trigger} fills this kept column from columns that are masked ({columns}).',
    'Nullify it and fill it again after the run, or declare it as generated, so that the target computes it.',
  ),
  ANON_PLAN_PARTITION_KEY: entry(
    EXIT.config,
    '{place}: {detail}',
    'Plan all partitions, or keep the columns that decide in which one a row belongs.',
  ),
  ANON_PLAN_TARGET_TABLE: entry(
    EXIT.config,
    '{place}: the target has no such table.',
    'Create the schema in the target first (pg_dump --schema-only), or skip the table.',
  ),
  ANON_PLAN_TARGET_COLUMN: entry(
    EXIT.config,
    '{place}: the target has no such column.',
    'Bring the schema of the target up to date.',
  ),
  ANON_PLAN_TARGET_TYPE: entry(
    EXIT.config,
    '{place}: the column is {sourceType} in the source and {targetType} in the target.',
    'Bring the schema of the target up to date.',
  ),
  ANON_PLAN_TARGET_REQUIRED: entry(
    EXIT.config,
    '{place}: the target wants a value in this column, and the source has no such column.',
    'Give the column a default, or drop it from the target.',
  ),

  ANON_PLAN_BUDGET: entry(
    EXIT.config,
    '`budget:` needs the control database, which remembers what was spent, and the configuration names none.',
    'Set `control.url` and run `anonymize migrate`, or remove `budget:`.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
