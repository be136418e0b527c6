// What a schema says besides its rows is listed where it looks like personal data, and never shown.

import { expect, test } from 'vitest';
import { plan } from '../../src/index.ts';
import { configOf, createPair, dropPair, environmentOf } from '../sync.ts';

const SCHEMA = `
  create type public.contact as enum ('nobody', 'canary.label@mail.example');
  create domain public.reply as text default 'canary.domain@mail.example';
  create table public.person (id int primary key, email text default 'canary.default@mail.example',
    owner text constraint not_him check (owner <> 'canary.check@mail.example'), harmless text default 'x', phone contact);
  comment on column public.person.email is 'as canary.comment@mail.example wants';
  comment on table public.person is 'call 030 1234567, or 4111 1111 1111 1111';
  comment on column public.person.id is 'since 2024-01-31, about 1.000.000 rows';
  create view public.seen as select id from public.person where email = 'canary.view@mail.example';
  create function public.hello() returns text language plpgsql as $$ begin -- ask canary.body@mail.example
    return 'hello'; end $$;
  create table public.part (who text) partition by list (who);
  create table public.part_1 partition of public.part for values in ('canary.bound@mail.example');
  create index "on ""him""" on public.person (id) where owner = 'canary.index@mail.example';
  alter table public.person enable row level security;
  create policy his on public.person using (owner = 'canary.policy@mail.example');
  create table public.plain (id int default 471147471, note text default 'a note' check (note <> 'b'))`;

const note = (place: string, kinds = 'an e-mail address'): string =>
  `No rule reaches the schema of the target: ${place} holds what looks like ${kinds}.`;

test('the plan lists comments, defaults, labels, conditions, bounds and bodies that look like personal data', async () => {
  const pair = await createPair(SCHEMA);
  try {
    const { notes } = await plan(configOf({ 'public.*': 'empty' }), { env: environmentOf(pair) });
    expect([...notes].sort()).toEqual(
      [
        note('a label of type public.contact'),
        note('body of function public.hello()'),
        note('bounds of table public.part_1'),
        note('comment on column email of table public.person'),
        note('comment on table public.person', 'a telephone number, a card number'),
        note('condition of policy his on table public.person'),
        note('constraint not_him on table public.person'),
        note('default of column email of table public.person'),
        note('default of type public.reply'),
        note('definition of index public."on ""him"""'),
        note('definition of view public.seen'),
      ].sort(),
    );
    expect(JSON.stringify(notes)).not.toContain('canary');
  } finally {
    await dropPair(pair);
  }
});
