-- The house: messages, identities, documents, deliveries, one queue, the proofs.
-- Bodies are stored EXTERNAL: compressing Base64 costs more than the commit (performance.md 1).

create table inbound_message (
  id bigint generated always as identity primary key,
  received_at timestamptz not null,
  transport text not null check (transport in ('mllp', 'mllps', 'http')),
  peer text not null,
  -- MSH-3 and MSH-4, 'application|facility'; empty when the header could not be read.
  sender text not null,
  control_id text not null,
  digest bytea not null,
  kind text not null,
  eg text,
  body bytea not null,
  state text not null check (state in ('accepted', 'processed', 'refused')),
  rule_id text,
  detail text,
  location text,
  processed_at timestamptz
);
alter table inbound_message alter column body set storage external;
-- The same message is sender, MSH-10 AND content: senders do reuse MSH-10 (design 7).
create unique index inbound_message_same on inbound_message (sender, control_id, digest) where state <> 'refused';
create index inbound_message_stopped on inbound_message (id desc) where rule_id is not null;
create index inbound_message_control on inbound_message (control_id);

create table identity (
  id uuid primary key,
  version integer not null default 1,
  -- A mirror is owned by an upstream RI: nothing here may create, retrieve or qualify it (practice 4).
  mirror boolean not null default false,
  active boolean not null default true,
  status text not null check (status in ('PROV', 'VALI', 'RECUP', 'QUAL')),
  homonyme boolean not null default false,
  douteuse boolean not null default false,
  fictive boolean not null default false,
  birth_name text not null,
  first_given_name text not null,
  birth_given_names text,
  sex text not null check (sex in ('M', 'F', 'I')),
  -- Civil dates are text: they may be lunar.
  birth_date text not null,
  birth_date_interpreted boolean not null default false,
  birth_place text,
  used_name text,
  used_given_name text,
  matricule text,
  oid text,
  ins_obtained_at timestamptz,
  insi_history jsonb,
  insi_traits jsonb,
  device_type text,
  device_checked_at timestamptz,
  device_checked_by text,
  -- What the last INSi call left: nothing asked, waiting in the queue, an answer to settle, settled.
  insi_state text not null default 'none'
    check (insi_state in ('none', 'queued', 'settled', 'not-found', 'several', 'discrepancy', 'blocked', 'failed')),
  insi_rule_id text,
  insi_asked_at timestamptz,
  discrepancy jsonb,
  feed_opposition boolean not null default false,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  search_name text not null,
  constraint ins_comes_from_insi check (
    (matricule is null) = (oid is null) and (status in ('RECUP', 'QUAL')) = (matricule is not null)),
  constraint doubt_clears_the_ins check (not (douteuse or fictive) or status = 'PROV'),
  constraint fictive_stands_alone check (not (fictive and douteuse)),
  constraint qualified_was_checked check (status not in ('VALI', 'QUAL') or mirror or device_checked_at is not null)
);
-- Two active records never share a qualified INS (ins.md 3, collisions).
create unique index identity_one_qualified on identity (matricule, oid) where active and status = 'QUAL';
create index identity_ins on identity (matricule) where matricule is not null;
create index identity_search on identity (search_name text_pattern_ops);
create index identity_birth on identity (birth_date, sex);
create index identity_recent on identity (updated_at desc, id) where active;
create index identity_status on identity (status, updated_at desc) where active;
create index identity_insi_state on identity (insi_state, updated_at) where active and insi_state <> 'none';

create table identity_identifier (
  domain text not null,
  value text not null,
  identity_id uuid not null references identity (id),
  kind text not null,
  primary key (domain, value)
);
create index identity_identifier_identity on identity_identifier (identity_id);

create table identity_history (
  id bigint generated always as identity primary key,
  identity_id uuid not null references identity (id),
  at timestamptz not null,
  actor text not null,
  source text not null,
  event text not null,
  requirement text,
  before jsonb,
  after jsonb
);
create index identity_history_identity on identity_history (identity_id, id);

create table insi_call (
  id bigint generated always as identity primary key,
  identity_id uuid not null references identity (id),
  at timestamptz not null,
  duration_ms integer not null,
  outcome text not null,
  rule_id text,
  attempts integer not null
);
create index insi_call_identity on insi_call (identity_id, id);

create table document (
  id uuid primary key,
  message_id bigint not null references inbound_message (id),
  received_at timestamptz not null,
  eg text not null,
  ej text not null,
  sender text not null,
  control_id text not null,
  kind text not null check (kind in ('cda', 'raw')),
  action text not null check (action in ('create', 'replace', 'delete')),
  mime_type text not null,
  ipp text not null,
  ipp_domain text not null,
  identity_id uuid references identity (id),
  unique_id text not null,
  type_code text not null,
  title text not null,
  -- What the sender declared of patient, author, stay and visibility; shape in store/documents.ts.
  notice jsonb not null,
  state text not null check (state in ('received', 'unreadable', 'waiting', 'ready', 'sending', 'accepted', 'refused',
                                       'unknown', 'withdrawn', 'replaced', 'deleted')),
  rule_id text,
  detail text,
  updated_at timestamptz not null
);
create unique index document_live_unique_id on document (unique_id)
  where state not in ('unreadable', 'refused', 'withdrawn', 'deleted');
