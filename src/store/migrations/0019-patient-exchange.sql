-- Patients by FHIR and by CSV.

-- The family name of a FHIR search also means the used name, which is kept as it is written. The same expression stands in
-- identity-query.ts.
create index identity_used_name on identity (upper(translate(used_name, 'àâäáãéèêëîïíôöóõùûüúçñÿÀÂÄÁÃÉÈÊËÎÏÍÔÖÓÕÙÛÜÚÇÑŸ-''’', 'aaaaaeeeeiiioooouuuucnyAAAAAEEEEIIIOOOOUUUUCNY   ')) text_pattern_ops)
  where used_name is not null;

-- An import of patients: a file taken in whole, then worked off part by part. `next_part` is the position, moved in the
-- transaction that writes the patients of a part: a gateway that dies goes on where it was.
create table patient_import (
  id uuid primary key,
  created_at timestamptz not null,
  created_by text not null,
  -- As the file was called; shown to people.
  name text not null,
  -- Identification domain of lines without one.
  domain text,
  -- `rehearsal` counts and writes no patient.
  mode text not null check (mode in ('rehearsal', 'import')),
  -- A line whose number is already borne: rejected, or the identity brought up to date as far as the rules allow.
  known text not null check (known in ('reject', 'update')),
  state text not null check (state in ('receiving', 'queued', 'running', 'done', 'stopped')),
  bytes bigint not null default 0,
  lines integer not null default 0,
  parts integer not null default 0,
  next_part integer not null default 0,
  -- Column of the file by property of a patient.
  columns jsonb,
  titles jsonb,
  created_count integer not null default 0,
  updated_count integer not null default 0,
  unchanged_count integer not null default 0,
  rejected_count integer not null default 0,
  rule_id text,
  detail text,
  started_at timestamptz,
  ended_at timestamptz
);
create index patient_import_recent on patient_import (created_at desc);

-- Lines of the file, a few hundred together; taken away when the import is done.
create table patient_import_part (
  import_id uuid not null references patient_import (id) on delete cascade,
  part integer not null,
  rows text not null,
  primary key (import_id, part)
);

create table patient_import_rejection (
  import_id uuid not null references patient_import (id) on delete cascade,
  line integer not null,
  rule_id text not null,
  detail text,
  cells jsonb not null,
  primary key (import_id, line)
);
