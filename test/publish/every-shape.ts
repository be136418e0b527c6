// A schema in which everything that can be put aside occurs, in every state that PostgreSQL knows.

/** Plain SQL for any supported server. `tables_to_load` are app.*; `outside` has rows that must stay. */
export const EVERY_SHAPE = `
create schema app;
create schema "odd ""schema";
create schema outside;
create function app.noop() returns trigger language plpgsql as 'begin raise exception $$a trigger fired$$; end';
create function app.fold(value text) returns text language sql immutable as $$ select lower(value) $$;

-- indexes and constraints of every kind on one table
create table app.person (
  id bigint generated always as identity primary key,
  code text not null,
  email text,
  manager bigint,
  area int4range,
  born date check (born > '1800-01-01'),
  "Odd ""column" text default 'x',
  constraint person_code_key unique nulls not distinct (code) include (email) with (fillfactor = 70) deferrable initially deferred,
  constraint "person's email" unique (email, code) deferrable,
  constraint person_area_excl exclude using gist (area with &&) with (fillfactor = 80) where (area is not null) deferrable
);
alter table app.person add constraint person_manager_fkey foreign key (manager) references app.person (id)
  on update cascade on delete set null deferrable initially deferred;
create index person_fold on app.person (app.fold(email), lower("Odd ""column") text_pattern_ops desc nulls last) with (deduplicate_items = off)
  where email is not null;
alter index app.person_fold alter column 1 set statistics 321;
alter index app.person_fold alter column 2 set statistics 0;
create unique index person_identity on app.person (code, id);
alter table app.person replica identity using index person_identity;
create index "person ""odd"" index" on app.person using hash (code);
alter table app.person cluster on person_pkey;
create index person_born_brin on app.person using brin (born) with (pages_per_range = 7);
comment on index app.person_fold is 'folded; it''s \\ "here"';
comment on index app.person_pkey is 'the index of the key';
comment on constraint person_pkey on app.person is 'the key';
comment on constraint person_code_key on app.person is 'codes';
comment on constraint person_area_excl on app.person is 'areas';
comment on constraint person_manager_fkey on app.person is 'self';

-- circular foreign keys, composite keys, MATCH FULL, SET DEFAULT, a column list, NOT VALID
create table app.shop (id int primary key, owner int, region text, number int, unique (region, number));
create table app.owner (id int primary key, shop int references app.shop on delete restrict deferrable, region text default 'r', number int default 1);
alter table app.shop add constraint shop_owner_fkey foreign key (owner) references app.owner (id) not valid;
alter table app.owner add constraint owner_place foreign key (region, number) references app.shop (region, number)
  match full on delete set default (number);

-- an invalid index is left alone
create table app.doubtful (a int, b int);
insert into app.doubtful values (1, 1), (1, 2);

-- a view that needs a primary key, a rule that names a constraint
create table app.needed (id int primary key, name text, note text unique);
create view app.needed_view as select id, name, count(*) from app.needed group by id;
create table app.ruled (id int constraint ruled_key unique, name text);
create rule ruled as on insert to app.needed do also
  insert into app.ruled values (new.id, new.name) on conflict on constraint ruled_key do nothing;
alter table app.needed disable rule ruled;

-- inheritance that is no partitioning
create table app.base (id int primary key, person bigint references app.person);
create table app.derived (extra text, constraint derived_pkey primary key (id)) inherits (app.base);
create index derived_extra on app.derived (extra);

-- partitions in two levels, indexes of their own, a foreign key from, to and within the tree
create table app.event (id int, at date not null, person bigint, kind text, before_id int, before_at date,
  constraint event_pkey primary key (id, at) with (fillfactor = 90)) partition by range (at);
create table app.event_2023 partition of app.event for values from ('2023-01-01') to ('2024-01-01');
create table app.event_2024 partition of app.event for values from ('2024-01-01') to ('2025-01-01') partition by range (at);
create table app.event_2024_a partition of app.event_2024 for values from ('2024-01-01') to ('2024-07-01');
create table "odd ""schema"."event ""b""" (like app.event_2024_a including defaults);
alter table "odd ""schema"."event ""b""" add constraint "own key" primary key (id, at);
create index "own index" on "odd ""schema"."event ""b""" (person) with (fillfactor = 50);
alter table "odd ""schema"."event ""b""" add constraint "own person" foreign key (person) references app.person (id);
alter table app.event add constraint event_person_fkey foreign key (person) references app.person (id) on delete cascade;
create index event_person on app.event (person) with (fillfactor = 50);
alter table app.event_2024 attach partition "odd ""schema"."event ""b""" for values from ('2024-07-01') to ('2025-01-01');
create index event_2023_only on app.event_2023 (kind);
create index event_2024_only on app.event_2024 (before_id);
alter table app.event add constraint event_before_fkey foreign key (before_id, before_at) references app.event (id, at);
alter table app.event_2023 add constraint only_one_partition foreign key (before_id) references app.shop (id);
comment on constraint event_pkey on app.event is 'key of a tree';
comment on index "odd ""schema"."own index" is 'index of a leaf';
comment on constraint event_person_fkey on app.event is 'fk of a tree';
create table app.visit (id int primary key, event int, event_at date, foreign key (event, event_at) references app.event (id, at));

-- an index that is on the parent only, so that neither it nor the tree is valid
create table app.half (a int, b int) partition by list (a);
create table app.half_1 partition of app.half for values in (1);
create table app.half_2 partition of app.half for values in (2);
create index half_1_b on app.half_1 (b);
create index half_b on only app.half (b);
alter index app.half_b attach partition app.half_1_b;

-- a partitioned table of which one leaf is not planned
create table app.partly (a int, b int references app.shop, primary key (a)) partition by list (a);
create table app.partly_1 partition of app.partly for values in (1);
create table outside.partly_2 partition of app.partly for values in (2);
create index partly_1_b on app.partly_1 (b);
create table app.partly_user (a int references app.partly);

-- what is not planned: a table that references planned ones, one that is referenced, a partitioned one
create table outside.reference (id int primary key, label text);
insert into outside.reference select n, 'label ' || n from generate_series(1, 5) n;
alter table app.shop add column reference int references outside.reference;
create table outside.note (id int primary key, shop int references app.shop on delete cascade, twice int);
alter table outside.note add constraint note_twice foreign key (twice) references app.shop (id) not valid;
create index note_shop on outside.note (shop);
create table outside.log (id int, shop int references app.shop) partition by list (id);
create table outside.log_1 partition of outside.log for values in (1);

-- triggers in all four states, statement triggers, inherited by partitions, constraint triggers
create trigger t_origin before insert on app.shop for each row execute function app.noop();
create trigger t_always after insert or update or delete on app.shop for each statement execute function app.noop();
alter table app.shop enable always trigger t_always;
create trigger t_replica before truncate on app.shop for each statement execute function app.noop();
alter table app.shop enable replica trigger t_replica;
create trigger t_disabled before insert on app.shop for each row execute function app.noop();
alter table app.shop disable trigger t_disabled;
create trigger "t ""truncate" before truncate on app.owner for each statement execute function app.noop();
create constraint trigger t_constraint after insert on app.owner deferrable initially deferred for each row execute function app.noop();
create trigger t_event before insert on app.event for each row execute function app.noop();
alter table app.event_2023 enable always trigger t_event;
alter table app.event_2024_a disable trigger t_event;

-- row security that binds the owner
create table app.secret (id int primary key, who text);
alter table app.secret enable row level security, force row level security;
create policy nobody on app.secret using (false);
create table app.open_secret (id int primary key);
alter table app.open_secret enable row level security;

create table app.nothing ();
`;

/** What a failed CREATE INDEX CONCURRENTLY leaves; it cannot run in a transaction. */
export const MAKE_INVALID_INDEX = 'create unique index concurrently doubtful_a on app.doubtful (a)';

/** New in PostgreSQL 18. */
export const EVERY_SHAPE_18 = `
create extension if not exists btree_gist;
create table app.stay (room int, during daterange, constraint stay_pkey primary key (room, during without overlaps) with (fillfactor = 60));
create table app.meal (id int, room int, during daterange,
  constraint meal_stay foreign key (room, period during) references app.stay (room, period during));
alter table app.visit add constraint visit_shop foreign key (id) references app.shop (id) not enforced;
create table app.tree (a int, shop int) partition by list (a);
create table app.tree_1 partition of app.tree for values in (1);
alter table app.tree add constraint tree_shop foreign key (shop) references app.shop (id) not valid;
create table app.virtual (a int primary key, b int generated always as (a * 2) virtual);
`;

/** The planned leaves and ordinary tables: all of app and of the odd schema. */
export const PLANNED_TABLES = `
select n.nspname as schema, c.relname as name
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname in ('app', 'odd "schema')
order by 1, 2`;
