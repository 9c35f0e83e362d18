/**
 * The CDA of an old connector, ready for API V2 (practice 18): the very same, or with the qualified INS in place of the INS-C,
 * or of the NIR of TD0.0, of its header. Who its patient is was found by local number and traits, which are compared after.
 */
import { sourceOfDocument } from '../config/lookup.ts';
import { INS_OIDS } from '../ins/oids.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { reissueRules } from '../rules/reissue.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { identitiesOfInsC } from '../store/computed-ins-c.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { holdersEver } from '../store/known-ins.ts';
import { bearersOfLegacyNumber, type LegacyNumber } from '../store/legacy-numbers.ts';
import { replaceIns } from '../wire/cda/replace-ins.ts';

export async function reissue(
  context: UseCaseContext,
  document: DocumentRecord,
  bytes: Buffer,
  patient: QualifiedIdentity,
): Promise<Result<{ readonly bytes: Buffer; readonly notes: readonly Refusal[] }>> {
  const { legacy } = document.notice;
  if (legacy?.entry !== undefined) return untouched(context, legacy.number, bytes, patient);
  if (legacy?.headerNumber === undefined) return ok({ bytes, notes: [] });
  const { number, headerNumber } = legacy;
  // Metadata of API V1 can only say an INS-C: a header that bears the qualified INS already says more than they do.
  const bearsIns = headerNumber.value === patient.ins.matricule && headerNumber.oid === patient.ins.oid;
  if (!bearsIns && (number.value !== headerNumber.value || number.oid !== headerNumber.oid))
    return refuse(reissueRules.numbersDiffer);
  if (await isOfAnother(context, number, patient)) return refuse(reissueRules.numberOfAnother);
  if (bearsIns) return ok({ bytes, notes: [] });
  if (sourceOfDocument(context.config, document).legacy?.replaceInsInHeader === undefined)
    return refuse(reissueRules.headerNotDecided);
  const replaced = replaceIns(bytes, patient);
  if (!replaced.ok) return replaced;
  return ok({
    bytes: replaced.value.bytes,
    notes: replaced.value.alsoInText ? [{ rule: reissueRules.numberInText }] : [],
  });
}

/** It proves nothing of this patient; that it was seen with another is a reason to stop. */
async function isOfAnother(
  { pool }: UseCaseContext,
  number: LegacyNumber,
  { ins }: QualifiedIdentity,
): Promise<boolean> {
  const own = (await holdersEver(pool, ins)).map(({ identityId }) => identityId);
  const known = await holdersEver(pool, { matricule: number.value, oid: number.oid });
  const seen = await bearersOfLegacyNumber(pool, number);
  const computed = number.oid === INS_OIDS.insC ? await identitiesOfInsC(pool, number.value) : [];
  return [...known.map(({ identityId }) => identityId), ...seen, ...computed].some((id) => !own.includes(id));
}

/** What is no CDA is never changed; it must then not bear another number than the qualified INS, which would leave with it. */
async function untouched(
  context: UseCaseContext,
  number: LegacyNumber,
  bytes: Buffer,
  patient: QualifiedIdentity,
): Promise<Result<{ readonly bytes: Buffer; readonly notes: readonly Refusal[] }>> {
  if (await isOfAnother(context, number, patient)) return refuse(reissueRules.numberOfAnother);
  if (number.value !== patient.ins.matricule && bytes.includes(number.value))
    return refuse(reissueRules.codedElsewhere, { location: 'DICOM' });
  return ok({ bytes, notes: [] });
}
