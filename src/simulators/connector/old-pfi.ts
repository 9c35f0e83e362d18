/**
 * A platform of exchanges of the day before: documents come in by MLLP (MDM, ORU), it acknowledges them once they are in its
 * own synced file, then feeds the DMP by itself through its connector. How a real one does it is not public: invented.
 */
import { createHash } from 'node:crypto';
import { openJournal } from '../common/journal.ts';
import { readCda } from '../dmp/cda.ts';
import { acknowledgement, type Er7, listenMllp, readEr7 } from './mllp.ts';
import type { ConnectorDocument, ConnectorPatient, ConnectorSite, Person } from './model.ts';
import type { Ended, Outbox } from './outbox.ts';

export interface OldPfiOptions {
  /** Path of the file of what it acknowledged. */
  readonly directory: string;
  /** 0: any free port. */
  readonly port: number;
  readonly site: ConnectorSite;
  /** Author of what names none. */
  readonly author: Person;
  readonly outbox: Outbox;
  /** The card of a patient, which no message carries. */
  readonly cardOf: (ipp: string) => ConnectorPatient['card'] | undefined;
  readonly now: () => Date;
}

export interface OldPfi {
  readonly port: number;
  /** What became of each document, by MSH-10, for those that are done. */
  readonly ended: ReadonlyMap<string, Ended & { readonly uniqueId: string }>;
  /** Resolves when nothing is owed any more. */
  idle(): Promise<void>;
  /** Stops listening. Its outbox is its owner's. */
  close(): Promise<void>;
}

export async function startOldPfi(options: OldPfiOptions): Promise<OldPfi> {
  const { outbox, now } = options;
  const known = new Set<string>();
  const journal = await openJournal<{ controlId: string }>(`${options.directory}/pfi.jsonl`, ({ controlId }) =>
    known.add(controlId),
  );
  const ended = new Map<string, Ended & { readonly uniqueId: string }>();
  const owed = new Set<Promise<void>>();

  async function receive(message: Buffer): Promise<string> {
    const er7 = readEr7(message);
    const controlId = er7.field('MSH', 10);
    const read = readOrder(er7, message, options);
    if (typeof read === 'string') return acknowledgement(er7, 'AE', read, now());
    if (!known.has(controlId)) {
      await journal.append({ controlId });
      known.add(controlId);
      const { uniqueId } = read.document;
      const feeding = outbox.send({ kind: 'new', ...read }).then(
        (end) => void ended.set(controlId, { ...end, uniqueId }),
        () => undefined,
      );
      owed.add(feeding);
      void feeding.finally(() => owed.delete(feeding));
    }
    return acknowledgement(er7, 'AA', '', now());
  }

  const listener = await listenMllp(options.port, receive);
  return {
    port: listener.port,
    ended,
    async idle() {
      while (owed.size > 0) await Promise.all(owed);
    },
    async close() {
      await listener.close();
      await journal.close();
    },
  };
}

type Read = { readonly patient: ConnectorPatient; readonly document: Omit<ConnectorDocument, 'replaces'> };

/** Or why not. */
function readOrder(er7: Er7, message: Buffer, options: OldPfiOptions): Read | string {
  const [kind] = er7.field('MSH', 9).split('^');
  if (kind !== 'MDM' && kind !== 'ORU') return 'type de message non pris en charge';
  const patient = readPatient(er7, options);
  if (patient === undefined) return 'patient sans numéro local ou sans carte connue';
  const [, , subtype = '', encoding, base64 = ''] = er7.field('OBX', 5).split('^');
  if (er7.field('OBX', 2) !== 'ED' || encoding !== 'Base64' || base64 === '') return 'OBX-5 sans document';
  const bytes = Buffer.from(base64, 'base64');
  const cda = readCda(bytes);
  if (cda !== undefined && cda.body.kind !== 'level-1') return 'CDA structuré non pris en charge';
  const own = { site: options.site, author: options.author, now: options.now() };
  return { patient, document: cda === undefined ? raw(er7, bytes, subtype, message, own) : rewritten(cda, own) };
}

function readPatient({ component, repetitions }: Er7, { cardOf }: OldPfiOptions): ConnectorPatient | undefined {
  const identifiers = repetitions('PID', 3).map((cx) => cx.split('^'));
  const ipp = identifiers.find((parts) => parts[4] === 'PI')?.[0] ?? '';
  const card = cardOf(ipp);
  if (card === undefined) return undefined;
  const birth = component('PID', 7, 1);
  const place = repetitions('PID', 11).find((address) => address.split('^')[6] === 'BDL');
  return {
    ipp,
    card,
    birthName: component('PID', 5, 1),
    firstGivenName: component('PID', 5, 2),
    sex: component('PID', 8, 1) === 'M' ? 'M' : 'F',
    birthDate: `${birth.slice(0, 4)}-${birth.slice(4, 6)}-${birth.slice(6, 8)}`,
    birthPlace: place?.split('^')[8] ?? '',
  };
}

interface Own {
  readonly site: ConnectorSite;
  readonly author: Person;
  readonly now: Date;
}

/** The same message gives the same uniqueId: its digest, as decimal digits. */
function raw(
  { component }: Er7,
  bytes: Buffer,
  subtype: string,
  message: Buffer,
  { site, author, now }: Own,
): Read['document'] {
  const number = createHash('sha256').update(message).digest().readBigUInt64BE(0);
  const uniqueId = `${site.oid}.${number}`;
  const title = component('OBX', 3, 2);
  return {
    uniqueId,
    setId: `${uniqueId}.9`,
    version: 1,
    title: title === '' ? 'Document' : title,
    typeCode: component('OBX', 3, 1),
    writtenAt: now,
    author,
    content: { mediaType: subtype === 'rtf' ? 'text/rtf' : `application/${subtype}`, bytes },
  };
}

/** Its creator's identifier and content, in a header of its own with the national number of the day before. */
function rewritten(cda: NonNullable<ReturnType<typeof readCda>>, { author, now }: Own): Read['document'] {
  const { body } = cda;
  const content =
    body.kind === 'level-1'
      ? { mediaType: body.mediaType, bytes: Buffer.from(body.base64, 'base64') }
      : { mediaType: '', bytes: Buffer.alloc(0) };
  return {
    uniqueId: cda.id.root,
    setId: cda.setId.root,
    version: Number(cda.versionNumber),
    title: cda.title,
    typeCode: cda.code.code,
    writtenAt: now,
    author,
    content,
  };
}
