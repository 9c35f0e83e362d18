/**
 * Whose a received document is: the patient who bears its INS here and whose strict traits agree, all of them, and who is
 * qualified here. An INS that came by MSSanté proves nothing by itself (practice 4); anything else is for a person.
 */
import { acceptedInsOids } from '../config/lookup.ts';
import { placesMerged, qualifiedIdentityOf, traitsOf } from '../identity/index.ts';
import { type Coherence, compareTraits } from '../ins/coherence.ts';
import { isAllowedInsOid, parseOid } from '../ins/oids.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { type IdentityRecord, identityByIns } from '../store/identities.ts';
import type { ToldTraits } from '../store/incoming-documents.ts';
import type { CdaHeader, CdaPatient } from '../wire/cda/header.ts';
import { isInsRoot } from '../wire/cda/oids.ts';

/** An INS as a document says it: not that of anybody until the repository says so. */
export interface ToldIns {
  readonly matricule: string;
  readonly oid: string;
}

/** The one INS of a document; METADATA.XML of its archive must not name another. */
export function toldIns(header: CdaHeader, metadataPatientId: string | undefined): Result<ToldIns> {
  const inside = insOfCda(header.patient);
  const outside = insOfCx(metadataPatientId);
  const [ins, second] = inside;
  if (second !== undefined) return refuse(mssanteInRules.severalPatients);
  if (ins === undefined) return refuse(mssanteInRules.noPatientId);
  if (outside !== undefined && (outside.matricule !== ins.matricule || outside.oid !== ins.oid))
    return refuse(mssanteInRules.metadataPatientDiffers);
  return ok(ins);
}

function insOfCda({ ids }: CdaPatient): ToldIns[] {
  const found = ids.flatMap(({ root, extension }) =>
    root !== undefined && extension !== undefined && isInsRoot(root) ? [{ matricule: extension, oid: root }] : [],
  );
  return [...new Map(found.map((ins) => [`${ins.oid}|${ins.matricule}`, ins])).values()];
}

/** `MATRICULE^^^&OID&ISO^NH`; a local number there says nothing of the INS. */
function insOfCx(cx: string | undefined): ToldIns | undefined {
  const [matricule = '', , , authority = ''] = (cx ?? '').split('^');
  const oid = authority.split('&')[1];
  return oid !== undefined && isInsRoot(oid) ? { matricule, oid } : undefined;
}

/** Traits of a document in the terms of those that INSi returns: one set of rules compares both. */
export function toldTraits({ families, givens, gender, birthTime, birthPlace }: CdaPatient): ToldTraits {
  const birth = families.filter(({ qualifier }) => qualifier === 'BR');
  const [family] = birth.length === 1 ? birth : families.length === 1 ? families : [];
  const list =
    givens.find(({ qualifier }) => qualifier === undefined) ?? givens.find(({ qualifier }) => qualifier === 'BR');
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})/.exec(birthTime ?? '') ?? [];
  return {
    ...(family === undefined ? {} : { birthName: family.value }),
    ...(list === undefined ? {} : { givenNames: list.value }),
    ...(gender?.code === undefined ? {} : { sex: gender.code }),
    ...(year === undefined ? {} : { birthDate: `${year}-${month}-${day}` }),
    ...(birthPlace === undefined ? {} : { birthPlace }),
  };
}

/** `refusal`: for a person; `identityId` is then whom the document may speak of. */
export interface Matched {
  readonly identityId: string | null;
  readonly refusal?: Refusal;
}

export async function matchPatient(
  { config }: UseCaseContext,
  tx: Db,
  ins: ToldIns,
  traits: ToldTraits,
): Promise<Matched> {
  const oid = parseOid(ins.oid);
  if (!oid.ok || !isAllowedInsOid(oid.value, acceptedInsOids(config)))
    return { identityId: null, refusal: { rule: mssanteInRules.noPatientId, detail: 'OID d’INS non admis ici' } };
  const record = await identityByIns(tx, ins);
  if (record === undefined) return { identityId: null, refusal: { rule: mssanteInRules.patientUnknown } };
  const compared = await compareWith(tx, record, traits);
  if (compared.overall === 'discrepancy') {
    const detail = differencesOf(compared);
    return { identityId: record.id, refusal: { rule: mssanteInRules.traitsDiffer, detail } };
  }
  const qualified = qualifiedIdentityOf(record);
  if (qualified.ok) return { identityId: record.id };
  const detail = qualified.refusal.rule.title;
  return { identityId: record.id, refusal: { rule: mssanteInRules.notQualifiedHere, detail } };
}

/** The traits of a document beside those of a patient. */
export async function compareWith(db: Db, record: IdentityRecord, traits: ToldTraits): Promise<Coherence> {
  const merged = await placesMerged(db, record.birthPlace, traits.birthPlace);
  return compareTraits(traitsOf(record), traits, merged);
}

const TRAIT_NAMES = {
  birthName: 'nom de naissance',
  firstGivenName: 'premier prénom',
  birthGivenNames: 'prénoms de naissance',
  sex: 'sexe',
  birthDate: 'date de naissance',
  birthPlace: 'code lieu de naissance',
} as const;

function differencesOf({ traits }: Coherence): string {
  return traits
    .filter(({ outcome }) => outcome === 'different')
    .map(({ trait }) => TRAIT_NAMES[trait])
    .join(', ');
}
