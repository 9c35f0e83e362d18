-- The site's own codes: what a local document type, unit or author is in national terms; the values met and not mapped.

create table mapping (
  id uuid primary key,
  kind text not null check (kind in ('types', 'units', 'authors')),
  -- '' for the whole installation, 'eg:FINESS', or 'source:MSH-3|MSH-4' with '*' for any facility.
  scope text not null,
  local_value text not null,
  -- Authors only: the row holds for this name, where one number serves several people. '' for any name.
  local_name text not null default '',
  -- How the sender writes it: for people, never matched.
  label text not null default '',
  -- Shape by kind in src/mapping/targets.ts.
  target jsonb not null,
  revision integer not null default 1,
  updated_at timestamptz not null,
  updated_by text not null
);
create unique index mapping_once on mapping (kind, local_value, scope, local_name);

-- Never pruned: who decided what a document's type or author was.
create table mapping_history (
  id bigint generated always as identity primary key,
  mapping_id uuid not null,
  at timestamptz not null,
  actor text not null,
  event text not null check (event in ('created', 'changed', 'deleted')),
  before jsonb,
  after jsonb
);
create index mapping_history_mapping on mapping_history (mapping_id, id);

-- One row per document and kind of value that nothing maps yet.
create table unmapped_value (
  document_id uuid not null references document (id) on delete cascade,
  kind text not null check (kind in ('types', 'units', 'authors')),
  local_value text not null,
  local_name text not null default '',
  label text not null default '',
  primary key (document_id, kind)
);
create index unmapped_value_by_value on unmapped_value (kind, local_value, document_id);

-- Which row, at which revision, described a document that we built. No reference to mapping: the row may be deleted.
create table document_mapping (
  document_id uuid not null references document (id) on delete cascade,
  kind text not null,
  mapping_id uuid not null,
  revision integer not null,
  primary key (document_id, kind)
);
create index document_mapping_row on document_mapping (mapping_id, revision);
