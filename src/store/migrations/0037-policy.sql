-- Document policy (practice 8 to 14): what is known of a patient's DMP and wishes, and sendings that a person suspended.
-- Additive: a program one version older runs on it.

-- When the patient was informed of the feeding of the DMP, and who says so: a message or a person.
alter table identity add column informed_at timestamptz, add column informed_by text;
-- Care under anonymity: nothing leaves for the patient's own record.
alter table identity add column anonymous boolean not null default false;
-- Why no INS will be obtained: 'visitor' (not registered in France), 'newborn' (not registered yet), 'other'.
alter table identity add column no_ins_reason text check (no_ins_reason in ('visitor', 'newborn', 'other'));
-- What TD0.2 answered last of the DMP. Null: nothing is known against sending.
alter table identity add column dmp_state text check (dmp_state in ('active', 'absent', 'closed')),
  add column dmp_state_at timestamptz;

-- « Suspendre l'envoi »: always bounded; the sending resumes alone.
create table feed_suspension (
  id uuid primary key,
  scope text not null check (scope in ('document', 'stay', 'patient', 'service')),
  -- Establishment of the document, stay or service; of a patient, the one whose documents are held, null for all.
  eg text,
  -- Document or identity id, visit number, code of the unit.
  subject text not null,
  reason text not null,
  by_actor text not null,
  at timestamptz not null,
  until timestamptz not null,
  ended_at timestamptz,
  ended_by text,
  constraint suspension_is_bounded check (until > at)
);
-- Nearly always empty: the gate looks here for every document.
create index feed_suspension_open on feed_suspension (until) where ended_at is null;
create index feed_suspension_recent on feed_suspension (at desc);

-- What TD0.2 said is told to the subscribers that want it (ZFA, practice 20); the others find nothing new in the message.
create trigger diffusion_dmp_state_changed after update of dmp_state on identity
  for each row when (old.dmp_state is distinct from new.dmp_state)
  execute function diffusion_identity_changed();
