/** What a mail of MSSanté carries: the CDA as received or as built, checked for a patient who may not be qualified (practice 8). */
import { documentType } from '../codes/document-types.ts';
import { sourceOfDocument } from '../config/lookup.ts';
import type { QualifiedIdentity, UnqualifiedPatient } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { documentRules } from '../rules/document.ts';
import { feedRules } from '../rules/feed.ts';
import { mssanteRules } from '../rules/mssante.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { getBuiltCda } from '../store/built-cda.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { checkCdaHeader } from '../wire/cda/check.ts';
import { levelOneContent } from '../wire/cda/content.ts';
import { type CdaHeader, readCdaHeader } from '../wire/cda/header.ts';
import { isInsRoot } from '../wire/cda/oids.ts';
import { compareCdaWithTraits } from '../wire/coherence/with-identity.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import type { Original } from './original.ts';
import { buildCda, checkAgainstIdentity, factsOf, unmarked } from './prepare.ts';

export interface PreparedForMail {
  readonly cda: Buffer;
  readonly header: CdaHeader;
}

/** For a qualified patient, the very CDA that the DMP gets when it is built already. `replaces`: as in `prepareDocument`. */
export async function prepareForMail(
  context: UseCaseContext,
  document: DocumentRecord,
  original: Original,
  patient: QualifiedIdentity | UnqualifiedPatient,
  stamper: Stamper,
  replaces?: string,
): Promise<Result<PreparedForMail>> {
  if (documentType(document.typeCode) === undefined)
    return refuse(feedRules.typeUnknown, { detail: document.typeCode.slice(0, 40) });
  const cda = await cdaOf(context, document, original, patient, stamper, replaces);
  if (!cda.ok) return cda;
  if (!('ins' in patient)) return checkWithoutIns(context, document, cda.value, patient, stamper);
  const checked = await checkAgainstIdentity(context, document, cda.value, patient);
  if (!checked.ok) return checked;
  const { header } = checked.value;
  // A mail carries a CDA.
  return header === undefined ? refuse(documentRules.cdaNotClinicalDocument) : ok({ cda: cda.value, header });
}

async function cdaOf(
  context: UseCaseContext,
  document: DocumentRecord,
  original: Original,
  patient: QualifiedIdentity | UnqualifiedPatient,
  stamper: Stamper,
  replaces: string | undefined,
): Promise<Result<Buffer>> {
  if (document.kind === 'cda') return ok(original.bytes);
  const built = 'ins' in patient ? await getBuiltCda(context.pool, document.id, context.kept) : undefined;
  if (built !== undefined) return ok(built);
  const source = sourceOfDocument(context.config, document);
  const made = await buildCda(context, document, original, patient, source, stamper, replaces);
  return made.ok ? ok(made.value.bytes) : made;
}

/** The header rules but for the INS, of which there must be none; and the same patient by traits and local number. */
async function checkWithoutIns(
  context: UseCaseContext,
  document: DocumentRecord,
  cda: Buffer,
  patient: UnqualifiedPatient,
  stamper: Stamper,
): Promise<Result<PreparedForMail>> {
  const header = readCdaHeader(cda);
  if (!header.ok) return header;
  if (/^[RV]$/.test(header.value.confidentiality?.code ?? '')) return refuse(feedRules.restricted);
  if (header.value.patient.ids.some(({ root }) => isInsRoot(root)))
    return refuse(mssanteRules.carriesIns, { location: 'recordTarget' });
  // Of a raw document it was looked at when its CDA was built.
  const content = document.kind === 'cda' ? levelOneContent(cda) : undefined;
  const marks = content?.mediaType === 'application/pdf' ? await unmarked(content.bytes, stamper) : undefined;
  if (marks?.ok === false) return marks;
  const faults = checkCdaHeader(header.value).filter(({ rule }) => rule !== documentRules.cdaInsMissing);
  const [first] = [...compareCdaWithTraits(header.value, patient, factsOf(context, document, patient)), ...faults];
  return first === undefined ? ok({ cda, header: header.value }) : { ok: false, refusal: first };
}
