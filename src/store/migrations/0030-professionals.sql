-- Sign-in by OpenID Connect (Pro Santé Connect). Nobody is let in by default: a row here is what opens the console.
create table professional_right (
  id bigint generated always as identity primary key,
  -- PS_IdNat, for example 8 + RPPS.
  person text not null,
  display_name text not null,
  role text not null,
  -- FINESS of the one EG; null for all, which never opens the DMP: a reading is done for one establishment.
  eg text,
  -- May read in regulation mode (centre 15).
  regulation boolean not null default false,
  granted_by text not null,
  granted_at timestamptz not null,
  revoked_by text,
  revoked_at timestamptz
);
create unique index professional_right_living on professional_right (person, coalesce(eg, '')) where revoked_at is null;

-- A sign-in that has begun: known by the digest of a key that only this browser has. One use.
create table openid_attempt (
  digest bytea primary key,
  state text not null,
  nonce text not null,
  verifier text not null,
  next text not null,
  expires_at timestamptz not null
);
create index openid_attempt_expiry on openid_attempt (expires_at);

create table professional_session (
  digest bytea primary key,
  right_id bigint not null references professional_right (id),
  -- What the provider said of the person: names, exercises and sites.
  professional jsonb not null,
  authenticated_at timestamptz not null,
  -- Names the session to the provider when it ends; nothing else is done with it.
  id_token text not null,
  csrf text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index professional_session_right on professional_session (right_id);
create index professional_session_expiry on professional_session (expires_at);
