-- The plan of the transition (decision 0048): what only people can say, what a site aims at, the reference data of a region,
-- and one photograph of the evidence a day. Counts only: no identity and no document is named here. Additive.

-- A statement is never changed: the last one of an establishment and item holds.
create table plan_declaration (
  id bigint generated always as identity primary key,
  eg text not null,
  item text not null,
  state text not null check (state in ('done', 'started', 'not-done')),
  -- Day on which it was so, as the person says it.
  on_day date not null,
  note text not null,
  -- Where the document that proves it is kept, in words.
  attachment text,
  by_actor text not null,
  at timestamptz not null
);
create index plan_declaration_last on plan_declaration (eg, item, id desc);

-- What the establishment aims at; the last row holds.
create table plan_aim (
  id bigint generated always as identity primary key,
  eg text not null,
  deadline date,
  -- Share of the admitted patients, and of the documents, with which the site calls a step reached; per cent.
  qualified_percent integer not null check (qualified_percent between 1 and 100),
  fed_percent integer not null check (fed_percent between 1 and 100),
  reason text not null,
  by_actor text not null,
  at timestamptz not null
);
create index plan_aim_last on plan_aim (eg, id desc);

-- Legal constraints, contacts and links: a version never changes, the last one holds; none means those that came with the program.
create table plan_reference (
  id bigint generated always as identity primary key,
  version text not null,
  -- {"constraints": [{"from", "title", "text", "source", "steps"}], "contacts": [{"name", "role", "reach"}], "links": [{"label", "url"}]}
  content jsonb not null,
  reason text not null,
  by_actor text not null,
  at timestamptz not null
);

create table plan_snapshot (
  eg text not null,
  -- Day in Paris.
  day date not null,
  at timestamptz not null,
  -- 0 to 100.
  readiness real not null,
  -- Percentage of each of the five steps, and how many are reached.
  steps real[] not null,
  reached integer not null,
  -- src/plan/facts.ts
  facts jsonb not null,
  primary key (eg, day)
);
