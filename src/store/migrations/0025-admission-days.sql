-- Admissions of a period, for the indicators of the cell. Additive.
create index stay_admitted on stay (admitted_at) where state in ('open', 'closed');
