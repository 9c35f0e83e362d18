-- Diffusion of identities to other software (decision 0028). Additive: a program one version older runs on it, and what
-- it changes is noted too, since the database itself notes it.

-- One row per declared subscriber. One drainer at a time: lease and fence.
create table diffusion_subscriber (
  name text primary key,
  enabled boolean not null,
  paused boolean not null default false,
  since timestamptz not null,
  leased_until timestamptz,
  fence integer not null default 0,
  failures integer not null default 0,
  failing_since timestamptz,
  retry_at timestamptz,
  last_error text,
  answered_at timestamptz,
  -- Initial load: patients in the order of their id, after the last one that was queued.
  load_state text not null default 'none' check (load_state in ('none', 'running', 'stopped', 'done')),
  load_since timestamptz,
  load_after uuid,
  load_queued bigint not null default 0,
  load_total bigint not null default 0,
  load_by text,
  load_at timestamptz,
  load_paced_at timestamptz
);

-- What must be told. The message is made when it is sent, from the identity as it then is: no INS is stored here, and one
-- that is no longer qualified cannot leave.
create table diffusion_entry (
  id bigint generated always as identity primary key,
  subscriber text not null,
  -- state: the identity as it is. number: it changed its number (A47). merge: another record was closed into it (A40).
  kind text not null check (kind in ('state', 'number', 'merge')),
  identity_id uuid not null,
  -- The record that was closed.
  other_id uuid,
  -- Numbers given up: [{"domain", "value"}].
  numbers jsonb,
  -- Of an initial load: after what has just changed.
  load boolean not null default false,
  state text not null default 'waiting' check (state in ('waiting', 'sending', 'refused', 'accepted', 'dropped')),
  added_at timestamptz not null default now(),
  attempts integer not null default 0,
  -- MSH-10 and MSH-9.2 of the last sending.
  control_id text,
  event text,
  -- MSA-1, and what the subscriber or our own rules say.
  answer text,
  rule_id text,
  detail text,
  settled_at timestamptz,
  -- Who put an end to it, where that is a person.
  settled_by text
);
create index diffusion_entry_due on diffusion_entry (subscriber, load, id) where state in ('waiting', 'sending');
create index diffusion_entry_open on diffusion_entry (identity_id, subscriber) where state in ('waiting', 'sending', 'refused');
create index diffusion_entry_open_other on diffusion_entry (other_id, subscriber)
  where state in ('waiting', 'sending', 'refused') and other_id is not null;
create index diffusion_entry_refused on diffusion_entry (subscriber, id) where state = 'refused';
create index diffusion_entry_settled on diffusion_entry (subscriber, settled_at desc, id desc) where settled_at is not null;

-- What a subscriber was told: it decides between A28 and A31, and whom an INS must be withdrawn from.
create table diffusion_known (
  subscriber text not null,
  identity_id uuid not null,
  -- Null: something was sent, no acceptance came yet.
  accepted_at timestamptz,
  -- OIDs under which it was, or may have been, given an INS.
  ins_oids text[] not null default '{}',
  -- Numbers that it was, or may have been, given: 'domain|value'.
  numbers text[] not null default '{}',
  -- SHA-256 of what it accepted last: the same thing is not told twice.
  digest bytea,
  primary key (subscriber, identity_id)
);

-- The record as it is must be told to everyone. While one such entry waits, it will tell this change too: it is locked so
-- that nobody starts sending it before this change is committed.
create function diffusion_note_state(concerned uuid) returns void language sql as $$
  insert into diffusion_entry (subscriber, kind, identity_id)
  select s.name, 'state', concerned from diffusion_subscriber s
  where s.enabled and not exists (
    select 1 from diffusion_entry e where e.identity_id = concerned and e.subscriber = s.name
      and e.kind = 'state' and e.state = 'waiting' and not e.load for update);
$$;

create function diffusion_note_number(sort text, concerned uuid, other uuid, given jsonb) returns void language plpgsql as $$
begin
  update diffusion_entry e set numbers = e.numbers || given
  where e.identity_id = concerned and e.kind = sort and e.state = 'waiting' and e.other_id is not distinct from other
    and sort = 'merge' and not e.numbers @> given;
  insert into diffusion_entry (subscriber, kind, identity_id, other_id, numbers)
  select s.name, sort, concerned, other, given from diffusion_subscriber s
  where s.enabled and not exists (
    select 1 from diffusion_entry e where e.identity_id = concerned and e.subscriber = s.name and e.kind = sort
      and e.state = 'waiting' and e.other_id is not distinct from other and e.numbers @> given);
end $$;

create function diffusion_identity_changed() returns trigger language plpgsql as $$
begin
  if current_setting('traitdunion.restoring', true) = 'on' then return null; end if;
  if not exists (select 1 from diffusion_subscriber where enabled) then return null; end if;
  perform diffusion_note_state(new.id);
  -- Merged in its turn before it was told: the record that remains takes its place.
  if tg_op = 'UPDATE' and new.merged_into is not null and new.merged_into is distinct from old.merged_into then
    update diffusion_entry set identity_id = new.merged_into
    where identity_id = new.id and kind = 'merge' and state = 'waiting' and other_id <> new.merged_into;
  end if;
  return null;
end $$;
create trigger diffusion_identity_added after insert on identity
  for each row execute function diffusion_identity_changed();
create trigger diffusion_identity_changed after update on identity
  for each row when (
    (old.active, old.merged_into, old.mirror, old.status, old.homonyme, old.douteuse, old.fictive, old.birth_name,
     old.first_given_name, old.birth_given_names, old.sex, old.birth_date, old.birth_date_interpreted, old.birth_place,
     old.used_name, old.used_given_name, old.matricule, old.oid, old.device_type)
    is distinct from
    (new.active, new.merged_into, new.mirror, new.status, new.homonyme, new.douteuse, new.fictive, new.birth_name,
     new.first_given_name, new.birth_given_names, new.sex, new.birth_date, new.birth_date_interpreted, new.birth_place,
     new.used_name, new.used_given_name, new.matricule, new.oid, new.device_type))
  execute function diffusion_identity_changed();

create function diffusion_number_changed() returns trigger language plpgsql as $$
declare
  given jsonb := jsonb_build_array(jsonb_build_object('domain', new.domain, 'value', new.value));
begin
  if current_setting('traitdunion.restoring', true) = 'on' then return null; end if;
  if not exists (select 1 from diffusion_subscriber where enabled) then return null; end if;
  if tg_op = 'UPDATE' and old.retired_at is null and new.retired_at is not null then
    if old.identity_id <> new.identity_id then
      perform diffusion_note_number('merge', new.identity_id, old.identity_id, given);
    else
      perform diffusion_note_number('number', new.identity_id, null, given);
    end if;
  elsif tg_op = 'UPDATE' and old.identity_id <> new.identity_id then
    perform diffusion_note_state(old.identity_id);
  end if;
  perform diffusion_note_state(new.identity_id);
  return null;
end $$;
create trigger diffusion_number_added after insert on identity_identifier
  for each row execute function diffusion_number_changed();
create trigger diffusion_number_changed after update on identity_identifier
  for each row when ((old.identity_id, old.retired_at) is distinct from (new.identity_id, new.retired_at))
  execute function diffusion_number_changed();
