-- While an identity is frozen, whatever is told of it is told without its INS: once it is freed it is told anew. Additive.
create trigger diffusion_identity_freed after update on identity
  for each row when (old.frozen_at is not null and new.frozen_at is null)
  execute function diffusion_identity_changed();
