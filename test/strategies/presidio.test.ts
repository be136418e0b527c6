import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AnonymizeError } from '../../src/errors.ts';
import { NOTHING_OUTSIDE, type Outside } from '../../src/plan/outside.ts';
import { type AnalyzerServer, answer, type Behaviour, failing, startAnalyzer } from './analyzer-server.ts';
import { columnOf, replaceOne, replaceWith, tryStrategy, type Use, useStrategy } from './replace.ts';

/** Stands in every text that must not be told. */
const CANARY = 'canary-7Q';
const FOUND = {
  'Ada Lovelace': 'PERSON',
  Zürich: 'LOCATION',
  'ada@mail.org': 'EMAIL_ADDRESS',
  '4111 1111 1111 1111': 'CREDIT_CARD',
  'card no. five': 'CREDIT_CARD',
  'Lovelace 4111 1111 1111 1111': 'PERSON',
  '😀😀': 'EMOJI',
  '٠٧٩ ١٢٣': 'PHONE_NUMBER',
};
let server: AnalyzerServer;

beforeAll(async () => {
  server = await startAnalyzer(FOUND);
});
afterEach(() => {
  server.behave(undefined);
  server.questions.length = 0;
});
afterAll(() => server.close());

const outside = (references: Readonly<Record<string, string>>): Outside => ({
  ...NOTHING_OUTSIDE,
  resolve: reference => references[reference] ?? NOTHING_OUTSIDE.resolve(reference, ''),
});

const useOf = (presidio: object = {}, options: object = {}): Use => ({
  options: { ...options, presidio: { url: server.url, ...presidio } },
});

/** What a column of texts becomes, asked about as the engine does. */
async function redact(texts: readonly string[], use: Use = useOf()): Promise<(string | null)[]> {
  const bound = await useStrategy('redact_text', use);
  server.questions.length = 0; // what the plan asked
  await bound.instance.prepare?.(columnOf(texts), [], 0);
  return replaceWith(bound, texts);
}
const redactOne = async (text: string, use?: Use) => (await redact([text], use))[0];

/** The error that ends the run, checked for what it must not tell. */
async function failure(behaviour: Behaviour, presidio: object = {}): Promise<AnonymizeError> {
  const bound = await useStrategy('redact_text', useOf(presidio));
  server.behave(behaviour);
  const cause: unknown = await Promise.resolve(bound.instance.prepare?.(columnOf([`Ada ${CANARY}`]), [], 0)).catch(
    (thrown: unknown) => thrown,
  );
  if (!(cause instanceof AnonymizeError)) throw new Error('it did not fail by name', { cause });
  expect(`${cause.message} ${cause.stack} ${JSON.stringify(cause.facts)}`).not.toContain(CANARY);
  return cause;
}

test('what only the analyzer finds becomes a keyed placeholder, the same for the same part', async () => {
  const [one, other, third] = await redact(['I met Ada Lovelace in Zürich.', 'Zürich, Ada Lovelace', 'Zürich']);
  expect(one).toMatch(/^I met \[PERSON [a-z2-7]{10}\] in \[LOCATION [a-z2-7]{10}\]\.$/);
  const [person, place] = one!.match(/\[.*?\]/g)!;
  expect([other, third]).toEqual([`${place}, ${person}`, place]);
  const elsewhere = await redactOne('Zürich', { ...useOf(), domain: 'other' });
  expect(elsewhere).not.toBe(third);
});

test('what we have surrogates for becomes what it becomes without the analyzer', async () => {
  for (const text of ['to ada@mail.org', 'card 4111 1111 1111 1111']) {
    expect(await redactOne(text)).toBe(await replaceOne('redact_text', text));
  }
  expect(await redactOne('to ada@mail.org', useOf({}, { email: 'label' }))).toBe('to [EMAIL]');
});

test('a kind that is off here, or does not look like one, becomes a placeholder', async () => {
  expect(await redactOne('ada@mail.org', useOf({}, { email: 'off' }))).toMatch(/^\[EMAIL_ADDRESS \w{10}\]$/);
  expect(await redactOne('card no. five')).toMatch(/^\[CREDIT_CARD \w{10}\]$/);
});

