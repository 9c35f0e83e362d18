-- MSSanté: one mail for each destination that a document asks for, beside its delivery to the DMP (decision 0038). A table of
-- its own: what is asked of `delivery` stays what it was, for this program and for one that is a version older. Additive.

create table mail (
  id uuid primary key,
  document_id uuid not null references document (id),
  destination text not null check (destination in ('MSSANTE-PS', 'MSSANTE-PATIENT')),
  state text not null check (state in ('waiting', 'ready', 'sending', 'unknown', 'accepted', 'refused', 'withdrawn')),
  -- What a later version, or a deletion, made of one that had left.
  ended text check (ended in ('replaced', 'deleted')),
  attempts integer not null default 0,
  rule_id text,
  detail text,
  outcome jsonb,
  -- RFC 5322, without its angle brackets: derived from the id, the same at every attempt.
  message_id text not null unique,
  -- Frozen before the first byte leaves: the INS that it carries; null for one that carries none.
  sent_matricule text,
  sent_oid text,
  sent_sha1 text,
  first_sent_at timestamptz,
  settled_at timestamptz,
  updated_at timestamptz not null,
  unique (document_id, destination),
  constraint patient_mail_under_an_ins check (destination <> 'MSSANTE-PATIENT' or first_sent_at is null
    or (sent_matricule is not null and sent_oid is not null))
);
create index mail_by_sent_ins on mail (sent_matricule) where sent_matricule is not null;
create index mail_open on mail (state, updated_at) where state not in ('accepted', 'withdrawn');

create table mail_recipient (
  mail_id uuid not null references mail (id),
  position integer not null,
  -- Null for a patient: the address holds the matricule, and is made of the qualified identity when the mail leaves.
  address text,
  name text,
  state text not null default 'pending' check (state in ('pending', 'taken', 'delivered', 'failed')),
  -- Reply code and enhanced status of the server, or of the notification that came back.
  status text,
  rule_id text,
  detail text,
  read_at timestamptz,
  updated_at timestamptz not null,
  primary key (mail_id, position)
);

-- State of a document with several destinations, and its reason; null for one that goes to the DMP alone, whose own columns
-- say it. `state` remains what it is for the DMP: chains, gate and proofs read it.
alter table document add column overall_state text;
alter table document add column overall_rule_id text;
alter table document add column overall_detail text;
create index document_by_overall_state on document (overall_state, received_at desc) where overall_state is not null;

-- Least advanced first; once everything has ended, what somebody must look at first.
create function derive_document_state() returns trigger language plpgsql as $$
begin
  select state, rule_id, detail into new.overall_state, new.overall_rule_id, new.overall_detail from (
    -- Not asked for the DMP (TDU-FEED-025): its mails alone say where it is.
    select new.state as state, new.rule_id, new.detail where (new.state, new.rule_id) is distinct from ('withdrawn', 'TDU-FEED-025')
    union all
    select coalesce(ended, state), rule_id, detail from mail where document_id = new.id) place
  order by array_position(array['unreadable', 'received', 'unknown', 'sending', 'ready', 'waiting', 'replaced', 'deleted', 'refused',
    'accepted', 'withdrawn'], state) limit 1;
  return new;
end $$;
create trigger document_overall before update on document for each row when (new.overall_state is not null)
  execute function derive_document_state();

create function tell_document() returns trigger language plpgsql as $$
begin
  update document set overall_state = coalesce(overall_state, state) where id = new.document_id;
  return null;
end $$;
create trigger mail_tells after insert or update on mail for each row execute function tell_document();

-- One that lives by its mails alone keeps its uniqueId too.
create unique index document_alive_unique_id on document (unique_id)
  where coalesce(overall_state, state) not in ('unreadable', 'refused', 'withdrawn', 'deleted');
drop index document_live_unique_id;
