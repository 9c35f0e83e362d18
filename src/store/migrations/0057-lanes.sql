-- Lanes of the flows that leave API V1 or TD0.0 for API V2: where each flow stands, who moved it, and by which lane each of its
-- documents leaves. Additive: a program one version older runs on it; without a declaration nothing here is read nor written.
create table migration_flow (
  id uuid primary key,
  eg text not null,
  -- As its source is declared: `*` for any facility.
  application text not null,
  facility text not null,
  -- hl7: HL7, REST, FHIR, folders. xds-v1: an old connector of API V1. xds-v2: one of API V2 fed by TD0.0.
  way text not null check (way in ('hl7', 'xds-v1', 'xds-v2')),
  lane text not null check (lane in ('observed', 'shadow', 'canary', 'v2', 'closed')),
  -- {"services": [...]} or {"percentage": n}; while the lane is canary.
  canary jsonb,
  since timestamptz not null,
  created_at timestamptz not null,
  -- Grows at each move: whoever moves says from which one.
  revision integer not null default 1,
  constraint migration_flow_key unique (eg, application, facility, way),
  constraint canary_has_a_rule check ((lane = 'canary') = (canary is not null))
);

create table migration_move (
  id bigint generated always as identity primary key,
  flow_id uuid not null references migration_flow (id),
  at timestamptz not null,
  by_actor text not null,
  from_lane text not null,
  to_lane text not null,
  canary jsonb,
  reason text not null,
  -- Rules of the reasons that stood against it and were set aside.
  overridden text[] not null default '{}'
);
create index migration_move_flow on migration_move (flow_id, id desc);

-- One document, one lane. carrier: v2, we feed; old, somebody else does by the old way; none, it waits for its flow.
create table document_lane (
  document_id uuid primary key references document (id) deferrable initially deferred,
  flow_id uuid not null references migration_flow (id),
  message_id bigint not null,
  -- What it shares with its versions; and what its sender calls it.
  set_key text not null,
  number text,
  -- Of the flow, when it was decided.
  lane text not null,
  carrier text not null check (carrier in ('v2', 'old', 'none')),
  decided_at timestamptz not null
);
create index document_lane_set on document_lane (flow_id, set_key);
create index document_lane_message on document_lane (message_id);
create index document_lane_number on document_lane (flow_id, number) where number is not null;
create index document_lane_recent on document_lane (flow_id, decided_at desc);
create index document_lane_waiting on document_lane (flow_id, document_id) where carrier = 'none';

-- Decided once, whoever writes (hostile T-R20).
create function document_lane_once() returns trigger language plpgsql as $$
begin
  if old.carrier <> 'none' and new.carrier is distinct from old.carrier then
    raise exception 'document % has left by %', old.document_id, old.carrier;
  end if;
  return new;
end $$;
create trigger document_lane_is_decided_once before update on document_lane
  for each row execute function document_lane_once();

-- What API V2 would have done of a document that it was not given: checked, never sent.
create table shadow_result (
  document_id uuid primary key,
  flow_id uuid not null references migration_flow (id),
  at timestamptz not null,
  outcome text not null check (outcome in ('leaves', 'waits', 'refused')),
  rule_id text,
  detail text
);
create index shadow_result_flow on shadow_result (flow_id, at desc);

-- Messages handed on, unchanged, to the old platform. Their bytes are those of the message.
create table relay (
  id uuid primary key,
  flow_id uuid not null references migration_flow (id),
  message_id bigint not null unique references inbound_message (id),
  state text not null check (state in ('pending', 'taken', 'refused')),
  -- Messages of one patient are handed on in the order of their arrival.
  order_key text not null,
  attempts integer not null default 0,
  last_error text,
  -- What the old platform acknowledged with, as it came.
  acknowledgement bytea,
  created_at timestamptz not null,
  settled_at timestamptz
);
create index relay_pending on relay (flow_id, created_at) where state = 'pending';
create index relay_flow on relay (flow_id, created_at desc);