test('offsets count code points: characters beyond the basic plane do not move what is replaced', async () => {
  expect(await redactOne('🇨🇭 𝒜 Zürich 😀😀 é!')).toMatch(/^🇨🇭 𝒜 \[LOCATION \w{10}\] \[EMOJI \w{10}\] é!$/);
  expect(await redactOne('٠٧٩ ١٢٣ 😀')).toMatch(/^\d{3} \d{3} 😀$/); // folded, and a telephone number
});

test('where parts overlap, nothing of either stays', async () => {
  const redacted = await redactOne('Ada Lovelace 4111 1111 1111 1111');
  expect(redacted).toMatch(/^(\[[A-Z]+( \w{10})?\])$/);
  expect(await redactOne(`Ada Lovelace${'\u200b'} x`)).toMatch(/^\[PERSON \w{10}\]\u200b? x$/);
});

test('each text is asked about once, some at a time, over connections that are kept', async () => {
  const before = server.connections();
  server.behave((_, __, next) => setTimeout(next, 10));
  const texts = Array.from({ length: 40 }, (_, index) => `text ${index % 20} in Zürich`);
  const redacted = await redact(texts, useOf({ parallel: 3, language: 'de', entities: ['LOCATION'], min_score: 0.4 }));
  expect(redacted.every(text => text?.includes('[LOCATION '))).toBe(true);
  expect(server.questions).toHaveLength(20);
  expect(server.mostOpen()).toBeLessThanOrEqual(3);
  expect(server.connections() - before).toBeLessThanOrEqual(4);
  expect(server.questions[0]).toMatchObject({
    path: '/analyze',
    body: { text: 'text 0 in Zürich', language: 'de', entities: ['LOCATION'], score_threshold: 0.4 },
  });
});

test('texts without a letter or digit are not sent', async () => {
  expect(await redact(['', ' \n', '— …', 'Zürich'])).toHaveLength(4);
  expect(server.questions.map(({ body }) => body.text)).toEqual(['Zürich']);
});

test('parts that are less certain than asked stay', async () => {
  expect(await redactOne('Zürich', useOf({ min_score: 0.95 }))).toBe('Zürich');
});

test('user and password of the URL, or a token, go with the question', async () => {
  const url = server.url.replace('//', '//ada:p%40ss@');
  const references = { 'env:ANALYZER': url, 'file:token': 'secret-token' };
  const use = (presidio: object) => ({ ...useOf({ url: 'env:ANALYZER', ...presidio }), outside: outside(references) });
  await redactOne('x', use({}));
  expect(server.questions[0]?.authorization).toBe(`Basic ${Buffer.from('ada:p@ss').toString('base64')}`);
  await redactOne('x', use({ token: 'file:token' }));
  expect(server.questions[0]?.authorization).toBe('Bearer secret-token');
  const bound = await useStrategy('redact_text', use({}));
  expect(bound.instance.note).toContain(`texts leave this process: they are sent to ${server.url}/analyze`);
  expect(JSON.stringify(bound.instance)).not.toContain('p@ss');
});

