/**
 * TD3.3c of an old connector: a request of the feed's own, about a document that it fed through this gateway or, before, by
 * itself (practice 22). Asked for again, it is the same request.
 */
import { createHash } from 'node:crypto';
import { establishmentOf, senderOf } from '../config/lookup.ts';
import { record, requestDeletion } from '../documents/index.ts';
import { legacyRules } from '../rules/legacy.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import { documentIdOfMessage } from '../store/documents.ts';
import { type IdentityRecord, identifiersOf } from '../store/identities.ts';
import { sameMessage, settleMessage, storeMessage } from '../store/messages.ts';
import { hl7Timestamp } from '../wire/hl7v2/timestamp.ts';
import type { LegacyIdentifier } from '../wire/legacy/patient-info.ts';
import type { LegacySource } from './caller.ts';
import type { LegacyContext } from './context.ts';
import { referenceOf } from './references.ts';

const KIND = 'TD3.3c';

/** The identifier of the request, whose state is what becomes of it. */
export async function askDeletion(
  context: LegacyContext,
  source: LegacySource,
  target: string,
  patient: LegacyIdentifier | undefined,
): Promise<Result<string>> {
  const by = /^[012](\.(0|[1-9]\d*))+$/.test(target) ? 'UniqueId' : 'EntryUUID';
  const found = await referenceOf(context, source, { by, value: target, patient });
  if (!found.ok) return found;
  if (found.value === undefined) return refuse(legacyRules.documentUnknown);
  const { document, identity, uniqueId } = found.value;
  if (document !== undefined)
    return requestDeletion(context, document.id, {
      actor: senderOf(source),
      reason: 'demandée par le connecteur (TD3.3c)',
    });
  return identity === undefined
    ? refuse(legacyRules.documentUnknown)
    : recordUnknown(context, source, uniqueId, identity);
}

/** A document that the DMP holds and this gateway does not: it is looked for there again when the request leaves. */
async function recordUnknown(
  context: LegacyContext,
  source: LegacySource,
  uniqueId: string,
  identity: IdentityRecord,
): Promise<Result<string>> {
  const { pool, config } = context;
  const numbers = (await identifiersOf(pool, identity.id)).filter(({ retired }) => !retired);
  const number = numbers.find(({ domain }) => domain === source.ippDomain) ?? numbers[0];
  if (number === undefined) return refuse(legacyRules.patientUnknown);
  const receivedAt = context.now();
  const body = Buffer.from(JSON.stringify({ delete: uniqueId }), 'utf8');
  const key = { sender: senderOf(source), controlId: uniqueId, digest: createHash('sha256').update(body).digest() };
  const common = { ...key, receivedAt, kind: KIND, body };
  const { timeZone } = establishmentOf(config, source.eg).geographic;
  const instant = hl7Timestamp(receivedAt, timeZone);
  return transaction(pool, async (tx) => {
    const id = await storeMessage(tx, {
      ...common,
      transport: 'http',
      peer: source.legacy.certificateName,
      eg: source.eg,
    });
    if (id === undefined) {
      const known = await documentIdOfMessage(tx, await sameMessage(tx, key));
      return known === undefined ? refuse(legacyRules.documentUnknown) : ok(known);
    }
    await settleMessage(tx, id, receivedAt);
    return record(tx, context, {
      message: { ...common, id, state: 'processed', prunedAt: null, prunedRule: null },
      part: 1,
      action: 'delete',
      eg: source.eg,
      kind: 'raw',
      mimeType: 'text/xml',
      bytes: body,
      ipp: number.value,
      ippDomain: number.domain,
      typeCode: '',
      title: 'Suppression demandée par un connecteur',
      declaration: {
        // By its number alone, as a caller of the API: there are no traits to compare.
        patient: { birthName: '', firstGivenName: '', sex: '', birthDate: '' },
        createdAt: instant,
        serviceStart: instant,
        designates: uniqueId,
        visibility: { maskedFromProfessionals: false, invisibleToPatient: false, invisibleToRepresentatives: false },
        toDmp: true,
      },
    });
  });
}
