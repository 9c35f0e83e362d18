-- Numbers of an identity over time, discrepancies that somebody reported, dates as they were given, moved communes.
-- Additive: a program one version older runs on it.

-- Every number that INSi gave for an identity. Nothing is deleted when one takes the place of another (practice 23).
create table known_ins (
  identity_id uuid not null references identity (id),
  oid text not null,
  matricule text not null,
  -- active: borne now. former: INSi says that it was this person's. withdrawn: taken away here, perhaps another person's.
  standing text not null check (standing in ('active', 'former', 'withdrawn')),
  -- As INSi returned them; the second may precede the first (ins.md, trap 9).
  starts_on text,
  ends_on text,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (identity_id, oid, matricule)
);
create index known_ins_number on known_ins (matricule, oid);
insert into known_ins (identity_id, oid, matricule, standing, first_seen_at, last_seen_at)
select id, oid, matricule, 'active', coalesce(ins_obtained_at, created_at), coalesce(ins_obtained_at, updated_at)
from identity where matricule is not null;

-- The birth date before it was completed: lunar, as the document or INSi gives it.
alter table identity add column birth_date_as_given text;

-- Other traits than ours, said by an application or read on a device, that did not change a proved identity.
create table trait_discrepancy (
  id uuid primary key,
  identity_id uuid not null references identity (id),
  -- Who said it (`source:GAM`, `user:claire`) and by what (`ADT^A31 123`).
  actor text not null,
  source text not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  times integer not null default 1,
  -- Strict traits as received, and the comparison that a person reads; shape of ins/coherence.ts.
  traits jsonb not null,
  comparison jsonb not null,
  state text not null check (state in ('open', 'kept', 'adopted', 'agreed')),
  settled_at timestamptz,
  settled_by text,
  reason text,
  check ((state = 'open') = (settled_at is null))
);
create unique index trait_discrepancy_open on trait_discrepancy (identity_id, actor) where state = 'open';
create index trait_discrepancy_identity on trait_discrepancy (identity_id, first_at);
create index trait_discrepancy_work on trait_discrepancy (first_at) where state = 'open';

-- Codes of communes that followed one another (INSEE, events of communes). Loaded by the site; empty until then.
create table commune_change (
  from_code text not null,
  to_code text not null,
  effective_on text not null,
  kind text not null,
  primary key (from_code, to_code, effective_on)
);
create index commune_change_to on commune_change (to_code);
