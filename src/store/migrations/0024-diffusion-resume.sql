-- What a sending named: its event, the numbers in PID-3 and those in MRG-1. Without an answer it goes again in the same terms.
alter table diffusion_entry add column sent jsonb;
