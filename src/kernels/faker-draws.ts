// Draws from @faker-js/faker: always the same ones for a kind, locale, arguments and faker version, whatever the secret.

import type { Faker } from '@faker-js/faker';
import { StrategyRefusal } from '../strategy.ts';
import { storedDraws } from './stored-draws.ts';

/** Draws of a dictionary; person.firstName has some 2,300 different names among them, and they take 15 ms. */
const DRAWS = 4096;
/** So many draws in a row that bring nothing new end it: person.sex has two values. */
const VAIN_DRAWS = 256;
/** Ends the drawing of long texts. */
const MAX_CHARACTERS = 1_000_000;
const SEED = 20_250_101;
/** What faker takes for now, so that dates are the same in every year. */
const REFERENCE_DATE = '2025-01-01T00:00:00.000Z';

/** Which faker method is drawn from. */
export interface FakerKind {
  /** `module.method`, such as `person.firstName`. */
  readonly kind: string;
  /** As faker names it: `en`, `de_CH`. */
  readonly locale: string;
  /** Given to the method in this order. */
  readonly args: readonly unknown[];
}

/** The text of a result, or undefined where it has none. */
type ToText = (result: unknown) => string | undefined;

/**
 * The different results of a faker method, in the order of drawing.
 * @throws {StrategyRefusal} for an unknown locale or method, arguments that it refuses, or results without text
 */
export async function drawFrom(source: FakerKind, toText: ToText): Promise<ReadonlySet<string>> {
  const stored = await storedDraws(source);
  if (stored?.every(entry => toText(entry) === entry)) return new Set(stored);
  return await drawNow(source, toText);
}

/** The same by faker itself, whatever is stored. */
export async function drawNow(source: FakerKind, toText: ToText): Promise<ReadonlySet<string>> {
  const { kind, args } = source;
  const faker = await loadLocale(source.locale);
  const method = findMethod(faker, kind);
  faker.seed(SEED);
  faker.setDefaultRefDate(REFERENCE_DATE);
  return silently(() => {
    const entries = new Set<string>();
    let characters = 0;
    let vain = 0;
    for (let draw = 0; draw < DRAWS && vain < VAIN_DRAWS && characters < MAX_CHARACTERS; draw++) {
      const entry = toText(call(method, kind, args));
      if (entry === undefined) {
        throw new StrategyRefusal(
          `faker's ${kind} gives what the type of the column cannot hold`,
          'Choose another kind, give it args, or use another strategy.',
        );
      }
      vain = entries.has(entry) ? vain + 1 : 0;
      if (vain === 0) characters += entry.length;
      entries.add(entry);
    }
    return entries;
  });
}

/** A deprecated method of faker warns at each of thousands of calls. */
function silently<Result>(act: () => Result): Result {
  const { warn } = console;
  console.warn = () => {};
  try {
    return act();
  } finally {
    console.warn = warn;
  }
}

type Method = (...args: readonly unknown[]) => unknown;

async function loadLocale(locale: string): Promise<Faker> {
  if (/^[a-z]{2,4}(_[A-Za-z]+)*$/.test(locale)) {
    try {
      // Only this locale: all of them take ten times as long to load.
      const { faker } = (await import(`@faker-js/faker/locale/${locale}`)) as { faker: Faker };
      return faker;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    }
  }
  throw new StrategyRefusal(
    `faker has no locale "${locale}"`,
    'Use one that https://fakerjs.dev/guide/localization lists, such as en, de, fr or ja.',
  );
}

function findMethod(faker: Faker, kind: string): Method {
  const [moduleName = '', methodName = ''] = kind.split('.');
  const modules = ownMembers(faker, 'object');
  if (!Object.hasOwn(modules, moduleName) || moduleName === 'fakerCore') {
    const known = Object.keys(modules).filter(name => name !== 'fakerCore');
    throw new StrategyRefusal(`faker has no module "${moduleName}"`, `Use a method of one of: ${known.join(', ')}.`);
  }
  const methods = ownMembers(modules[moduleName], 'function'); // faker binds them to their module
  if (!Object.hasOwn(methods, methodName)) {
    const known = Object.keys(methods).map(name => `${moduleName}.${name}`);
    throw new StrategyRefusal(`faker has no method "${kind}"`, `Use one of: ${known.join(', ')}.`);
  }
  return methods[methodName] as Method;
}

function ownMembers(owner: unknown, type: 'object' | 'function'): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(owner as object)
      .filter(([, member]) => typeof member === type)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  );
}

function call(method: Method, kind: string, args: readonly unknown[]): unknown {
  try {
    return method(...args);
  } catch {
    throw new StrategyRefusal(`faker's ${kind} refuses these args`, `See https://fakerjs.dev/api for what it takes.`);
  }
}
