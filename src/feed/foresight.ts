/**
 * The usual document, looked at when its message is read: its patient is known and qualified, nothing is missing. It is
 * written once, as ready to be sent, where matching, gate and preparation would each have written it anew (decision 0031).
 * Whatever is not usual is left to the `document` task, which decides everything again.
 */
import { sourceOfDocument } from '../config/lookup.ts';
import { type Conformance, NO_CONFORMANCE } from '../conformance/index.ts';
import { type Draft, isSimple, prepareDocument, recordReady } from '../documents/index.ts';
import { type Resolution, recordMappings, resolveLocalValues } from '../mapping/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { addDeliveryTask } from '../queue/document-tasks.ts';
import { putBuiltCda } from '../store/built-cda.ts';
import { commitLater, type Db } from '../store/db.ts';
import { newDelivery } from '../store/deliveries.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { type IdentityRecord, shareIdentities } from '../store/identities.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import { carry } from './carried.ts';
import type { Gate } from './gate.ts';
import { gateNow, identityOf, mappedGate } from './process-document.ts';

type Prepared = Extract<Awaited<ReturnType<typeof prepareDocument>>, { ok: true }>['value'];

export interface Foreseen {
  readonly draft: Draft;
  readonly identity: IdentityRecord;
  readonly patient: Extract<Gate, { kind: 'open' }>['patient'];
  readonly resolution: Resolution;
  readonly prepared: Prepared;
}

/** Beyond this a preparation holds back the messages that are read with it: the `document` task has the time. Milliseconds. */
const PREPARED_WITHIN_MS = 200;

export interface Foresight {
  /** Outside any transaction. Undefined: the draft goes the ordinary way. */
  look(draft: Draft): Promise<Foreseen | undefined>;
  /** Those that may be written as foreseen: their identities are as they were, and stay so until the transaction ends. */
  confirm(tx: Db, foreseen: readonly Foreseen[]): Promise<readonly Foreseen[]>;
  /** Writes a confirmed one with the task of its sending. False, and nothing written, when its uniqueId is taken. */
  write(tx: Db, foreseen: Foreseen): Promise<boolean>;
}

export function createForesight(
  context: UseCaseContext,
  stamper: Stamper,
  conformance: Conformance = NO_CONFORMANCE,
): Foresight {
  return {
    look: async (draft) => {
      // What a rule pack looks at takes longer than a message may be held back for.
      if (!isSimple(draft) || draft.document.ipp === '' || conformance.active()) return undefined;
      // A conversion takes its time, and would be done twice.
      if (sourceOfDocument(context.config, draft.document).pdfA === 'convert') return undefined;
      // What fails here fails in the `document` task too, which has its attempts, its lease and its explanation.
      return within(PREPARED_WITHIN_MS, prepareAhead(context, stamper, draft)).catch(() => undefined);
    },
    confirm: async (tx, foreseen) => {
      // What we build is kept under the number of its transaction, which a lost one would give again.
      if (!foreseen.some(({ prepared }) => prepared.built)) await commitLater(tx);
      const versions = await shareIdentities(tx, [...new Set(foreseen.map(({ identity }) => identity.id))]);
      return foreseen.filter(({ identity }) => versions.get(identity.id) === identity.version);
    },
    write: (tx, foreseen) => write(tx, context, foreseen),
  };
}

async function prepareAhead(context: UseCaseContext, stamper: Stamper, draft: Draft): Promise<Foreseen | undefined> {
  const { document, incoming } = draft;
  const identity = await identityOf(context.pool, document);
  if (identity === undefined) return undefined;
  const resolution = await resolveLocalValues(context.pool, context, document);
  const gate = mappedGate(await gateNow(context, resolution.document, identity), resolution);
  if (gate.kind !== 'open') return undefined;
  const prepared = await prepareDocument(context, resolution.document, incoming, gate.patient, stamper);
  return prepared.ok ? { draft, identity, patient: gate.patient, resolution, prepared: prepared.value } : undefined;
}

async function write(tx: Db, context: UseCaseContext, foreseen: Foreseen): Promise<boolean> {
  const { draft, identity, patient, resolution, prepared } = foreseen;
  const { typeCode, eg, ej } = resolution.document;
  const document: DocumentRecord & { state: 'ready' } = {
    ...draft.document,
    typeCode,
    eg,
    ej,
    identityId: identity.id,
    state: 'ready',
  };
  const deliveryId = await recordReady(tx, context, draft, document, prepared.warnings);
  if (deliveryId === undefined) return false;
  await recordMappings(tx, document.id, resolution);
  const { cda, header, built } = prepared;
  if (built) await putBuiltCda(tx, document.id, cda, context.kept);
  await addDeliveryTask(tx, 'deliver', document, deliveryId);
  const delivery = newDelivery(deliveryId, document.id, 'ready', context.now());
  // Of a transaction that is rolled back nothing is delivered: it is dropped with time.
  carry({ document, delivery, identity, patient, bytes: cda, header });
  return true;
}

/** The same promise, or undefined when it takes longer. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), ms);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
