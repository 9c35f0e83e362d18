/** The traits as INSi returned them, and the strict traits that they become. Sources: ins.md 2 and 4.6, trap 10. */
import { identityRules } from '../rules/identity.ts';
import { insiRules } from '../rules/insi.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { completeDate, parseCivilDate } from './civil-date.ts';
import { parseCogCode } from './cog.ts';
import { firstGivenNameOf, givenNamesConsistent, normaliseName } from './traits.ts';
import type { CivilDate, StrictTraits } from './types.ts';

/** Element TIQ of the answer, raw: everything is optional there, and a birth date may be lunar. */
export interface InsiTraits {
  readonly birthName?: string;
  /** `Prenom`, seldom returned. */
  readonly givenName?: string;
  /** `ListePrenom`. */
  readonly givenNames?: string;
  readonly sex?: string;
  readonly birthDate?: string;
  readonly birthPlace?: string;
}

export interface AdoptedTraits {
  readonly traits: StrictTraits & { readonly birthGivenNames: string; readonly sex: 'M' | 'F' };
  /** True when the birth date was lunar and has been completed: the raw date stays in InsiTraits. */
  readonly dateInterpreted: boolean;
  /** The lunar date that was completed. */
  readonly dateAsGiven?: CivilDate;
}

/** The given names of an INSi answer: its list, or its single name when no list came. */
export function returnedGivenNames(insi: InsiTraits): string | undefined {
  return insi.givenNames ?? insi.givenName;
}

/**
 * Strict traits of an accepted INSi answer. `recordedFirstGivenName` is the local first given name, kept because INSi
 * does not return one; refused when it contradicts the list.
 */
export function adoptInsiTraits(insi: InsiTraits, recordedFirstGivenName?: string): Result<AdoptedTraits> {
  const list = normaliseName(returnedGivenNames(insi) ?? '', 'given');
  if (!list.ok) return incomplete('liste des prénoms');
  const birthName = normaliseName(insi.birthName ?? '', 'family');
  if (!birthName.ok) return incomplete('nom de naissance');
  if (insi.sex !== 'M' && insi.sex !== 'F') return incomplete('sexe');
  const raw = parseCivilDate(insi.birthDate ?? '');
  if (!raw.ok) return incomplete('date de naissance');
  const completed = completeDate(raw.value);
  if (!completed.ok) return completed;
  if (recordedFirstGivenName !== undefined && !givenNamesConsistent(recordedFirstGivenName, list.value))
    return refuse(identityRules.firstGivenNameInconsistent);
  const place = parseCogCode(insi.birthPlace ?? '');
  return ok({
    traits: {
      birthName: birthName.value,
      firstGivenName: firstGivenNameOf(list.value, recordedFirstGivenName),
      birthGivenNames: list.value,
      sex: insi.sex,
      birthDate: completed.value.date,
      ...(place.ok ? { birthPlace: place.value } : {}),
    },
    dateInterpreted: completed.value.interpreted,
    ...(completed.value.interpreted && { dateAsGiven: raw.value }),
  });
}

function incomplete(trait: string): Result<never> {
  return refuse(insiRules.traitsIncomplete, { detail: trait });
}
