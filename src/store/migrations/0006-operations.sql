-- Alerts, retention, restored deliveries. Additive: a program one version older runs on it.

-- One row from its start to its end, whatever the number of processes that look.
create table alert (
  id bigint generated always as identity primary key,
  rule_id text not null,
  -- What it is about: a service, a queue, a certificate, a sender… never a patient.
  subject text not null,
  -- Who looks: 'installation' for what the database tells, 'machine:NAME' for what only that machine sees.
  scope text not null,
  eg text,
  severity text not null check (severity in ('warning', 'critical')),
  detail text,
  -- A threshold that makes the same alert more pressing (days left of a certificate): each one is told once.
  step text,
  started_at timestamptz not null,
  seen_at timestamptz not null,
  -- Not seen since: it ends when that has lasted, so that what flaps is told once.
  clear_since timestamptz,
  ended_at timestamptz
);
create unique index alert_open on alert (rule_id, subject) where ended_at is null;
create index alert_recent on alert (started_at desc, id desc);

create table alert_notice (
  id uuid primary key,
  alert_id bigint not null references alert (id) on delete cascade,
  event text not null check (event in ('start', 'reminder', 'end')),
  step text not null default '',
  channel text not null check (channel in ('mail', 'webhook')),
  target text not null,
  state text not null check (state in ('pending', 'sent', 'failed')),
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null,
  settled_at timestamptz,
  unique (alert_id, event, step, channel, target)
);
create index alert_notice_failed on alert_notice (settled_at) where state = 'failed';

-- Written by every look of every process: what cannot be written here could not be written at the door either.
create table machine_beat (
  machine text primary key,
  at timestamptz not null
);

create index answer_pending on answer (created_at) where state = 'pending';

-- Bodies that a retention rule took away; everything else of the row stays.
alter table inbound_message add column pruned_at timestamptz, add column pruned_rule text;
create index inbound_message_kept on inbound_message (id) where pruned_at is null;
alter table document add column pruned_at timestamptz, add column pruned_rule text;
alter table answer add column pruned_at timestamptz;
-- What a person forbids to prune (litigation, inspection).
create table legal_hold (
  document_id uuid primary key references document (id),
  at timestamptz not null,
  by_actor text not null,
  reason text not null
);
create table pruned_total (
  rule_id text primary key,
  rows bigint not null,
  bytes bigint not null,
  last_at timestamptz not null
);

-- Deliveries as a backup had them: the DMP may know more of them than we do, so it is asked before they are sent.
create table restored_delivery (
  delivery_id uuid primary key references delivery (id),
  restored_at timestamptz not null,
  outcome text check (outcome in ('held', 'absent')),
  asked_at timestamptz
);
create index answer_kept on answer (created_at) where pruned_at is null and state <> 'pending';
