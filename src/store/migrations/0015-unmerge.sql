-- What a merge moved, so that it can be undone, and what left under the wrong record meanwhile (decision 0025). Additive: a
-- merge made by a program one version older leaves no row here, and cannot be undone by itself.

create table identity_merge (
  id uuid primary key default gen_random_uuid(),
  loser_id uuid not null references identity (id),
  -- The record into which it was closed; that one may have been merged since.
  survivor_id uuid not null references identity (id),
  at timestamptz not null,
  actor text not null,
  source text not null,
  -- The numbers of the record that was closed: [{"domain", "value", "retired"}].
  identifiers jsonb not null,
  stay_ids uuid[] not null,
  -- Documents that had not left, with the number that they bore: [{"id", "ipp", "ippDomain"}].
  documents jsonb not null,
  -- What the other record had said of the feed.
  opposed_before boolean not null,
  undone_at timestamptz,
  undone_by text,
  reason text
);
create unique index identity_merge_standing on identity_merge (loser_id) where undone_at is null;
create index identity_merge_survivor on identity_merge (survivor_id, at);

-- Documents that left under the INS of one record and belong to another: what a recall starts from (practice 23).
create table misfiled_document (
  document_id uuid primary key references document (id),
  sent_for uuid not null references identity (id),
  belongs_to uuid not null references identity (id),
  cause text not null check (cause in ('unmerge', 'split')),
  at timestamptz not null,
  actor text not null
);
create index misfiled_document_sent_for on misfiled_document (sent_for);
create index misfiled_document_belongs_to on misfiled_document (belongs_to);
