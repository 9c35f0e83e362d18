/**
 * Who Pro Santé Connect says a person is: the claims that the national directory fills (SubjectNameID, SubjectRefPro with
 * its exercises and their activities). Names of claims as in the ANS's own VIHF generator (dmp.md 0, GV).
 */
import { z } from 'zod';
import { authorSpecialty } from '../../codes/author-specialties.ts';
import type { CodedValue } from '../../codes/code.ts';
import { nationalPersonId } from '../../codes/national-ids.ts';
import { openIdRules } from '../../rules/openid.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';

export interface Site {
  readonly finess: string | undefined;
  readonly sector: string | undefined;
  readonly name: string | undefined;
}

/** One way of practising: a profession, its specialty, the places. */
export interface Exercise {
  /** G15 code, for example `10` for a physician. */
  readonly profession: string;
  /** `C` civilian, `E` student, `M` military. */
  readonly category: string | undefined;
  /** R01 or other « savoir-faire » code, for example `SM26`. */
  readonly specialty: string | undefined;
  /** Section of the order of pharmacists (G05). */
  readonly pharmacistSection: string | undefined;
  readonly family: string | undefined;
  readonly given: string | undefined;
  readonly sites: readonly Site[];
}

export interface Professional {
  /** PS_IdNat: `8` + RPPS, `0` + ADELI, or the identifier of a structure's employee. */
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly exercises: readonly Exercise[];
}

const text = z
  .string()
  .max(300)
  .nullish()
  .transform((value) => {
    const trimmed = value?.trim() ?? '';
    return trimmed === '' ? undefined : trimmed;
  });
const code = text.refine((value) => value === undefined || /^[A-Za-z0-9]{1,8}$/.test(value));

const activity = z.object({
  codeSecteurDactivite: code,
  codeSectionPharmacien: code,
  numeroFinessSite: text,
  raisonSocialeSite: text,
});

const exercise = z.object({
  codeProfession: code,
  codeCategorieProfessionnelle: code,
  codeSavoirFaire: code,
  nomDexercice: text,
  prenomDexercice: text,
  activities: z.array(activity).max(100).nullish(),
});

const claims = z.object({
  SubjectNameID: text,
  preferred_username: text,
  family_name: text,
  given_name: text,
  SubjectRefPro: z.object({ exercices: z.array(exercise).max(50).nullish() }).nullish(),
});

/** Reads the answer of the userinfo endpoint. Refused when it names nobody, or two people. */
export function professionalOf(userInfo: unknown): Result<Professional> {
  const parsed = claims.safeParse(userInfo);
  if (!parsed.success)
    return refuse(openIdRules.claimsUnusable, { detail: parsed.error.issues[0]?.path.join('.') ?? '' });
  const { SubjectNameID, preferred_username, family_name, given_name, SubjectRefPro } = parsed.data;
  const id = SubjectNameID ?? preferred_username;
  // The provider vouches for the number: an ADELI number or a structure's employee has no key to check.
  if (id === undefined || nationalPersonId(id, true) !== id)
    return refuse(openIdRules.claimsUnusable, { detail: 'SubjectNameID' });
  if (preferred_username !== undefined && preferred_username !== id)
    return refuse(openIdRules.claimsUnusable, { detail: 'SubjectNameID et preferred_username diffèrent' });
  if (family_name === undefined || given_name === undefined)
    return refuse(openIdRules.claimsUnusable, { detail: 'family_name, given_name' });
  const exercises = (SubjectRefPro?.exercices ?? []).flatMap((each) => exerciseOf(each));
  return ok({ id, family: family_name, given: given_name, exercises });
}

function exerciseOf(given: z.output<typeof exercise>): Exercise[] {
  if (given.codeProfession === undefined) return [];
  const activities = given.activities ?? [];
  return [
    {
      profession: given.codeProfession,
      category: given.codeCategorieProfessionnelle,
      specialty: given.codeSavoirFaire,
      pharmacistSection: activities.find((each) => each.codeSectionPharmacien !== undefined)?.codeSectionPharmacien,
      family: given.nomDexercice,
      given: given.prenomDexercice,
      sites: activities.map((each) => ({
        finess: each.numeroFinessSite,
        sector: each.codeSecteurDactivite,
        name: each.raisonSocialeSite,
      })),
    },
  ];
}

/** The exercise under which somebody acts for an establishment: the one that has a site there, else the first. */
export function exerciseAt({ exercises }: Professional, eg: string): Exercise | undefined {
  return exercises.find(({ sites }) => sites.some(({ finess }) => finess === eg)) ?? exercises[0];
}

const PROFESSION_SYSTEM = '1.2.250.1.71.1.2.7';
const SPECIALTY_SYSTEM = '1.2.250.1.71.4.2.5';
const PHARMACIST_SYSTEM = '1.2.250.1.71.4.2.6';
const PHYSICIAN = '10';
const PHARMACIST = '21';

/**
 * Roles of the VIHF, profession first (dmp.md 2.3): the specialty is mandatory for a physician, the section for a
 * pharmacist. Refused when the profession is none that we know, or when what is mandatory is missing.
 */
export function rolesOf({
  profession,
  specialty,
  pharmacistSection,
}: Exercise): Result<readonly [CodedValue, ...CodedValue[]]> {
  const known = authorSpecialty(`G15_${profession}`);
  if (known === undefined) return refuse(openIdRules.notHealthProfessional, { detail: `profession ${profession}` });
  const first = { code: profession, system: PROFESSION_SYSTEM, label: known.label };
  if (profession === PHYSICIAN) return withSecond(first, specialty, SPECIALTY_SYSTEM);
  if (profession === PHARMACIST) return withSecond(first, pharmacistSection, PHARMACIST_SYSTEM);
  return ok([first]);
}

function withSecond(
  first: CodedValue,
  second: string | undefined,
  system: string,
): Result<readonly [CodedValue, ...CodedValue[]]> {
  const known = second === undefined ? undefined : authorSpecialty(`G15_${first.code}/${second}`);
  if (second === undefined || known === undefined)
    return refuse(openIdRules.notHealthProfessional, { detail: `${first.label} : spécialité ou section absente` });
  const label = known.label.startsWith(`${first.label} - `) ? known.label.slice(first.label.length + 3) : known.label;
  return ok([first, { code: second, system, label }]);
}
