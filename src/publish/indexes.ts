// Indexes, and the constraints that rest on them, are put aside because loading without them and building them afterwards
// is faster. That is an optimisation only: where one is needed by something else, it stays.
// A partitioned index comes back as it was made of: every leaf's index under its own name, then the parent, then attached.

import type { ClientBase } from 'pg';
import { quoteLiteral, quoteName, quoteTable } from '../pg/identifiers.ts';
import type { Definition, Found, Kind } from './definitions.ts';
import { type IndexConstraint, readIndexes, type TargetIndex } from './index-catalog.ts';

/**
 * Finds the indexes to put aside.
 * @param foreignKeys OIDs of those that are put aside before
 */
export async function findIndexes(
  client: ClientBase,
  tables: readonly number[],
  foreignKeys: readonly number[],
): Promise<Found> {
  const trees = droppableTrees(await readIndexes(client, tables, foreignKeys));
  return {
    definitions: trees.flatMap(tree => tree.flatMap(index => define(index, childrenOf(index, tree)))),
    putAside: dropTops(trees.flatMap(tree => tree.slice(-1))),
  };
}

const childrenOf = (index: TargetIndex, tree: readonly TargetIndex[]): readonly TargetIndex[] =>
  tree.filter(child => child.parent === index.oid);

/**
 * Indexes by tree (one that is not partitioned is a tree of its own), leaves first and the top last. A tree goes as a
 * whole or not at all: a partition's index cannot be dropped while it is attached.
 */
function droppableTrees(indexes: readonly TargetIndex[]): TargetIndex[][] {
  const byParent = Map.groupBy(indexes, index => index.parent);
  const below = (index: TargetIndex): TargetIndex[] => [
    ...(byParent.get(index.oid) ?? []).flatMap(child => below(child)),
    index,
  ];
  return (byParent.get(0) ?? []).map(below).filter(tree => tree.every(index => index.isDroppable));
}

function dropTops(tops: readonly TargetIndex[]): string[] {
  const constraints = tops.filter(top => top.constraint);
  const plain = tops.filter(top => !top.constraint);
  const drops = constraints.map(top => `${alterTable(top)} drop constraint ${quoteName(top.name)}`);
  return plain.length === 0 ? drops : [...drops, `drop index ${plain.map(indexName).join(', ')}`];
}

function define(index: TargetIndex, children: readonly TargetIndex[]): readonly Definition[] {
  if (index.isPartitioned) return [definition(index, 'partitioned index', restorePartitioned(index, children))];
  const { constraint } = index;
  const marks = marksOf(index).map(mark => definition(index, mark.kind, mark.restore));
  if (!constraint) return [definition(index, 'index', restoreIndex(index)), ...marks];
  if (!constraint.takesIndex) return [definition(index, 'constraint', restoreConstraint(index, constraint)), ...marks];
  return [
    definition(index, 'index', restoreIndex(index)),
    definition(index, 'constraint', restoreFromIndex(index, constraint)),
    ...marks,
  ];
}

const definition = (index: TargetIndex, kind: Kind, restore: string): Definition => {
  const { schema, table, name } = index;
  return { kind, schema, table, name, restore };
};

const restoreIndex = (index: TargetIndex): string =>
  statements([...inTablespace(index, index.definition), ...describeIndex(index)]);

const restoreConstraint = (index: TargetIndex, constraint: IndexConstraint): string =>
  statements([
    ...inTablespace(index, addConstraint(index, constraint)),
    ...describeIndex(index),
    ...describeConstraint(index, constraint),
  ]);

/** The index is built before, together with others of its table; this only takes a moment. */
const restoreFromIndex = (index: TargetIndex, constraint: IndexConstraint): string =>
  statements([
    [
      `alter table only ${tableName(index)} add constraint ${quoteName(index.name)}`,
      `${constraint.type} using index ${quoteName(index.name)}${deferral(constraint)}`,
    ].join(' '),
    ...describeConstraint(index, constraint),
  ]);

function restorePartitioned(index: TargetIndex, children: readonly TargetIndex[]): string {
  const { constraint } = index;
  return statements([
    constraint ? restoreConstraint(index, constraint) : restoreIndex(index),
    ...children.map(child => `alter index ${indexName(index)} attach partition ${indexName(child)}`),
    ...marksOf(index).map(mark => mark.restore),
  ]);
}

function marksOf(index: TargetIndex): readonly Pick<Definition, 'kind' | 'restore'>[] {
  const alter = `alter table only ${tableName(index)}`;
  const name = quoteName(index.name);
  return [
    ...(index.isReplicaIdentity
      ? [{ kind: 'replica identity' as const, restore: `${alter} replica identity using index ${name}` }]
      : []),
    ...(index.isClusterMark ? [{ kind: 'cluster mark' as const, restore: `${alter} cluster on ${name}` }] : []),
  ];
}

/** The sessions of restore.ts have no default tablespace. */
const inTablespace = ({ tablespace }: TargetIndex, create: string): readonly string[] =>
  tablespace === null
    ? [create]
    : [`set local default_tablespace = ${quoteLiteral(tablespace)}`, create, `set local default_tablespace = ''`];

function addConstraint(index: TargetIndex, constraint: IndexConstraint): string {
  const { type, definition } = constraint;
  // pg_get_constraintdef tells the storage options of exclusion constraints only. They stand before the deferral.
  const options = type === 'exclude' ? '' : storage(index.options);
  const suffix = deferral(constraint);
  const head = suffix !== '' && definition.endsWith(suffix) ? definition.slice(0, -suffix.length) : definition;
  return `alter table only ${tableName(index)} add constraint ${quoteName(index.name)} ${head}${options}${definition.slice(head.length)}`;
}

const deferral = ({ isDeferrable, isDeferred }: IndexConstraint): string =>
  `${isDeferrable ? ' DEFERRABLE' : ''}${isDeferred ? ' INITIALLY DEFERRED' : ''}`;

function storage(options: readonly string[] | null): string {
  if (!options?.length) return '';
  const settings = options.map(option => {
    const equals = option.indexOf('=');
    return `${quoteName(option.slice(0, equals))} = ${quoteLiteral(option.slice(equals + 1))}`;
  });
  return ` with (${settings.join(', ')})`;
}

const describeIndex = (index: TargetIndex): readonly string[] => [
  ...index.statistics.map(
    ({ column, target }) => `alter index ${indexName(index)} alter column ${column} set statistics ${target}`,
  ),
  ...(index.comment === null ? [] : [`comment on index ${indexName(index)} is ${quoteLiteral(index.comment)}`]),
];

const describeConstraint = (index: TargetIndex, { comment }: IndexConstraint): readonly string[] =>
  comment === null
    ? []
    : [`comment on constraint ${quoteName(index.name)} on ${tableName(index)} is ${quoteLiteral(comment)}`];

const statements = (parts: readonly string[]): string => parts.join(';\n');

const tableName = ({ schema, table }: TargetIndex): string => quoteTable({ schema, name: table });

// ONLY is refused where a constraint of a partitioned table is dropped, which takes those of its partitions along.
const alterTable = (index: TargetIndex): string =>
  `alter table ${index.isPartitioned ? '' : 'only '}${tableName(index)}`;

/** An index lives in the schema of its table. */
const indexName = ({ schema, name }: TargetIndex): string => quoteTable({ schema, name });
