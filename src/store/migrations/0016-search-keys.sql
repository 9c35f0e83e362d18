-- Keys under which identities are found at the size of a region (decision 0026). A row says: under this key, born on this
-- day, there is this identity, whose names have these letter pairs. One index answers a block of candidates without
-- touching the identities themselves. Derived data: no foreign key, readers join `identity`.
create table identity_key (
  -- Kind and key; the kinds are in src/ins/search-keys.ts.
  key text collate "C" not null,
  -- AAAAMMJJ, so that a month or a year is a range.
  born integer not null,
  identity_id uuid not null,
  -- One bit for each pair of letters of the names, by hash: what is missing of the asked name ranks the candidates.
  signature bigint not null,
  primary key (key, born, identity_id) include (signature)
);
create index identity_key_identity on identity_key (identity_id);

-- The traits under which the keys were made. A program of the version before writes none, and leaves them as they were when
-- it changes a trait: the row then stands in `identity_unkeyed` until a process of this version makes its keys.
alter table identity add column keyed_as text;
create index identity_unkeyed on identity (id) where keyed_as is distinct from
  birth_name || '/' || first_given_name || '/' || coalesce(used_name, '') || '/' || coalesce(used_given_name, '') || '/' || birth_date;

-- A birth date, or its year, with a name or its first letters; a birth place with a date, a year or neither; a given name
-- alone; a local number whose domain is not said.
-- Of another order class than `identity_search`: with a date the planner sometimes took that one, for thousands of rows.
create index identity_strict on identity (birth_date, search_name collate "C") where active;
create index identity_year on identity (left(birth_date, 4), search_name collate "C") where active;
create index identity_place on identity (birth_place, birth_date) where active;
create index identity_given on identity (first_given_name text_pattern_ops) where active;
create index identity_identifier_value on identity_identifier (value);
