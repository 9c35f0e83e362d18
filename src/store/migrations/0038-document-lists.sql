-- Two lists, both data (practice 11): what must be fed, what can be fed. A version never changes; the last of a kind is in
-- force, and none means the one that came with the program. Additive.
create table document_list (
  id bigint generated always as identity primary key,
  kind text not null check (kind in ('mandatory', 'feedable')),
  version text not null,
  -- Text or value set that it comes from, and its date.
  source text not null,
  dated date not null,
  -- [{"code", "since"?, "outsideStay"?, "dischargeOf"?: ["I"]}]
  entries jsonb not null,
  reason text not null,
  by_actor text not null,
  at timestamptz not null
);
create index document_list_last on document_list (kind, id desc);

-- Documents that their patient does not see yet: a short list, whatever the number of documents.
create index document_invisible on document (updated_at)
  where state = 'accepted' and (notice #>> '{visibility,invisibleToPatient}') = 'true';
