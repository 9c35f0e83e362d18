-- Proof of feed: the heads of the chain that were published by an export, and what a site enters of its programmes. Additive.

-- A head that somebody outside holds: later chains must contain it.
create table proof_export (
  id uuid primary key,
  at timestamptz not null,
  by_actor text not null,
  ej text,
  eg text,
  from_at timestamptz not null,
  to_at timestamptz not null,
  first_position bigint not null,
  last_position bigint not null,
  last_hash bytea not null,
  -- SHA-256 of the signed manifest, hexadecimal.
  manifest_sha256 text not null
);
create index proof_export_at on proof_export (at desc);

-- Windows of a programme, as the site entered them, with where it read them.
create table proof_window (
  id uuid primary key,
  programme text not null,
  ej text not null,
  name text not null,
  -- First and last day, both counted, legal time of Paris.
  first_day date not null,
  last_day date not null check (last_day >= first_day),
  source text not null,
  entered_by text not null,
  entered_at timestamptz not null,
  unique (programme, ej, name)
);

-- What must be reached by a formula in a window: absent unless the site enters it with its source.
create table proof_threshold (
  window_id uuid not null references proof_window (id) on delete cascade,
  formula text not null,
  documents bigint not null check (documents > 0),
  source text not null,
  entered_by text not null,
  entered_at timestamptz not null,
  primary key (window_id, formula)
);
