-- Recalls: an INS turned out wrong after documents left under it (practice 23). Additive: a program one version older runs on it.

-- Nothing leaves under an identity while somebody has to decide on it. A program of the version before does not see the
-- freeze: during a rolling upgrade it may still send what passes its own gate.
alter table identity add column frozen_at timestamptz;

-- What was emitted under an INS, whatever the record is now. Kept short: only what was sent has one.
create index delivery_by_sent_ins on delivery (sent_matricule) where sent_matricule is not null;

create table recall (
  id uuid primary key default gen_random_uuid(),
  -- The active record when it was opened.
  identity_id uuid not null references identity (id),
  path text not null check (path in ('doubt', 'wrong-person', 'new-ins')),
  state text not null check (state in ('open', 'prepared', 'running', 'done', 'released')),
  cause text not null,
  -- The INS under which things were emitted.
  matricule text not null,
  oid text not null,
  -- The record to which the documents belong, when that is another one.
  right_identity_id uuid references identity (id),
  reason text not null,
  opened_by text not null,
  -- From here the data-protection officer's hours are counted.
  opened_at timestamptz not null,
  explanation text,
  decided_by text,
  decided_at timestamptz,
  -- Items that an approval would set in motion: the number that both people repeat.
  count integer,
  prepared_by text,
  prepared_at timestamptz,
  approved_by text,
  approved_at timestamptz,
  finished_at timestamptz,
  -- A recalled INS is not taken back from INSi for this identity, until a person says that it may be.
  lifted_by text,
  lifted_at timestamptz,
  constraint two_people check (approved_by is null or approved_by <> prepared_by),
  constraint nothing_moves_unapproved check (
    path <> 'wrong-person' or state not in ('running', 'done') or approved_by is not null)
);
create index recall_recent on recall (opened_at desc, id);
create index recall_by_identity on recall (identity_id);
-- One question at a time about an identity and an INS.
create unique index recall_open on recall (identity_id, matricule, oid) where state in ('open', 'prepared', 'running');

-- Frozen when it is prepared: what was emitted, what becomes of it, how far that is.
create table recall_item (
  recall_id uuid not null references recall (id),
  position integer not null,
  kind text not null,
  subject text not null,
  document_id uuid references document (id),
  eg text,
  correction text not null check (correction in ('delete', 'withdraw', 'declare', 'none')),
  resend text not null check (resend in ('rebuild', 'ask-sender', 'none')),
  state text not null check (state in ('listed', 'pending', 'started', 'done', 'refused')),
  rule_id text,
  detail text,
  -- The request to delete, and the document that goes in its place.
  request_id uuid references document (id),
  resend_id uuid references document (id),
  settled_at timestamptz,
  primary key (recall_id, position),
  unique (recall_id, kind, subject)
);
create index recall_item_open on recall_item (recall_id, position) where state in ('pending', 'started');
create index recall_item_document on recall_item (document_id) where document_id is not null;

-- Whom it concerns: one message each.
create table recall_notice (
  id uuid primary key,
  recall_id uuid not null references recall (id),
  recipient text not null check (recipient in ('author', 'data-protection-officer', 'regional-referent')),
  -- Author: identifier and name, from the documents.
  person text not null,
  name text not null,
  -- Null where no address is known: the text is handed over.
  address text,
  documents integer not null,
  state text not null check (state in ('prepared', 'pending', 'sent', 'failed', 'by-hand', 'given')),
  attempts integer not null default 0,
  last_error text,
  settled_at timestamptz,
  settled_by text,
  unique (recall_id, recipient, person)
);
create index recall_notice_recall on recall_notice (recall_id);
