-- Mail that comes in by MSSanté (decision 0039). Additive.

-- One row per declared mailbox. One process at a time reads it: lease and fence.
create table mailbox (
  name text primary key,
  enabled boolean not null,
  leased_until timestamptz,
  fence integer not null default 0,
  failures integer not null default 0,
  failing_since timestamptz,
  retry_at timestamptz,
  last_error text,
  -- When everything in it had been taken.
  read_at timestamptz,
  -- A mail that the server announces and does not give.
  stuck_uid bigint,
  stuck_tries integer not null default 0
);

create table incoming_mail (
  id uuid primary key,
  mailbox text not null,
  eg text not null,
  uid_validity bigint not null,
  uid bigint not null,
  size bigint not null,
  -- SHA-256 of its body: what servers on its way add stands in its header.
  digest bytea not null,
  received_at timestamptz not null,
  -- Marked, or moved, on the server: only once its bytes are here.
  put_away_at timestamptz,
  kind text check (kind in ('documents', 'message', 'receipt', 'notice')),
  state text not null check (state in ('received', 'desk', 'handing', 'done', 'closed')),
  rule_id text,
  detail text,
  message_id text,
  subject text not null default '',
  sender text not null default '',
  sender_name text not null default '',
  sent_at timestamptz,
  -- Where a reading receipt is asked to go.
  receipt_to text,
  attachments integer not null default 0,
  settled_at timestamptz,
  -- Who put an end to it, where that is a person, and why.
  settled_by text,
  reason text,
  -- As received; null when it was not taken, or once a retention rule took it away.
  raw bytea,
  unique (mailbox, uid_validity, uid)
);
alter table incoming_mail alter column raw set storage external;
create index incoming_mail_same on incoming_mail (message_id, digest) where message_id is not null;
create index incoming_mail_state on incoming_mail (state, received_at desc);
create index incoming_mail_list on incoming_mail (received_at desc, id);
create index incoming_mail_left on incoming_mail (mailbox, uid_validity) where put_away_at is null;
create index incoming_mail_settled on incoming_mail (settled_at) where raw is not null;

create table incoming_document (
  id uuid primary key,
  mail_id uuid not null references incoming_mail (id),
  -- Its place in the archive, from 1.
  part integer not null,
  state text not null check (state in ('desk', 'queued', 'handed', 'known', 'refused')),
  rule_id text,
  detail text,
  title text not null default '',
  type_code text,
  type_label text,
  mime_type text not null,
  -- ClinicalDocument/id, root and extension; null when it cannot be read.
  unique_id text,
  digest bytea not null,
  -- The document says that it replaces another.
  replaces boolean not null default false,
  -- Traits as it says them: {"birthName", "givenNames", "sex", "birthDate", "birthPlace"}. Never its INS.
  traits jsonb,
  identity_id uuid,
  -- Who attached it to this patient, where that is a person.
  attached_by text,
  route text,
  -- MSH-10, the same one again after a lost answer.
  control_id text,
  attempts integer not null default 0,
  -- MSA-1, and when.
  answer text,
  settled_at timestamptz,
  settled_by text,
  reason text,
  -- ERR-5 or ERR-3 of the DPI: what a reading receipt says.
  error_code text,
  error_label text,
  unique (mail_id, part)
);
create index incoming_document_same on incoming_document (unique_id) where unique_id is not null;
create index incoming_document_identity on incoming_document (identity_id) where identity_id is not null;

-- What goes back by mail: the reading receipt that a sender asked for, or the mail passed on to somebody else.
create table incoming_reply (
  id uuid primary key,
  mail_id uuid not null references incoming_mail (id),
  kind text not null check (kind in ('receipt', 'forward')),
  recipient text not null,
  message_id text not null,
  error_code text,
  error_label text,
  added_at timestamptz not null,
  state text not null check (state in ('waiting', 'sent', 'failed')),
  attempts integer not null default 0,
  detail text,
  settled_at timestamptz
);
create index incoming_reply_mail on incoming_reply (mail_id);
create unique index incoming_reply_receipt on incoming_reply (mail_id) where kind = 'receipt';
