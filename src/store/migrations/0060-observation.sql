-- What each application was seen to send: software, version, API, kind of identity, by day and by month. Counts only: no
-- patient, no document, no matricule. Additive: the table flow is still written, and read by a program one version older.
create table observation (
  -- Digest of the columns below, made by the program: one line per combination.
  key text primary key,
  -- '' when nobody declared the sender.
  eg text not null,
  application text not null,
  facility text not null,
  -- HL7v2, REST, FHIR, folder, V1, V2.
  api text not null,
  -- SFT-3 and SFT-2, or LPS_Nom and LPS_Version of a VIHF.
  product text not null,
  product_version text not null,
  -- MSH-12 or the version of the VIHF.
  protocol_version text not null,
  homologation text not null,
  -- Common name of the client certificate, and the structure that it names.
  certificate text not null,
  structure text not null,
  -- ADT^A01, TD2.1…
  transaction text not null,
  -- INS, INS-C, NIR, IPP; '' when the transaction carries no identity.
  identity_kind text not null,
  -- seen, inferred.
  identity_basis text not null,
  first_seen timestamptz not null,
  last_seen timestamptz not null
);
create index observation_sender on observation (application, facility);
create index observation_eg on observation (eg);

create table observation_day (
  day date not null,
  key text not null,
  -- accepted, waiting, refused.
  outcome text not null,
  rule_id text not null,
  messages bigint not null,
  primary key (key, day, outcome, rule_id)
);
create index observation_day_day on observation_day (day);

-- The history of a transition is read over years, the days over a month.
create table observation_month (
  -- Its first day.
  month date not null,
  key text not null,
  outcome text not null,
  rule_id text not null,
  messages bigint not null,
  primary key (key, month, outcome, rule_id)
);
create index observation_month_month on observation_month (month);

-- Who was seen before these tables were: without days, which nobody counted.
insert into observation (key, eg, application, facility, api, product, product_version, protocol_version, homologation,
  certificate, structure, transaction, identity_kind, identity_basis, first_seen, last_seen)
select 'flow-' || md5(concat_ws('|', application, facility, version, message_kind, api, identity_kind)), '', application,
  facility, api, '', '', version, '', '', '', message_kind, identity_kind, 'seen', first_seen, last_seen
from flow;
