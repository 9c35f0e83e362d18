-- Proof of feed: what the sealed lines of the ledger come to, kept as they are sealed (decision 0050). Everything here is derived:
-- emptied with `proof_fold` set back to 0, it is made again from the chain. Additive.

-- One row per document: its first acceptance, its version of today, and how it ended where it did.
create table proof_document (
  -- The line that opened it.
  ledger_id bigint primary key references ledger (id),
  destination text not null,
  ej text not null,
  eg text not null,
  at timestamptz not null,
  -- First day of the month of `at`, legal time of Paris.
  month date not null,
  -- Of the last version, like its type.
  unique_id text not null,
  type_code text not null,
  qualified boolean not null,
  -- False: its first version was fed by others, or by a software before this one.
  counted boolean not null,
  -- Of one that is not counted: what it took the place of.
  replaces text,
  versions integer not null,
  ended text check (ended in ('deleted', 'returned', 'superseded')),
  ended_at timestamptz
);
create unique index proof_document_alive on proof_document (destination, unique_id) where ended is null;
create index proof_document_list on proof_document (eg, at);
-- In the order of the chain, nearly: a few pages tell where a month is.
create index proof_document_at on proof_document using brin (at);
create index proof_document_of_others on proof_document (destination, replaces) where replaces is not null and ended is null;

create table proof_month (
  destination text not null,
  ej text not null,
  eg text not null,
  month date not null,
  type_code text not null,
  qualified boolean not null,
  -- Counted and still there; counted, then taken out.
  documents bigint not null,
  ended bigint not null,
  primary key (destination, ej, eg, month, type_code, qualified)
);

-- How far along the chain the two tables above have come: position of the last link.
create table proof_fold (
  one boolean primary key default true check (one),
  position bigint not null
);
insert into proof_fold (position) values (0);
