/** Who reads: the professional whom a provider authenticated, for one establishment, as the VIHF says it (AIR). */
import { structureIdOfFiness } from '../codes/national-ids.ts';
import { establishmentOf } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import { openIdRules } from '../rules/openid.ts';
import { readingRules } from '../rules/reading.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { exerciseAt, type Professional, rolesOf } from '../wire/openid/professional.ts';
import type { Acting, Purpose } from '../wire/vihf/acting.ts';

export interface Reader {
  readonly professional: Professional;
  readonly authenticatedAt: Date;
  /** Of the right that opened the session; null for every establishment, which opens no DMP. */
  readonly eg: string | null;
  /** May read in regulation mode. */
  readonly regulation: boolean;
}

/** Why the DMP is opened, as it is chosen. `presumed`: the care team; `explicit`: anybody else, with the patient's word. */
export type AccessReason =
  | { readonly kind: 'presumed' | 'explicit' }
  | { readonly kind: 'bris_de_glace'; readonly reason: string }
  | { readonly kind: 'centre_15' };

/** Shortest reason that says something. */
const SHORTEST_REASON = 10;

export function actingOf(config: Config, reader: Reader, access: AccessReason): Result<Acting> {
  const { professional, eg } = reader;
  if (eg === null) return refuse(readingRules.notProfessional, { detail: 'aucun établissement' });
  const purpose = purposeOf(reader, access);
  if (!purpose.ok) return purpose;
  const exercise = exerciseAt(professional, eg);
  if (exercise === undefined) return refuse(openIdRules.notHealthProfessional, { detail: 'aucun exercice' });
  const roles = rolesOf(exercise);
  if (!roles.ok) return roles;
  const { geographic } = establishmentOf(config, eg);
  const id = structureIdOfFiness(geographic.finess);
  if (id === undefined) throw new Error(`EG ${geographic.finess} is not what the configuration schema lets in`);
  return ok({
    structure: { id, name: geographic.name },
    sector: geographic.sector,
    responsible: { id: professional.id, name: `${professional.family} ${professional.given}` },
    roles: roles.value,
    session: {
      mode: 'INDIRECTE_RENFORCEE',
      means: config.signIn.openid?.loginMeans ?? 'unspecified',
      loggedInAt: reader.authenticatedAt,
    },
    purpose: purpose.value,
  });
}

function purposeOf(reader: Reader, access: AccessReason): Result<Purpose> {
  switch (access.kind) {
    case 'presumed':
    case 'explicit':
      return ok({ code: 'normal' });
    case 'centre_15':
      return reader.regulation ? ok({ code: 'centre_15' }) : refuse(readingRules.regulationNotAllowed);
    case 'bris_de_glace':
      return access.reason.length < SHORTEST_REASON
        ? refuse(readingRules.reasonMissing, { detail: 'raisons du bris de glace' })
        : ok({ code: 'bris_de_glace', reason: access.reason });
  }
}
