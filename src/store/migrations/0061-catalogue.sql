-- What people said of the products to migrate: each edit whole and for good. What the data file of the program says is not
-- here: a product is that, with the fields of its last edit laid over it. Additive.
create table catalogue_edit (
  product text not null,
  revision integer not null check (revision > 0),
  at timestamptz not null,
  by_actor text not null,
  -- Every field that differs from the data file, or all of them for a product that is not in it: src/catalogue/product.ts.
  fields jsonb not null,
  primary key (product, revision)
);
