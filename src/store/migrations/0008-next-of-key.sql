-- A task that commits after a younger one of its key (its number is taken first) may run beside it. When both end at once,
-- each still saw the other as the oldest of the key, and nobody made the next one ready: it stayed behind for ever (seen on
-- the answers of a sender, bench pipeline). The end of any task now frees the oldest that stands behind; a claim puts it
-- behind again when its turn has not come.
create or replace function task_next_of_key() returns trigger language plpgsql as $$
begin
  update task set state = 'ready'
  where state = 'behind' and id in (
    select (select next.id from task next where next.order_key = gone.order_key and next.state = 'behind'
      order by next.id limit 1)
    from gone where gone.order_key is not null);
  return null;
end $$;
update task set state = 'ready' where state = 'behind' and not exists (
  select 1 from task older where older.order_key = task.order_key and older.id < task.id);
