-- Inventory of applications and declarations of vendors: what was said, beside what is seen. Each file line by line, with what
-- became of it. No patient is in it. Additive.
create table inventory_import (
  id uuid primary key,
  at timestamptz not null,
  by_actor text not null,
  -- installed: what is installed where. versions: what vendors declare of their versions.
  kind text not null,
  name text not null,
  -- Hexadecimal, of the file as it came.
  sha256 text not null,
  -- As the file names its columns.
  titles jsonb not null,
  added integer not null,
  changed integer not null,
  unchanged integer not null,
  rejected integer not null
);
create index inventory_import_at on inventory_import (at desc);

create table inventory_line (
  import_id uuid not null references inventory_import on delete cascade,
  line integer not null,
  -- added, changed, unchanged, rejected.
  outcome text not null,
  rule_id text,
  detail text,
  cells jsonb not null,
  primary key (import_id, line)
);

create table inventory_entry (
  kind text not null,
  -- What makes two lines speak of the same thing: src/observatory/inventory.
  key text not null,
  -- '' for what holds everywhere.
  eg text not null,
  -- src/observatory/inventory-kinds.ts.
  fields jsonb not null,
  import_id uuid not null,
  at timestamptz not null,
  primary key (kind, key)
);
create index inventory_entry_eg on inventory_entry (eg);
