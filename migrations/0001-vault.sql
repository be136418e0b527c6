-- The token vault: which token stands for which value. Values are sealed under a key of their domain, and that key under one
-- derived from the master secret, which is never here. Without a domain's key its tokens are only random text.

create schema pgveil_vault;

-- One row: tells whether two secrets are the same one, and nothing else about them.
create table pgveil_vault.secret (
  is_only boolean primary key default true check (is_only),
  key_check text not null
);

create table pgveil_vault.domain (
  id integer generated always as identity primary key,
  name text not null unique,
  created timestamptz not null default clock_timestamp()
);

-- The highest version of a domain is the one that seals. Dropping a domain drops its keys: that shreds its tokens.
create table pgveil_vault.domain_key (
  domain_id integer not null references pgveil_vault.domain on delete cascade,
  version integer not null check (version > 0),
  sealed bytea not null,
  created timestamptz not null default clock_timestamp(),
  primary key (domain_id, version)
);

-- No foreign key to the domain: its check costs more than the row, and dropping a domain must not wait for its tokens.
create table pgveil_vault.token (
  domain_id integer not null,
  key_version integer not null,
  created timestamptz not null default clock_timestamp(),
  fingerprint bytea not null,
  token text collate "C" not null,
  sealed bytea not null,
  primary key (domain_id, fingerprint),
  unique (domain_id, token)
);

-- Who turned tokens back into values, or changed the vault, and why.
create table pgveil_vault.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  role text not null default session_user,
  who text not null,
  action text not null check (action in ('detokenize', 'purge', 'rotate')),
  domain text not null,
  reason text not null check (reason <> ''),
  asked bigint not null,
  resolved bigint not null
);

create function pgveil_vault.refuse_change() returns trigger language plpgsql set search_path = '' as $$
begin
  raise exception 'the audit of the vault is append-only' using errcode = 'insufficient_privilege';
end
$$;

create trigger append_only before update or delete or truncate on pgveil_vault.audit
  for each statement execute function pgveil_vault.refuse_change();
-- Also for sessions that switch triggers off as a replica does.
alter table pgveil_vault.audit enable always trigger append_only;
