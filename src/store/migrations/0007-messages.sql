-- Every message: several documents of one message, stays and their movements, merged identities.

-- Which document of its message. A program one version older stores the only one of an MDM.
alter table document add column part integer not null default 1;

-- An identity that an A40 merged is inactive and names its survivor; chains are flattened when they are written.
alter table identity add column merged_into uuid references identity (id);
create index identity_merged on identity (merged_into) where merged_into is not null;
-- A number that a merge (A40) or a change (A47) took out of use still designates its patient, and changes nothing of it.
alter table identity_identifier add column retired_at timestamptz;

-- A stay, computed from its movements: closed stays without their discharge document are counted by unit and day.
create table stay (
  id uuid primary key,
  eg text not null,
  -- Who gave the visit number (PV1-19.4), and the number.
  authority text not null,
  number text not null,
  identity_id uuid references identity (id),
  patient_class text,
  state text not null check (state in ('planned', 'open', 'closed', 'cancelled')),
  unit text,
  admitted_at timestamptz,
  discharged_at timestamptz,
  updated_at timestamptz not null,
  unique (authority, number)
);
create index stay_by_identity on stay (identity_id) where identity_id is not null;
create index stay_closed on stay (eg, discharged_at) where state = 'closed';

create table stay_movement (
  stay_id uuid not null references stay (id),
  -- ZBE-1, or the part that the movement plays in the stay when the sender gives none.
  movement text not null,
  kind text not null check (kind in ('planned', 'admission', 'transfer', 'discharge', 'other')),
  cancelled boolean not null,
  historic boolean not null,
  starts_at timestamptz,
  ends_at timestamptz,
  medical_unit text,
  care_unit text,
  nature text,
  patient_class text,
  -- When its sender said so: the last word counts, not the last arrival.
  said_at timestamptz not null,
  message_id bigint not null references inbound_message (id),
  primary key (stay_id, movement)
);
