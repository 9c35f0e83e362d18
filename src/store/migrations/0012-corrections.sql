-- Corrections asked for when document, INSi and registers disagree, from the opening to the end.
-- Additive: a program one version older runs on it.

create table correction_request (
  id uuid primary key,
  identity_id uuid not null references identity (id),
  -- What is to be corrected, and by whom (practice 6).
  side text not null check (side in ('identity', 'sender', 'document', 'registry')),
  addressee text not null
    check (addressee in ('identity-cell', 'application', 'civil-status', 'prefecture', 'issuer', 'insee', 'cpam')),
  -- What each side said when it was opened; shape of ins/correction-route.ts.
  differences jsonb not null,
  device_type text,
  reason text not null,
  state text not null check (state in ('opened', 'handed', 'corrected', 'closed')),
  opened_at timestamptz not null,
  opened_by text not null,
  updated_at timestamptz not null
);
create unique index correction_request_open on correction_request (identity_id, side) where state <> 'closed';
create index correction_request_identity on correction_request (identity_id, opened_at);
create index correction_request_work on correction_request (opened_at, id) where state <> 'closed';

create table correction_step (
  id bigint generated always as identity primary key,
  request_id uuid not null references correction_request (id),
  at timestamptz not null,
  actor text not null,
  step text not null check (step in ('opened', 'handed', 'corrected', 'closed')),
  note text
);
create index correction_step_request on correction_step (request_id, id);
