// Values for the contract test: many, no two equal, of the kind that a column has.

const COUNT = 20_000;

const made = new Map<string, readonly string[]>();

/** 20,000 values of a type; given an example, values of its shape, whose last five digits are others. Made once. */
export function manyOf(type = 'text', example?: string): readonly string[] {
  const name = JSON.stringify([type, example]);
  const values =
    made.get(name) ??
    Array.from({ length: COUNT }, (_, row) => (example === undefined ? valueIn(type, row) : like(example, row)));
  made.set(name, values);
  return values;
}

function valueIn(type: string, row: number): string {
  const moment = new Date(Date.UTC(1990, 0, 1) + row * 3_601_001).toISOString();
  switch (type.split(' ')[0]) {
    case 'uuid':
      return `6f9619ff-8b86-4011-b42d-${String(row).padStart(12, '0')}`;
    case 'date':
      return new Date(row * 86_400_000).toISOString().slice(0, 10);
    case 'timestamp':
      return moment.replace('T', ' ').replace(/\.?0*Z$/, type.includes('with time') ? '+00' : '');
    case 'boolean':
      return row % 2 === 0 ? 't' : 'f';
    case 'inet':
      return `10.${row >> 16}.${(row >> 8) & 255}.${row & 255}`;
    case 'text':
      return `person ${row} 079-${row}@mail.example`;
    default:
      return String(row);
  }
}

function like(example: string, row: number): string {
  const digits = [...String(row).padStart(5, '0')];
  const changed = [...example]
    .reverse()
    .map(character => (/\d/.test(character) ? (digits.pop() ?? character) : character));
  return changed.reverse().join('');
}
