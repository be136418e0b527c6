// The building stones of the schema: zod, with closed blocks and plain words. They never echo a value: it may be a password.

import type { ErrorCode } from '../errors.ts';
import { z } from '../zod.ts';
import { suggest } from './suggest.ts';

/** What an issue becomes in the catalogue; ANON_CONFIG_VALUE with the issue's message unless said. */
export interface IssueParams {
  readonly code: ErrorCode;
  readonly suggestion?: string;
}

export type Context = z.core.$RefinementCtx;

/** Refuses the value at hand, or the one under `key` in it. */
export function refuse(context: Context, message: string, params?: IssueParams & { readonly key?: string }): never {
  const { key, ...rest } = params ?? {};
  const path = key === undefined ? [] : [key];
  context.addIssue({ code: 'custom', message, path, ...(params && { params: rest }) });
  return z.NEVER;
}

/** Validates with another schema, chosen by looking at the value; `key` is where the value stands in the one at hand. */
export function validate<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { context, key }: { readonly context: Context; readonly key?: string },
): z.output<Schema> {
  const result = schema.safeParse(value, { error: plainWords });
  if (result.success) return result.data;
  const prefix = key === undefined ? [] : [key];
  for (const { path, ...issue } of result.error.issues) {
    context.addIssue({ ...issue, path: [...prefix, ...path] } as Parameters<Context['addIssue']>[0]);
  }
  return z.NEVER;
}

/** What a value is, without saying it. */
function describeValue(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'boolean') return 'true or false';
  return typeof value === 'object' ? 'a block' : 'a number';
}

/** Whether a value is a block of keys. */
export function isBlock(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Words for what is wanted instead. */
export function notA(wanted: string, value: unknown): string {
  if (value === undefined) return 'is missing.';
  if (value === null) return `has no value; ${wanted} is wanted.`;
  const quotes = typeof value !== 'object' && wanted.startsWith('a text') ? ' Put it in quotes.' : '';
  return `${wanted} is wanted, not ${describeValue(value)}.${quotes}`;
}

const WANTED: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a block of keys',
};

/** An error map for zod: plain words instead of its own. */
export const plainWords: z.core.$ZodErrorMap = issue => {
  switch (issue.code) {
    case 'invalid_type':
      return notA(WANTED[issue.expected] ?? issue.expected, issue.input);
    case 'too_small':
      return issue.origin === 'string' ? 'must not be empty.' : `must be at least ${issue.minimum}.`;
    case 'too_big':
      return `must be at most ${issue.maximum}.`;
    default:
      return undefined;
  }
};

/** A block that has these keys and no others. All its findings come at once. */
export function closedBlock<Shape extends z.core.$ZodLooseShape>(shape: Shape, hint = '') {
  const block = z.object(shape);
  return z.unknown().transform((value, context): z.output<typeof block> => {
    if (!isBlock(value)) return refuse(context, notA('a block of keys', value));
    for (const key of Object.keys(value)) {
      if (Object.hasOwn(shape, key)) continue;
      const suggestion = suggest(key, Object.keys(shape)) || hint;
      refuse(context, 'unknown key.', { code: 'ANON_CONFIG_UNKNOWN_KEY', suggestion, key });
    }
    return validate(block, value, { context });
  });
}

/** One of some words. */
export function oneOf<Word extends string>(words: readonly Word[]) {
  return z.unknown().transform((value, context): Word => {
    const word = words.find(one => one === value);
    if (word !== undefined) return word;
    if (value === undefined) return refuse(context, 'is missing.');
    const suggestion = typeof value === 'string' ? suggest(value, words) : '';
    return refuse(context, `must be ${words.join(' or ')}.${suggestion}`);
  });
}
