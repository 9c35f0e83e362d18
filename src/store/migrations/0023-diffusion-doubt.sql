-- An INS in doubt is one that nothing leaves under: subscribers are told as of a lost one. A lunar date is told as it was given.
drop trigger diffusion_identity_changed on identity;
create trigger diffusion_identity_changed after update on identity
  for each row when (
    (old.active, old.merged_into, old.mirror, old.status, old.homonyme, old.douteuse, old.fictive, old.birth_name,
     old.first_given_name, old.birth_given_names, old.sex, old.birth_date, old.birth_date_interpreted,
     old.birth_date_as_given, old.birth_place, old.used_name, old.used_given_name, old.matricule, old.oid, old.ins_doubt,
     old.device_type)
    is distinct from
    (new.active, new.merged_into, new.mirror, new.status, new.homonyme, new.douteuse, new.fictive, new.birth_name,
     new.first_given_name, new.birth_given_names, new.sex, new.birth_date, new.birth_date_interpreted,
     new.birth_date_as_given, new.birth_place, new.used_name, new.used_given_name, new.matricule, new.oid, new.ins_doubt,
     new.device_type))
  execute function diffusion_identity_changed();

-- A number may pass, given up, from a record that stays open: that record is told anew too.
create or replace function diffusion_number_changed() returns trigger language plpgsql as $$
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
  end if;
  if tg_op = 'UPDATE' and old.identity_id <> new.identity_id then perform diffusion_note_state(old.identity_id); end if;
  perform diffusion_note_state(new.identity_id);
  return null;
end $$;
