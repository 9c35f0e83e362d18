/** What the gate asks of a document of an old connector, and what its preparation leaves behind (practice 18). */
import { sourceOfDocument } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import type { QualifiedIdentity } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { reissueRules } from '../rules/reissue.ts';
import type { Refusal } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { addDocumentEvent, type DocumentRecord } from '../store/documents.ts';
import type { IdentityRecord } from '../store/identities.ts';
import { noteLegacyNumber } from '../store/legacy-numbers.ts';

/** A card that cannot sign again, a header that would have to be changed: it waits until the site has decided so. */
export function undecidedReissue(
  config: Config,
  document: DocumentRecord,
  { ins }: QualifiedIdentity,
): Refusal | undefined {
  const { legacy } = document.notice;
  if (legacy === undefined) return undefined;
  const decided = sourceOfDocument(config, document).legacy;
  if (legacy.mode === 'DIRECTE' && decided?.cardsBecomeStructure === undefined)
    return { rule: reissueRules.directWithoutDecision };
  const number = legacy.headerNumber;
  if (number === undefined || (number.value === ins.matricule && number.oid === ins.oid)) return undefined;
  return decided?.replaceInsInHeader === undefined ? { rule: reissueRules.headerNotDecided } : undefined;
}

/** `changed`: its header was re-issued. Local number and traits agreed: the number is remembered beside this patient, as a hint. */
export async function noteReissue(
  tx: Db,
  context: UseCaseContext,
  document: DocumentRecord,
  identity: IdentityRecord,
  changed: boolean,
): Promise<void> {
  const { legacy } = document.notice;
  if (legacy === undefined) return;
  const at = context.now();
  await noteLegacyNumber(tx, identity.id, legacy.number, at);
  if (!changed) return;
  const decision = sourceOfDocument(context.config, document).legacy?.replaceInsInHeader;
  const detail = decision === undefined ? null : decidedBy(decision);
  await addDocumentEvent(tx, document.id, { at, step: 'reissued', detail });
}

/** For a timeline: who decided, and when. */
export function decidedBy({ by, on }: { readonly by: string; readonly on: string }): string {
  const [year, month, day] = on.split('-');
  return `décision du site : ${by}, ${day}/${month}/${year}`;
}
