-- Every message and every step of a document writes each index of these tables. Three were read by nobody on its way: by MSH-10
-- alone (no question asks for it), by kind and time (claims read task_ready), by worker (what is leased has task_in_hand).
drop index inbound_message_control;
drop index task_next;
drop index task_leased;
-- What the campaigns of verification ask for, among tasks that are few.
create index task_of_insi on task (kind, subject, run_at) where kind in ('insi', 'verify');
