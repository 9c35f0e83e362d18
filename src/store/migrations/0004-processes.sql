-- Many processes on one queue: turns of establishments, blocked tasks out of the way, and who is alive.

-- Establishments take turns (hostile T-R7): `lane` is the EG, '-' where a task belongs to none.
-- `state` keeps what cannot be claimed out of the index that claims walk:
--   ready    may be claimed
--   waiting  until run_at
--   behind   an older task of its order key; the trigger below makes it ready
--   leased   until leased_until
-- A program of the version before writes none of the two columns: what it leaves 'ready' is put right when it is claimed.
alter table task add column lane text collate "C" not null default '-';
alter table task add column state text not null default 'ready' check (state in ('ready', 'waiting', 'behind', 'leased'));
update task set state = 'leased' where leased_until is not null;
update task set state = 'waiting' where leased_until is null and run_at > now();
create index task_ready on task (kind, lane, run_at, id) where state = 'ready';
create index task_waiting on task (run_at) where state = 'waiting';
create index task_in_hand on task (leased_until) where state = 'leased';

-- The end of a task makes the next one of its key ready, whichever program ends it. A claim puts a task 'behind' only while
-- it keeps an older one of the key from being deleted, so none can be left there: this runs after, and sees it.
create function task_next_of_key() returns trigger language plpgsql as $$
begin
  update task set state = 'ready'
  where state = 'behind' and id in (
    select (select next.id from task next where next.order_key = gone.order_key order by next.id limit 1)
    from gone where gone.order_key is not null);
  return null;
end $$;
create trigger task_ended after delete on task referencing old table as gone
  for each statement execute function task_next_of_key();

-- The processes of the installation, as each last said of itself.
create table process (
  id uuid primary key,
  name text not null,
  roles text[] not null,
  version text not null,
  host text not null,
  pid integer not null,
  state text not null check (state in ('starting', 'ready', 'stopping')),
  started_at timestamptz not null default now(),
  seen_at timestamptz not null default now()
);
