-- Rule packs (XML schema and schematrons) that the operator installs, what they said of each document, and the rehearsals of
-- those that come (decision 0035). Additive: a program one version older runs on it, and checks by its own rules alone.

create table rule_pack (
  id uuid primary key,
  name text not null,
  version text not null,
  -- Of names and contents: files that change after the installation are not the pack that was rehearsed.
  hash text not null unique,
  -- Name of its folder in `conformance.packs`.
  folder text not null,
  -- {"entries": [{"path", "templates"}], "xsd"}
  content jsonb not null,
  valid_from date,
  valid_until date,
  mode text not null default 'off' check (mode in ('off', 'observe', 'block')),
  -- By declared application (`application|facility`), where it differs.
  source_modes jsonb not null default '{}',
  installed_at timestamptz not null,
  installed_by text not null,
  changed_at timestamptz not null,
  changed_by text not null
);

-- The last thing that each pack said of a document.
create table conformance_result (
  document_id uuid not null references document (id),
  pack_id uuid not null references rule_pack (id),
  at timestamptz not null,
  outcome text not null check (outcome in ('conformant', 'failed', 'undecided')),
  -- Why it is undecided, or what it stopped for.
  rule_id text,
  failed integer not null,
  ms integer not null,
  -- [{"entry", "location", "text", "test"}], the first ones, without matricule.
  failures jsonb not null,
  primary key (document_id, pack_id)
);

create table rehearsal (
  id uuid primary key,
  pack_id uuid not null references rule_pack (id),
  state text not null check (state in ('running', 'done', 'cancelled')),
  -- Documents received at or after, and before.
  from_at timestamptz not null,
  to_at timestamptz not null,
  started_at timestamptz not null,
  started_by text not null,
  finished_at timestamptz,
  -- After the last document that was looked at.
  cursor_at timestamptz,
  cursor_id uuid,
  total integer not null,
  checked integer not null default 0,
  broken integer not null default 0,
  undecided integer not null default 0,
  -- Whose content was taken away, or that never had a CDA.
  skipped integer not null default 0
);
-- One at a time: it takes a thread of the machine.
create unique index rehearsal_running on rehearsal ((true)) where state = 'running';
create index rehearsal_pack on rehearsal (pack_id, started_at desc);

create table rehearsal_break (
  rehearsal_id uuid not null references rehearsal (id),
  document_id uuid not null references document (id),
  -- Rank among what breaks in this document.
  position integer not null,
  entry text not null,
  -- The expression of the rule, or the element that the schema refuses: the same one from one document to the next.
  test text not null,
  location text not null,
  text text not null,
  -- Content model of the document: its last templateId.
  template text not null,
  primary key (rehearsal_id, document_id, position)
);
