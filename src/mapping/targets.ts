/** What a row may say, checked against the value sets and the configuration before it is recorded. */
import { authorSpecialty } from '../codes/author-specialties.ts';
import { documentType } from '../codes/document-types.ts';
import { healthcareFacilityType } from '../codes/healthcare-facility-types.ts';
import { hasRppsKey, personIdOfRpps } from '../codes/national-ids.ts';
import { practiceSetting } from '../codes/practice-settings.ts';
import type { Config } from '../config/schema.ts';
import { mappingRules } from '../rules/mapping.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { KindTarget, MappingKind } from '../store/mappings.ts';

/** As typed in a form, a file or a call: every field is text, absent or empty. */
export interface TypedTarget {
  /** `JAMAIS` for a type that is never fed. */
  readonly typeCode?: string | undefined;
  readonly eg?: string | undefined;
  readonly sector?: string | undefined;
  readonly practiceSetting?: string | undefined;
  /** 11 digits, or 12 with the leading `8`. */
  readonly rpps?: string | undefined;
  readonly family?: string | undefined;
  readonly given?: string | undefined;
  readonly specialty?: string | undefined;
}

export const NEVER_FED = 'JAMAIS';
/** Characters of a name or a code. */
const LONGEST = 100;

export function checkTarget(config: Config, kind: MappingKind, typed: TypedTarget): Result<KindTarget> {
  switch (kind) {
    case 'types':
      return typeTarget(typed);
    case 'units':
      return unitTarget(config, typed);
    case 'authors':
      return authorTarget(typed);
  }
}

function wrong(detail: string): Result<never> {
  return refuse(mappingRules.invalidTarget, { detail });
}

function given(text: string | undefined): string {
  return text?.trim() ?? '';
}

function typeTarget(typed: TypedTarget): Result<KindTarget> {
  const code = given(typed.typeCode);
  if (code === NEVER_FED) return ok({ kind: 'types', target: { neverFed: true } });
  if (documentType(code) === undefined) return wrong(`type « ${code.slice(0, 40)} » absent du JDV_J07`);
  return ok({ kind: 'types', target: { typeCode: code } });
}

function unitTarget(config: Config, typed: TypedTarget): Result<KindTarget> {
  const [eg, sector, setting] = [given(typed.eg), given(typed.sector), given(typed.practiceSetting)];
  const known = config.legalEntities.some((legal) => legal.geographicEntities.some(({ finess }) => finess === eg));
  if (!known) return wrong(`entité géographique « ${eg.slice(0, 40)} » non déclarée`);
  if (sector !== '' && healthcareFacilityType(sector) === undefined)
    return wrong(`secteur d’activité « ${sector.slice(0, 40)} » absent du JDV_J61`);
  if (setting !== '' && practiceSetting(setting)?.dmp !== true)
    return wrong(`cadre d’exercice « ${setting.slice(0, 40)} » absent du JDV_J62`);
  const target = { eg, ...(sector !== '' && { sector }), ...(setting !== '' && { practiceSetting: setting }) };
  return ok({ kind: 'units', target });
}

function authorTarget(typed: TypedTarget): Result<KindTarget> {
  const rpps = given(typed.rpps).replace(/\s/g, '');
  const id = personIdOfRpps(rpps) ?? rpps;
  if (!hasRppsKey(id)) return refuse(mappingRules.rppsKeyWrong, { detail: rpps.slice(0, 20) });
  const [family, first, specialty] = [given(typed.family), given(typed.given), given(typed.specialty)];
  if (family === '' || family.length > LONGEST) return wrong('nom de l’auteur');
  if (first === '' || first.length > LONGEST) return wrong('prénom de l’auteur');
  if (authorSpecialty(specialty) === undefined)
    return wrong(`profession et spécialité « ${specialty.slice(0, 40)} » absentes du JDV_J01`);
  return ok({ kind: 'authors', target: { id, family, given: first, specialty } });
}
