-- Audits of printed documents: the outcome only. Neither the document, nor its name, nor any trait or matricule is here:
-- a field is kept as its length and its shape. Additive.
create table template_audit (
  id uuid primary key,
  at timestamptz not null,
  by_actor text not null,
  eg text not null,
  template text not null,
  software text not null,
  -- SHA-256 of the document, hexadecimal: it proves which one was audited.
  sha256 text not null,
  bytes integer not null,
  pages integer not null,
  pages_examined integer not null,
  -- Pages that bear a right symbol.
  pages_right integer not null,
  -- The document as a whole: page 1 right, no error anywhere.
  is_right boolean not null,
  -- What was found, page by page: src/templates/outcome.ts.
  outcome jsonb not null
);
create index template_audit_at on template_audit (at desc, id desc);
create index template_audit_template on template_audit (eg, template, software, at desc);