create index document_by_message on document (message_id);
create index document_by_date on document (received_at desc, id);
create index document_by_state on document (state, received_at desc);
create index document_by_control on document (control_id);
create index document_by_unique_id on document (unique_id);
create index document_by_ipp on document (ipp, ipp_domain);
create index document_by_identity on document (identity_id) where identity_id is not null;
create index document_by_rule on document (rule_id, received_at desc) where rule_id is not null;
create index document_unmatched on document (ipp_domain, ipp) where identity_id is null;
create index document_unmatched_ins on document ((notice->'patient'->>'matricule')) where identity_id is null and ipp = '';

-- The CDA that we built for a raw document. A received CDA goes through byte-identical: the message keeps it, and the
-- other forms are derived (design 5).
create table document_cda (
  document_id uuid primary key references document (id),
  bytes bytea not null
);
alter table document_cda alter column bytes set storage external;

create table document_event (
  id bigint generated always as identity primary key,
  document_id uuid not null references document (id),
  at timestamptz not null,
  step text not null,
  rule_id text,
  detail text
);
create index document_event_document on document_event (document_id, id);

create table delivery (
  id uuid primary key,
  document_id uuid not null references document (id),
  destination text not null check (destination in ('DMP')),
  state text not null check (state in ('waiting', 'ready', 'sending', 'accepted', 'refused', 'unknown', 'withdrawn')),
  attempts integer not null default 0,
  rule_id text,
  detail text,
  outcome jsonb,
  -- Frozen before the first byte leaves: what may have been sent, under which INS (SentIdentity).
  submission_unique_id text,
  sent_matricule text,
  sent_oid text,
  entry_uuid text,
  -- Times the DMP answered "absent" since the outcome became unknown.
  absent_answers integer not null default 0,
  first_sent_at timestamptz,
  settled_at timestamptz,
  updated_at timestamptz not null,
  unique (document_id, destination),
  constraint sent_under_an_ins check (
    state not in ('sending', 'accepted', 'unknown') or (sent_matricule is not null and sent_oid is not null))
);
create index delivery_by_state on delivery (state, updated_at);

create table answer (
  id uuid primary key,
  document_id uuid not null references document (id),
  kind text not null,
  er7 bytea not null,
  route text,
  state text not null check (state in ('pending', 'delivered', 'no-route', 'refused')),
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null,
  settled_at timestamptz
);
create index answer_document on answer (document_id);

-- One narrow table for every kind of work (design 5).
create table task (
  id bigint generated always as identity primary key,
  kind text not null,
  subject text not null,
  -- First in, first out inside one key; null where order does not matter.
  order_key text,
  run_at timestamptz not null default now(),
  attempts integer not null default 0,
  worker integer,
  leased_until timestamptz,
  fence integer not null default 0
);
create index task_next on task (kind, run_at, id);
create index task_order on task (order_key, id) where order_key is not null;
create index task_leased on task (worker) where worker is not null;
create sequence worker_number as integer;

create table service_circuit (
  service text primary key,
  state text not null check (state in ('closed', 'open', 'half-open')),
  failures integer not null default 0,
  since timestamptz not null,
  probe_at timestamptz,
  last_error text,
  next_slot_at timestamptz
);

-- Proof of feed: entries first, chained afterwards by the one sealer (design 5).
create table ledger (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  ej text not null,
  eg text not null,
  document_id uuid not null references document (id),
  destination text not null,
  unique_id text not null,
  type_code text not null,
  submission_unique_id text not null,
  document_sha1 text not null,
  oid text not null
);
create unique index ledger_once on ledger (document_id, destination);
create index ledger_by_establishment on ledger (eg, at);
create table ledger_seal (
  id bigint primary key,
  ledger_id bigint not null unique references ledger (id),
  previous bytea not null,
  hash bytea not null
);

create table audit (
  id bigint generated always as identity primary key,
  at timestamptz not null,
  actor text not null,
  role text not null,
  action text not null,
  subject text not null,
  reason text,
  outcome text not null
);
create index audit_subject on audit (subject, id);
create table audit_seal (
  id bigint primary key,
  audit_id bigint not null unique references audit (id),
  previous bytea not null,
  hash bytea not null
);

create table flow (
  application text not null,
  facility text not null,
  version text not null,
  message_kind text not null,
  api text not null,
  identity_kind text not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null,
  messages bigint not null,
  primary key (application, facility, version, message_kind, api, identity_kind)
);

create table api_token (
  digest bytea primary key,
  name text not null,
  role text not null,
  -- FINESS of the one EG it opens; null for every establishment of the installation.
  eg text,
  created_at timestamptz not null,
  revoked_at timestamptz
);

create table console_user (
  login text primary key,
  display_name text not null,
  role text not null,
  eg text,
  password text not null,
  disabled boolean not null default false
);
create table console_session (
  digest bytea primary key,
  login text not null references console_user (login),
  csrf text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
