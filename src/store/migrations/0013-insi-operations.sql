-- What a person asked INSi, what was already tried, and the campaigns that verify again what was qualified. Additive: a
-- program one version older runs on it.

-- What waits with the task of an identity, when it is more than « search by its traits ». A card reading holds a NIR: the
-- row goes with the answer.
create table insi_request (
  identity_id uuid primary key references identity (id),
  kind text not null check (kind in ('card', 'criteria')),
  -- The proposal that the operator accepted; null for a card.
  proposal text,
  payload jsonb not null,
  asked_by text not null,
  asked_at timestamptz not null
);

-- Searches that found nobody or several, so that the next proposal is not the last one again. Gone once one is found.
create table insi_attempt (
  id bigint generated always as identity primary key,
  identity_id uuid not null references identity (id),
  at timestamptz not null,
  -- Null: the automatic search.
  proposal text,
  actor text not null,
  criteria jsonb,
  outcome text not null check (outcome in ('none', 'several'))
);
create index insi_attempt_identity on insi_attempt (identity_id, id);

-- The rule by which INSi, asked again, did not confirm the INS that the identity bears: nothing leaves under it before a
-- person settled it (practice 23).
alter table identity add column ins_doubt text;
-- ZFD-5: from INSi by the traits, or by the Vitale card.
alter table identity add column ins_mode text check (ins_mode in ('INSI', 'CV'));

create table verification_campaign (
  id uuid primary key,
  origin text not null check (origin in ('periodic', 'on-demand')),
  state text not null check (state in ('running', 'paused', 'done', 'cancelled')),
  started_by text not null,
  started_at timestamptz not null,
  -- Identities whose INS was last proved before.
  before timestamptz not null,
  spread_days integer not null,
  total integer not null,
  -- Where it is: it walks the identities from the oldest proof to the newest.
  cursor_at timestamptz,
  cursor_id uuid,
  identical integer not null default 0,
  updated integer not null default 0,
  ins_changed integer not null default 0,
  differing integer not null default 0,
  not_found integer not null default 0,
  unanswered integer not null default 0,
  skipped integer not null default 0,
  -- Who or what stopped it: an actor, or the brake.
  paused_by text,
  paused_reason text,
  changed_at timestamptz not null,
  finished_at timestamptz
);
-- One at a time: they share one pace.
create unique index verification_campaign_open on verification_campaign ((true)) where state in ('running', 'paused');
create index verification_campaign_recent on verification_campaign (started_at desc, id);

-- When an INS was last verified, and what came of it; an identity without a row was proved when its INS was obtained.
create table ins_verification (
  identity_id uuid primary key references identity (id),
  at timestamptz not null,
  outcome text not null,
  campaign_id uuid references verification_campaign (id)
);
create index ins_verification_campaign on ins_verification (campaign_id, outcome) where campaign_id is not null;

-- Calls of a day, against the daily quota.
create table verification_day (
  day date primary key,
  calls integer not null
);

create index identity_ins_obtained on identity (ins_obtained_at, id)
  where active and matricule is not null and not mirror;
