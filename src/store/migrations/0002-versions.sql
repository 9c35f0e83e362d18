-- Versions of a document: what a replacement or a deletion is about, and in which order the requests about one document
-- came. Columns are empty for a document that is alone, which nearly all are: they cost it nothing.

-- Chain: the uniqueId (or, when it is not known here, the sender's name) of its first version.
alter table document add column chain_key text;
alter table document add column chain_position integer;
-- The document that a replacement or a deletion is about; of a creation: the identical document that it repeats.
alter table document add column target_id uuid references document (id);
-- setId of a received CDA, `root` or `extension^^root^ISO`.
alter table document add column set_id text;
alter table document add column version_number integer;
create index document_by_chain on document (chain_key, chain_position) where chain_key is not null;
create index document_by_target on document (target_id) where target_id is not null;
create index document_by_set on document (set_id) where set_id is not null;
create index document_by_number on document ((notice->>'number')) where notice->>'number' is not null;

-- XDS holds a uniqueId once for ever: that of a deleted document does not serve again.
drop index document_live_unique_id;
create unique index document_live_unique_id on document (unique_id)
  where state not in ('unreadable', 'refused', 'withdrawn');

-- Frozen with the sending: what it replaces or deletes in the DMP. The first is null for a document not known here.
alter table delivery add column original_id uuid references document (id);
alter table delivery add column original_unique_id text;
alter table delivery add column original_entry_uuid text;
