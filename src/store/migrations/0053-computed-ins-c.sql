-- INS-C computed from the qualified identities (ins.md 1): of whom a connector of API V1 asks whether a DMP exists. Derived:
-- what is here is computed again from the identity before it is believed.
create table computed_ins_c (
  identity_id uuid primary key references identity (id) on delete cascade,
  identity_version integer not null,
  ins_c text not null
);
create index computed_ins_c_value on computed_ins_c (ins_c);
