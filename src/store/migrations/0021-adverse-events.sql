-- The register of adverse events of identification: what went wrong, for whom, how it was settled.
-- Additive: a program one version older runs on it.

create table adverse_event (
  id uuid primary key,
  -- Its rank in the register: nothing is taken out of it.
  number bigint generated always as identity unique,
  nature text not null check (nature in ('wrong-patient', 'duplicate', 'collision', 'usurpation', 'wrong-traits', 'wrong-ins',
                                         'misfiled', 'other')),
  -- Whether it reached the patient; no official scale is used.
  consequence text not null check (consequence in ('unknown', 'stopped', 'reached')),
  description text not null,
  found_at timestamptz not null,
  -- A person or a service, as said.
  found_by text not null,
  eg text,
  identity_id uuid references identity (id),
  document_id uuid references document (id),
  recall_id uuid references recall (id),
  merge_id uuid references identity_merge (id),
  state text not null check (state in ('open', 'settled')),
  recorded_at timestamptz not null,
  recorded_by text not null,
  settled_at timestamptz,
  settled_by text,
  settlement text,
  constraint settled_says_how check ((state = 'settled') = (settled_at is not null and settlement is not null))
);
create index adverse_event_found on adverse_event (found_at desc, number desc);
create index adverse_event_open on adverse_event (found_at) where state = 'open';
create index adverse_event_identity on adverse_event (identity_id) where identity_id is not null;

create table adverse_event_step (
  id bigint generated always as identity primary key,
  event_id uuid not null references adverse_event (id),
  at timestamptz not null,
  actor text not null,
  step text not null check (step in ('recorded', 'noted', 'linked', 'settled', 'reopened')),
  note text
);
create index adverse_event_step_event on adverse_event_step (event_id, id);
