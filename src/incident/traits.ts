/** Everything that is known here of the patient of a document, so that none of it leaves with an incident. */
import { sourceOfDocument } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { deliveriesOf } from '../store/deliveries.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { type IdentityRecord, identifiersOf, identityById } from '../store/identities.ts';
import { historyOf } from '../store/identity-history.ts';
import type { StoredMessage } from '../store/messages.ts';
import { parseMessage, readPart, repetitions, type Segment, segmentsNamed } from '../wire/hl7v2/message.ts';
import { elements, withXml, XmlRefused } from '../wire/xml/xml.ts';
import type { PatientTraits } from './mask.ts';

type Gathered = { -readonly [Kind in keyof PatientTraits]: string[] };

/** `cda`: what is sent of the document, while it is here. */
export async function traitsOf(
  { config, pool }: UseCaseContext,
  document: DocumentRecord,
  content: { readonly message: StoredMessage; readonly cda: Uint8Array | undefined },
): Promise<PatientTraits> {
  const all: Gathered = { names: [], birthDates: [], numbers: [], phones: [], places: [] };
  const { patient, visitNumber } = document.notice;
  all.names.push(patient.birthName, patient.firstGivenName);
  all.birthDates.push(patient.birthDate);
  add(all.numbers, patient.matricule, document.ipp, visitNumber);
  for (const { sentMatricule } of await deliveriesOf(pool, document.id)) add(all.numbers, sentMatricule);
  const identity = document.identityId === null ? undefined : await identityById(pool, document.identityId);
  if (identity !== undefined) {
    addIdentity(all, identity);
    for (const { value } of await identifiersOf(pool, identity.id)) add(all.numbers, value);
    for (const { before, after } of await historyOf(pool, identity.id)) addNamed(all, [before, after]);
  }
  const { defaultCharset } = sourceOfDocument(config, document);
  addMessage(all, content.message.body, defaultCharset);
  if (content.cda !== undefined) addRecordTarget(all, content.cda);
  return all;
}

function add(to: string[], ...values: readonly (string | null | undefined)[]): void {
  for (const value of values) if (value !== null && value !== undefined && value !== '') to.push(value);
}

function addIdentity(all: Gathered, identity: IdentityRecord): void {
  addNamed(all, { ...identity, insiTraits: null, insiHistory: null });
  addNamed(all, [identity.insiTraits, identity.insiHistory]);
}

/** By the name of what holds it: records, their history and the answers of INSi use the same words. */
const NAMED: readonly (readonly [RegExp, keyof PatientTraits])[] = [
  [/birthDate/i, 'birthDates'],
  [/name/i, 'names'],
  [/matricule|birthPlace|^number$|ipp/i, 'numbers'],
];

function addNamed(all: Gathered, value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, held] of Object.entries(value)) {
    const kind = NAMED.find(([pattern]) => pattern.test(name))?.[1];
    if (typeof held === 'string' && kind !== undefined) add(all[kind], held);
    else addNamed(all, held);
  }
}

const PID = {
  numbers: [2, 3, 4, 18, 19, 20],
  names: [5, 6, 9],
  birth: 7,
  birthPlace: 23,
  address: 11,
  phones: [13, 14, 40],
};
/** Next of kin: names, address and numbers of the patient's household. */
const NK1 = { names: [2], address: 4, phones: [5, 6] };

function addMessage(all: Gathered, body: Buffer, defaultEncoding: 'UNICODE UTF-8' | '8859/1' | '8859/15'): void {
  const parsed = parseMessage(body, { defaultEncoding });
  if (!parsed.ok) return;
  for (const pid of segmentsNamed(parsed.value, 'PID')) {
    for (const field of PID.numbers) add(all.numbers, ...parts(pid, field, [1]));
    for (const field of PID.names) add(all.names, ...parts(pid, field, [1, 2, 3]));
    add(all.birthDates, ...parts(pid, PID.birth, [1]));
    add(all.places, ...parts(pid, PID.birthPlace, [1]));
    addContact(all, pid, PID);
  }
  for (const kin of segmentsNamed(parsed.value, 'NK1')) {
    for (const field of NK1.names) add(all.names, ...parts(kin, field, [1, 2, 3]));
    addContact(all, kin, NK1);
  }
}

function addContact(all: Gathered, segment: Segment, at: { address: number; phones: readonly number[] }): void {
  add(all.places, ...parts(segment, at.address, [1, 2, 3]));
  add(all.numbers, ...parts(segment, at.address, [5, 9, 10]));
  for (const field of at.phones) {
    add(all.phones, ...parts(segment, field, [1, 7, 12]));
    add(all.places, ...parts(segment, field, [4]));
  }
}

function parts(segment: Segment, field: number, components: readonly number[]): (string | undefined)[] {
  return repetitions(segment, field).flatMap((one) => components.map((n) => readPart(one, n)));
}

function addRecordTarget(all: Gathered, cda: Uint8Array): void {
  const at = (name: string): string => `//*[local-name()='recordTarget']//*[local-name()='${name}']`;
  try {
    withXml(cda, (root) => {
      const texts = (name: string): string[] => elements(root, at(name)).map((node) => node.content.trim());
      const said = (name: string, attribute: string): (string | undefined)[] =>
        elements(root, at(name)).map((node) => node.attr(attribute)?.value);
      add(all.names, ...texts('family'), ...texts('given'));
      add(all.birthDates, ...said('birthTime', 'value'));
      add(all.numbers, ...said('id', 'extension'), ...texts('postalCode'), ...texts('county'));
      for (const part of ['streetAddressLine', 'streetName', 'houseNumber', 'city', 'additionalLocator'])
        add(all.places, ...texts(part));
      for (const address of said('telecom', 'value').map((value) => value?.replace(/^\w+:/, '')))
        add(address?.includes('@') === true ? all.places : all.phones, address);
    });
  } catch (error) {
    // Unreadable: nothing of it is shown either.
    if (!(error instanceof XmlRefused)) throw error;
  }
}
