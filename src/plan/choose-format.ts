// COPY binary or text, per table, with the reason.

import type { Format } from '../codec/codec.ts';
import { binaryObstacle, fieldCodec } from '../codec/field-types.ts';
import type { Catalog } from '../pg/catalog-types.ts';
import { isKept, type PlannedColumn } from './plan-types.ts';

export interface FormatChoice {
  readonly format: Format;
  readonly reason: string;
}

/** Binary unless something stands against it: it needs no escaping, and costs the target a quarter less CPU. */
export function chooseFormat(
  columns: readonly PlannedColumn[],
  { source, target }: { readonly source: Catalog; readonly target: Catalog },
): FormatChoice {
  const readBeside = new Set(columns.flatMap(column => [...column.reads, ...column.readsReplaced]));
  const majors = { source: source.major, target: target.major };
  for (const column of columns) {
    const type = source.types.get(column.typeOid);
    if (!type) throw new Error(`type ${column.typeOid} is not in the catalogue`);
    const obstacle = binaryObstacle(type, source.types, majors);
    if (obstacle) return { format: 'text', reason: `${column.name} (${column.type.name}): ${obstacle}` };
    const isReplaced = !isKept(column);
    if ((isReplaced || readBeside.has(column.name)) && !fieldCodec('binary', type, source.types)) {
      const why = isReplaced ? 'is replaced' : 'is needed for another column';
      return { format: 'text', reason: `${column.name} (${column.type.name}) ${why}, and read as text` };
    }
  }
  return { format: 'binary', reason: 'every column is portable in binary' };
}
