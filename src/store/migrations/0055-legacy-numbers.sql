-- INS-C of old connectors (and NIR of TD0.0) as they came with documents whose patient was found by local number and traits.
-- A hint to show, and a reason to stop when it designates somebody else; never an identity, never sent. Additive.
create table legacy_number (
  identity_id uuid not null references identity (id),
  oid text not null,
  value text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  primary key (identity_id, oid, value)
);
create index legacy_number_value on legacy_number (value, oid);
