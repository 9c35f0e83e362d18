-- Take-over of an existing identity repository: how far a file was loaded, what was found. No NIR is stored.
create table takeover (
  id uuid primary key,
  name text not null,
  created_at timestamptz not null,
  created_by text not null,
  -- Domain of the numbers of lines that name none.
  domain text not null,
  -- The site vouches for the checks that the former repository recorded: its VALI and QUAL are VALI here, never more.
  trusts_status boolean not null,
  -- Lines taken so far: a load that was cut goes on after them.
  position bigint not null default 0,
  created_count bigint not null default 0,
  known_count bigint not null default 0,
  validated_count bigint not null default 0,
  rejected_count bigint not null default 0,
  discrepancy_count bigint not null default 0,
  nir_count bigint not null default 0,
  nir_same_count bigint not null default 0,
  ended_at timestamptz
);

-- Lines of which there is something to say.
create table takeover_finding (
  takeover_id uuid not null references takeover (id) on delete cascade,
  line bigint not null,
  rule_id text not null,
  number text not null,
  domain text not null,
  identity_id uuid,
  detail text,
  -- The key of the number alone, two digits: enough to find it again in the file.
  nir_key text,
  primary key (takeover_id, line, rule_id)
);
