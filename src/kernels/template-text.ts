// Templates: `{first_name:1}.{last_name}{digits:4}@example.com`, taken apart once.

/** A piece of a template. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** A column of the row; `first`: so many of its characters. */
  | { readonly kind: 'column'; readonly name: string; readonly first: number | undefined }
  | { readonly kind: 'fake'; readonly method: string }
  | { readonly kind: 'digits' | 'letters'; readonly count: number };

/** `{{`, `}}`, `{…}`, or a brace that stands alone. */
const PIECE = /\{\{|\}\}|\{([^{}]*)\}|[{}]/g;
const SIZED = /^(digits|letters):([1-9]|1\d|2[0-4])$/;
const COLUMN = /^(.*?)(?::(\d{1,4}))?$/s;

/** The pieces of a template, or what is wrong with it. */
export function parseTemplate(template: string): readonly TemplatePart[] | string {
  const parts: TemplatePart[] = [];
  let at = 0;
  const addText = (text: string): void => {
    if (text !== '') parts.push({ kind: 'text', text });
  };
  for (const match of template.matchAll(PIECE)) {
    const [piece, inner] = match;
    addText(template.slice(at, match.index));
    at = match.index + piece.length;
    if (piece === '{{' || piece === '}}') addText(piece.slice(1));
    else if (inner === undefined) return 'has a brace without its other; a brace itself is written {{ or }}';
    else {
      const part = partOf(inner);
      if (typeof part === 'string') return part;
      parts.push(part);
    }
  }
  addText(template.slice(at));
  return parts;
}

function partOf(inner: string): TemplatePart | string {
  if (inner.startsWith('fake:')) return { kind: 'fake', method: inner.slice('fake:'.length) };
  const [, sized, size] = SIZED.exec(inner) ?? [];
  if (sized === 'digits' || sized === 'letters') return { kind: sized, count: Number(size) };
  if (/^(digits|letters):/.test(inner)) return 'has digits or letters that are not from 1 to 24';
  const [, name = '', first] = COLUMN.exec(inner) ?? [];
  if (name === '' || first === '0') return 'has braces without the name of a column in them';
  return { kind: 'column', name, first: first === undefined ? undefined : Number(first) };
}

/** The columns that a template names, each once. */
export function columnsOfTemplate(parts: readonly TemplatePart[]): string[] {
  return [...new Set(parts.flatMap(part => (part.kind === 'column' ? [part.name] : [])))];
}
