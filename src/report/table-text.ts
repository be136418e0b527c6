// Tables of text for a terminal.

export interface TableStyle {
  /** Columns that are aligned to the right. */
  readonly right?: readonly number[];
}

/** Rows under a header, in columns as wide as their longest cell. */
export function renderTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  { right = [] }: TableStyle = {},
): string {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => (right.includes(column) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!))) // as many as titles
      .join('  ')
      .trimEnd();
  const rule = widths.map(width => '─'.repeat(width)).join('  ');
  return [line(header), rule, ...rows.map(line)].join('\n');
}
