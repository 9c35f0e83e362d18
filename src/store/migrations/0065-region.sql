-- The region: figures by establishment and month, from three origins that are never mixed up. Counts only: no row here is
-- about a person. Additive.
create table region_establishment (
  eg text primary key,
  ej text not null,
  name text not null,
  legal_name text not null default '',
  updated_at timestamptz not null
);

create table region_figure (
  eg text not null,
  month date not null,
  origin text not null check (origin in ('own', 'pushed', 'imported')),
  ej text not null,
  -- Documents added to the DMP in the month (first versions), and how many of them under each kind of identity.
  added integer,
  added_ins integer,
  added_nir integer,
  added_insc integer,
  replaced integer,
  deleted integer,
  -- Documents received in the month, and of those: refused, and waiting when it was counted.
  received integer,
  refused integer,
  waiting integer,
  identity_kind text check (identity_kind in ('INS', 'NIR', 'INS-C')),
  active_identities integer,
  qualified_identities integer,
  steps smallint check (steps between 0 and 5),
  last_fed_on date,
  -- [{"key"}]: products still to migrate. [{"rule","documents"}]: what holds documents back, the most frequent first.
  products jsonb not null default '[]',
  blocks jsonb not null default '[]',
  -- Who gave it: the key of an installation, or an import.
  source text not null,
  received_at timestamptz not null,
  -- Of the origins of one establishment and month, the one that is counted: own, else pushed, else imported.
  shown boolean not null default true,
  primary key (eg, month, origin)
);
create index region_figure_shown on region_figure (month, eg) where shown;

-- What a later figure took the place of, once the month was over.
create table region_figure_history (
  id bigint generated always as identity primary key,
  eg text not null,
  month date not null,
  origin text not null,
  figure jsonb not null,
  source text not null,
  received_at timestamptz not null,
  replaced_at timestamptz not null
);
create index region_figure_history_eg on region_figure_history (eg, month, id);

-- How far the ledger is counted: a position of its seals, which follow each other without a gap.
create table region_ledger_mark (
  one boolean primary key default true check (one),
  position bigint not null
);
insert into region_ledger_mark (position) values (0);

-- Installations that push, by the SHA-256 of their public key. `last_*`: the last push that was taken.
create table region_installation (
  key_id text primary key,
  name text not null,
  public_key text not null,
  egs text[] not null,
  registered_by text not null,
  registered_at timestamptz not null,
  revoked_by text,
  revoked_at timestamptz,
  last_sequence bigint not null default 0,
  last_digest bytea,
  last_received_at timestamptz
);

-- The other side: what this installation pushes, to which address. One push at a time, kept until it is acknowledged.
create table region_sender (
  url text primary key,
  sequence bigint not null default 0,
  pending bytea,
  pending_figures jsonb,
  leased_until timestamptz,
  acknowledged_at timestamptz,
  attempted_at timestamptz,
  failure text,
  rule_id text
);
create table region_sent (
  url text not null,
  eg text not null,
  month date not null,
  digest text not null,
  primary key (url, eg, month)
);

create table region_import (
  id uuid primary key,
  name text not null,
  source text not null,
  dated date not null,
  sha256 text not null,
  imported_by text not null,
  imported_at timestamptz not null,
  lines integer not null,
  added integer not null,
  replaced integer not null,
  unchanged integer not null,
  -- [{"line","rule","detail"}], the first ones.
  rejected integer not null,
  rejections jsonb not null
);
create index region_import_at on region_import (imported_at desc, id);

-- What makes an establishment one to look after: the rules are in the program, their settings here.
create table region_risk_rule (
  kind text primary key,
  enabled boolean not null,
  threshold integer not null,
  changed_by text not null,
  changed_at timestamptz not null
);
