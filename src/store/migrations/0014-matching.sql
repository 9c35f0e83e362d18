-- Duplicates and collisions (decision 0025). Additive: a program one version older runs on it, and leaves the search to us.

-- The blocks in which an identity is compared, as hashes (src/ins/matching/blocks.ts). Derived data, written by the task that
-- compares, never by an admission: it can be emptied and made again by a run over the whole base.
create table identity_match (
  identity_id uuid primary key references identity (id),
  keys integer[] not null,
  matched_at timestamptz not null
);
create index identity_match_keys on identity_match using gin (keys);

-- Two identities that may be one person, or that claim the same INS. `traits`: what speaks for and against, without a value.
create table candidate_pair (
  id uuid primary key default gen_random_uuid(),
  first_id uuid not null references identity (id),
  second_id uuid not null references identity (id),
  kind text not null check (kind in ('duplicate', 'same-ins')),
  score real not null,
  traits jsonb not null,
  -- `different`, `linked` and `merged` were decided; `closed`: the reason to look is gone.
  state text not null check (state in ('open', 'later', 'different', 'linked', 'merged', 'closed')),
  found_at timestamptz not null,
  decided_at timestamptz,
  decided_by text,
  reason text,
  unique (first_id, second_id),
  check (first_id < second_id)
);
create index candidate_pair_work on candidate_pair (state, kind desc, score desc, id) where state in ('open', 'later');
create index candidate_pair_second on candidate_pair (second_id);
create index candidate_pair_recent on candidate_pair (decided_at desc, id) where decided_at is not null;

-- A search over a whole base, for example one that was taken over: goes by identity, can be stopped, goes on after a stop.
create table matching_run (
  id uuid primary key,
  state text not null check (state in ('running', 'done', 'cancelled')),
  started_by text not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  -- Identities up to this one are compared.
  cursor uuid,
  total bigint not null,
  compared bigint not null default 0,
  found bigint not null default 0
);
create unique index matching_run_one on matching_run ((true)) where state = 'running';
