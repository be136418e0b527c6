import { expect, test } from 'vitest';
import { strategiesCommand } from '../../src/commands/strategies.ts';

async function run(name: string | undefined, json: boolean): Promise<string> {
  const written: string[] = [];
  await strategiesCommand(name, { json }, { out: text => void written.push(text) });
  return written.join('');
}

test('the list has a line for each strategy', async () => {
  const text = await run(undefined, false);
  for (const name of ['constant', 'email', 'fake', 'hash', 'keep', 'mask', 'nullify', 'phone']) {
    expect(text).toMatch(new RegExp(`^${name} +[A-Z].*\\.$`, 'm'));
  }
});

test('one strategy is told with options, guarantees and examples', async () => {
  const text = await run('hash', false);
  expect(text).toContain('Accepts: text, integer, decimal, uuid');
  expect(text).toContain('deterministic; not reversible; uniqueness likely; keyed by the secret');
  expect(text).toContain('encoding ("hex" | "base64url" | "integer")');
  expect(text).toContain('{ strategy: hash, encoding: "base64url", length: 12 }\n      ada@example.org → ');
});

test('--json gives the same as data', async () => {
  const all = JSON.parse(await run(undefined, true)) as { name: string }[];
  const one: unknown = JSON.parse(await run('fake', true));
  expect(all.find(({ name }) => name === 'fake')).toEqual(one);
  expect(one).toMatchObject({
    guarantees: { keyed: true, uniqueness: ['lossy', 'likely'] },
    options: [{ name: 'kind', type: 'text', required: true }, { name: 'locale', default: 'en' }, {}, {}, {}],
  });
});

test('an unknown name is a mistake of usage, with the nearest one', async () => {
  await expect(run('hsah', false)).rejects.toMatchObject({
    code: 'ANON_USAGE',
    message: expect.stringContaining('Did you mean "hash"?'),
  });
});
