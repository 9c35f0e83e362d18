-- A worker no longer looks after each end of a task whether something has become ready: nine claims for a document were the
-- largest cost of the queue (bench pipeline). What an end lets go is announced, as new work is: the oldest of its key that
-- stands behind, or that a claim has passed over because this end was not committed.
create or replace function task_next_of_key() returns trigger language plpgsql as $$
declare
  next record;
begin
  for next in
    select oldest.* from gone cross join lateral (
      select id, kind, state from task
      where task.order_key = gone.order_key and task.state in ('behind', 'ready') order by task.id limit 1) oldest
    where gone.order_key is not null
  loop
    if next.state = 'behind' then
      update task set state = 'ready' where id = next.id and state = 'behind';
    end if;
    perform pg_notify('traitdunion_work', next.kind);
  end loop;
  return null;
end $$;
