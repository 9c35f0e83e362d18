/** The documents of a message already stored: each is described, recorded, and handed to the queue. */
import { documentType } from '../codes/document-types.ts';
import { type DomainIpp, establishmentOf, ippsOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import { flowOf } from '../lanes/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { identityByIdentifier } from '../store/identities.ts';
import type { StoredMessage } from '../store/messages.ts';
import type { DocumentNotice } from '../wire/hl7v2/document-notice.ts';
import { declarationOf } from './declaration.ts';
import { rawType } from './local-values.ts';
import { mimeTypeOf } from './original.ts';
import { type Draft, draftOf, recordDraft } from './record.ts';

/** Records the document of an accepted message. The refusal, when there is one, is already on the document. */
export async function receiveDocument(
  tx: Db,
  context: UseCaseContext,
  message: StoredMessage,
  notice: DocumentNotice,
  source: Source,
): Promise<Result<string>> {
  const draft = await draftDocument(tx, context, message, notice, source);
  return draft.ok ? recordDraft(tx, context, draft.value) : draft;
}

/** What the notice says, as the document that it will be; nothing is written. */
export async function draftDocument(
  db: Db,
  context: UseCaseContext,
  message: StoredMessage,
  notice: DocumentNotice,
  source: Source,
): Promise<Result<Draft>> {
  const ipps = ippsOf(context.config, source, notice.patient.ipps);
  // A sender that names its patient by INS alone: the document is matched by it, and carries no local number of its own.
  const first = ipps[0] ?? (notice.patient.ins === undefined ? undefined : { value: '', domain: '' });
  if (first === undefined) return refuse(hl7Rules.ippMissing, { location: 'PID-3' });
  const content = notice.body.content();
  if (!content.ok) return content;
  const known = await localPatient(db, ipps);
  const ipp = (known.ok ? known.value : undefined) ?? first;
  const type =
    notice.format === 'cda'
      ? (notice.observed ?? notice.requested ?? notice.document?.type)
      : rawType(notice, source.typeField);
  const { timeZone } = establishmentOf(context.config, source.eg).geographic;
  const draft = draftOf(context, {
    message,
    part: notice.part,
    action: notice.kind,
    eg: source.eg,
    kind: notice.format === 'cda' ? 'cda' : 'raw',
    mimeType: mimeTypeOf(notice.format),
    bytes: content.value,
    // An ED names no character set: MSH-18 is that of all the texts of the message.
    charset: notice.header.encoding === 'UNICODE UTF-8' ? 'UTF-8' : undefined,
    ipp: ipp.value,
    ippDomain: ipp.domain,
    typeCode: type?.code ?? '',
    title: notice.document?.title ?? type?.label ?? documentType(type?.code ?? '')?.label ?? 'Document',
    declaration: declarationOf(notice, source, message.receivedAt, timeZone),
    ...(known.ok ? {} : { refusal: known.refusal }),
    ...(source.migration === undefined ? {} : { flow: flowOf(source, 'hl7') }),
  });
  return ok(draft);
}

/** Of several local numbers, the one under which the patient is known here; two patients are a conflict. */
export async function localPatient(db: Db, ipps: readonly DomainIpp[]): Promise<Result<DomainIpp | undefined>> {
  if (ipps.length <= 1) return ok(ipps[0]);
  const found = new Map<string, DomainIpp>();
  for (const ipp of ipps) {
    const identity = await identityByIdentifier(db, ipp.domain, ipp.value);
    if (identity !== undefined && !found.has(identity.id)) found.set(identity.id, ipp);
  }
  if (found.size > 1) return refuse(identityRules.ippConflict, { location: 'PID-3' });
  return ok([...found.values()][0]);
}