test('a passing failure is mended by another try', async () => {
  let failures = 0;
  const use = useOf();
  const bound = await useStrategy('redact_text', use);
  server.behave((question, response, next) => {
    if (++failures === 1) response.destroy();
    else if (failures === 2) failing(503)(question, response, next);
    else next();
  });
  await bound.instance.prepare?.(columnOf(['Zürich']), [], 0);
  expect(replaceWith(bound, ['Zürich'])[0]).toMatch(/^\[LOCATION/);
  expect(failures).toBe(3);
});

describe('the run ends with ANON_ANALYZER_AWAY where the analyzer', () => {
  test.each<[string, Behaviour, string]>([
    ['fails again and again', failing(500), 'answered with HTTP 500'],
    ['refuses the question', failing(400), 'answered with HTTP 400'],
    ['sends texts elsewhere', (_, response) => response.writeHead(307, { location: '/x' }).end(), 'HTTP 307'],
    ['drops the connection', (_, response) => response.destroy(), 'cannot be reached'],
    ['breaks off', (_, response) => void response.write('[{', () => response.destroy()), 'cannot be reached'],
    ['says nothing', () => {}, 'gave no answer within 0.2 s'],
    ['stops amid its answer', (_, response) => void response.write('['), 'gave no answer within 0.2 s'],
  ])('%s', async (_, behaviour, detail) => {
    const { code, message } = await failure(behaviour, { timeout_seconds: 0.2 });
    expect(code).toBe('ANON_ANALYZER_AWAY');
    expect(message).toContain(`public.t.c: the analyzer at ${server.url}/analyze`);
    expect(message).toContain(detail);
  });
});

describe('the run ends with ANON_ANALYZER_ANSWER where an answer', () => {
  const span = { entity_type: 'PERSON', start: 0, end: 3, score: 1 };
  const saying =
    (body: unknown): Behaviour =>
    (_, response: ServerResponse) =>
      answer(response, body);
  const OUTSIDE = 'a span outside of its text';
  const INCOMPLETE = 'a span without entity_type';
  test.each<[string, Behaviour, string]>([
    ['is not JSON', ({ body }, response) => void response.end(`<p>${body.text}`), 'it is not JSON'],
    ['is an object', saying({ error: CANARY }), 'no list'],
    ['is a list of lists', saying([[span]]), INCOMPLETE],
    ['lacks an end', saying([{ ...span, end: undefined }]), INCOMPLETE],
    ['has offsets that are no whole numbers', saying([{ ...span, end: 2.5 }]), INCOMPLETE],
    ['has no score', saying([{ ...span, score: 'high' }]), INCOMPLETE],
    ['has a type that is no name', saying([{ ...span, entity_type: `<${CANARY}>` }]), INCOMPLETE],
    ['begins before the text', saying([{ ...span, start: -1 }]), OUTSIDE],
    ['ends behind the text', saying([{ ...span, end: 4 + CANARY.length + 1 }]), OUTSIDE],
    ['ends where it begins', saying([{ ...span, end: 0 }]), OUTSIDE],
    ['is endless', (_, response) => void response.end(' '.repeat(17 * 1024 * 1024)), 'more than 16 MB'],
  ])('%s', async (_, behaviour, detail) => {
    const { code, message } = await failure(behaviour);
    expect(code).toBe('ANON_ANALYZER_ANSWER');
    expect(message).toContain(detail);
  });
});

test('after a failure no text is replaced, however it was asked about before', async () => {
  const bound = await useStrategy('redact_text', useOf());
  await bound.instance.prepare?.(columnOf(['Zürich']), [], 0);
  server.behave(failing(400));
  await expect(bound.instance.prepare?.(columnOf(['Zürich']), [], 0)).rejects.toThrow('HTTP 400');
  expect(() => replaceWith(bound, ['Zürich'])).toThrow('not analyzed');
});

describe('the plan refuses', () => {
  const planned = async (presidio: object, references: Readonly<Record<string, string>> = {}) =>
    String(await tryStrategy('redact_text', { ...useOf(presidio), outside: outside(references) }));

  test.each<[string, object, Readonly<Record<string, string>>, string]>([
    ['plain http to another machine', { url: 'http://analyzer.example' }, {}, 'in clear to another machine'],
    ['a host that only looks local', { url: 'http://127.0.0.1.example' }, {}, 'in clear to another machine'],
    ['a password in the configuration', { url: 'http://ada:secret@localhost' }, {}, 'without a password'],
    ['a key in the configuration', { url: 'https://a.example?key=secret' }, {}, 'without a password'],
    ['a token in the configuration', { token: 'secret' }, {}, 'env:NAME or file:PATH'],
    ['another protocol', { url: 'env:A' }, { 'env:A': 'ftp://secret@a.example' }, 'not a URL of http'],
    ['what is no URL', { url: 'env:A' }, { 'env:A': 'secret' }, 'not a URL of http'],
    ['a server that is not there', { url: 'http://127.0.0.1:9' }, {}, 'cannot be reached'],
    ['a score above one', { min_score: 2 }, {}, 'min_score'],
  ])('%s', async (_, presidio, references, reason) => {
    const found = await planned(presidio, references);
    expect(found).toContain(reason);
    expect(found).not.toContain('secret');
  });

  test('an analyzer that does not know the language', async () => {
    server.behave(failing(400));
    expect(await planned({ language: 'tlh' })).toContain('answered with HTTP 400');
  });

  test('not, where plain http is said to be fine', async () => {
    expect(await planned({ url: 'http://analyzer.invalid', plain_http: true, timeout_seconds: 2 })).toContain(
      'cannot be reached',
    );
  });
});
