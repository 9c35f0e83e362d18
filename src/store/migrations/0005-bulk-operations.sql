-- Operations on many documents or messages at once: counted, rehearsed, approved, then carried out item by item (promise 10).

create table bulk_operation (
  id uuid primary key,
  action text not null check (action in ('take-up', 'correct', 'withdraw', 'verify', 're-read')),
  -- The one establishment that its author sees; null for every one of the installation.
  eg text,
  selection jsonb not null,
  correction jsonb,
  reason text not null,
  state text not null check (state in ('prepared', 'proposed', 'running', 'paused', 'done', 'cancelled')),
  -- Items of the list, and those that the rehearsal would act on: the number that a person must repeat.
  selected integer not null,
  count integer not null,
  per_minute integer not null,
  prepared_by text not null,
  prepared_at timestamptz not null,
  submitted_at timestamptz,
  approved_by text,
  approved_at timestamptz,
  finished_at timestamptz,
  constraint two_people check (approved_by is null or approved_by <> prepared_by)
);
create index bulk_operation_recent on bulk_operation (prepared_at desc, id);

-- Frozen at the rehearsal: what arrives afterwards is never swept along.
create table bulk_item (
  operation_id uuid not null references bulk_operation (id),
  position integer not null,
  subject text not null,
  state text not null check (state in ('pending', 'skipped', 'done')),
  -- Why it was skipped, at the rehearsal or when its turn came.
  rule_id text,
  settled_at timestamptz,
  primary key (operation_id, position),
  unique (operation_id, subject)
);
create index bulk_item_pending on bulk_item (operation_id, position) where state = 'pending';
