/** What an entry of the queue has to say to its subscriber now, or why nothing. Made anew at each sending. */
import { createHash } from 'node:crypto';
import type { Subscriber } from '../config/diffusion-schema.ts';
import { authorityName } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import { qualifiedIdentityOf, traitsOf } from '../identity/index.ts';
import { parseOid } from '../ins/oids.ts';
import type { CivilDate, IdentityAttribute, QualifiedIdentity } from '../ins/types.ts';
import { diffusionRules } from '../rules/diffusion.ts';
import { identityRules } from '../rules/identity.ts';
import { type Rule, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import {
  type DiffusionEntry,
  type GivenNumber,
  type Known,
  knownOf,
  knownUnderClosed,
  type SentTerms,
} from '../store/diffusion.ts';
import { type Identifier, type IdentityRecord, identifiersOf, identityById } from '../store/identities.ts';
import {
  type IdentityMessage,
  type OutgoingNumber,
  type OutgoingPatient,
  patientText,
} from '../wire/hl7v2/identity-message.ts';

/** What the subscriber will know of the record that the message speaks of. */
export interface Told {
  readonly identityId: string;
  readonly insOids: readonly string[];
  readonly numbers: readonly string[];
  readonly digest: Buffer;
  /** Closed records under which it knew this patient: once this is accepted, it knows the one that remains. */
  readonly former: readonly string[];
}

export type Composed =
  | { readonly kind: 'message'; readonly message: IdentityMessage; readonly told: Told }
  /** `rule` absent: the subscriber has been told already. */
  | { readonly kind: 'nothing'; readonly rule?: Rule };

export interface Destination {
  readonly config: Config;
  readonly subscriber: Subscriber;
  /** It had before that time the patients created until then; null when it had none. */
  readonly holdsBefore: Date | null;
}

export async function compose(db: Db, to: Destination, entry: DiffusionEntry): Promise<Composed> {
  if (entry.state === 'sending' && entry.sent !== null) return resumed(db, to, entry, entry.sent);
  const concerned = await remaining(db, entry.identityId);
  if (concerned === undefined) return nothing(diffusionRules.undoneBeforeTold);
  const moved = concerned.id !== entry.identityId;
  // Who remains has an entry of its own.
  if (entry.kind === 'state' && moved) return { kind: 'nothing' };
  const { subscriber } = to;
  if (concerned.mirror && to.config.context !== 1 && !subscriber.mirrors)
    return nothing(diffusionRules.mirrorNotDiffused);
  const known = await knownOf(db, subscriber.name, concerned.id);
  const numbers = visibleNumbers(to, await identifiersOf(db, concerned.id));
  if (numbers.length === 0) return nothing(diffusionRules.noNumber);
  const closed = await knownUnderClosed(db, subscriber.name, concerned.id, numbers.map(keyOf));
  const given = [...(known?.insOids ?? []), ...closed.flatMap(({ insOids }) => insOids)];
  const patient = outgoing(subscriber, concerned, numbers, given);
  const isKnown = holds(to, concerned, known) || closed.length > 0;
  const former = closed.map(({ identityId }) => identityId);
  const told = { ...toldOf(concerned.id, patient), former };
  switch (entry.kind) {
    case 'state':
      if (isKnown && known?.digest?.equals(told.digest) === true) return { kind: 'nothing' };
      return stateMessage(subscriber, patient, told, isKnown);
    case 'number': {
      const retired = await stillGivenUp(db, to, entry.numbers ?? [], concerned.id);
      const told47 = known === undefined ? retired : retired.filter((number) => known.numbers.includes(keyOf(number)));
      if (!isKnown || told47.length === 0) return nothing(diffusionRules.undoneBeforeTold);
      return retiring(subscriber, 'A47', patient, withCounterpart(told47, patient), told);
    }
    case 'merge': {
      const other = entry.otherId === null ? undefined : await identityById(db, entry.otherId);
      const knownOther = other && (await knownOf(db, subscriber.name, other.id));
      // It may know that record by a number older than the one that was merged.
      const named = knownOther === undefined ? (entry.numbers ?? []) : knownOther.numbers.map(numberOfKey);
      const retired = await stillGivenUp(db, to, named, concerned.id);
      if (other === undefined || retired.length === 0) return nothing(diffusionRules.undoneBeforeTold);
      if (!isKnown || !holds(to, other, knownOther)) return nothing(diffusionRules.closedBeforeTold);
      if (other.active && visibleNumbers(to, await identifiersOf(db, other.id)).length > 0)
        return nothing(diffusionRules.passedApart);
      return retiring(subscriber, 'A40', patient, withCounterpart(retired, patient), told);
    }
  }
}

/**
 * A sending that had no answer, in its own terms: a receiver that read it acknowledges, one that did not can follow. What has
 * changed since has entries of its own. An INS goes only if it is one that may go now.
 */
async function resumed(db: Db, to: Destination, entry: DiffusionEntry, sent: SentTerms): Promise<Composed> {
  const record = await identityById(db, entry.identityId);
  if (record === undefined) return nothing(diffusionRules.undoneBeforeTold);
  const known = await knownOf(db, to.subscriber.name, record.id);
  const numbers = sent.numbers.map((number) => numberOf(to, number));
  const patient = outgoing(to.subscriber, record, numbers, known?.insOids ?? []);
  const told = { ...toldOf(record.id, patient), former: [] };
  const retired = sent.retired.map((number) => numberOf(to, number));
  const { event } = sent;
  const message: IdentityMessage =
    event === 'A40' || event === 'A47' ? { event, patient, retired } : { event, patient };
  return { kind: 'message', message, told };
}

function nothing(rule: Rule): Composed {
  return { kind: 'nothing', rule };
}

/** The record, or the one that it was merged into; undefined when it is closed for another reason. */
async function remaining(db: Db, id: string): Promise<IdentityRecord | undefined> {
  const record = await identityById(db, id);
  const into =
    record?.active === false && record.mergedInto !== null ? await identityById(db, record.mergedInto) : record;
  return into?.active === true ? into : undefined;
}

/** It accepted the record, or had it before it was declared. */
function holds({ holdsBefore }: Destination, record: IdentityRecord, known: Known | undefined): boolean {
  return (known?.acceptedAt ?? null) !== null || (holdsBefore !== null && record.createdAt <= holdsBefore);
}

function keyOf({ domain, value }: GivenNumber): string {
  return `${domain}|${value}`;
}

function numberOfKey(key: string): GivenNumber {
  const at = key.indexOf('|');
  return { domain: key.slice(0, at), value: key.slice(at + 1) };
}

function seenBy({ subscriber }: Destination, domain: string): boolean {
  return subscriber.domains.length === 0 || subscriber.domains.includes(domain);
}

function numberOf({ config }: Destination, { domain, value }: GivenNumber): OutgoingNumber {
  const authority = authorityName(config, domain);
  return { value, domain, ...(authority === undefined ? {} : { authority }) };
}

const ATTRIBUTES: readonly IdentityAttribute[] = ['homonyme', 'douteuse', 'fictive'];

/** In use, of the domains that the subscriber is given. */
function visibleNumbers(to: Destination, identifiers: readonly Identifier[]): OutgoingNumber[] {
  return identifiers
    .filter(({ kind, domain, retired }) => kind === 'PI' && retired !== true && seenBy(to, domain))
    .map((number) => numberOf(to, number));
}

/** `given`: OIDs of the INS that the subscriber has, or may have. */
function outgoing(
  subscriber: Subscriber,
  record: IdentityRecord,
  numbers: readonly OutgoingNumber[],
  given: readonly string[],
): OutgoingPatient {
  const qualified = record.active ? qualifiedIdentityOf(record) : refuse(identityRules.mergedIdentity);
  const { dmpState, dmpStateAt } = record;
  const dmp = dmpState === null ? undefined : subscriber.dmpStatus?.[dmpState];
  const asked = record.insObtainedAt?.toISOString().slice(0, 10).replaceAll('-', '');
  return {
    numbers,
    person: qualified.ok ? { qualified: qualified.value } : unqualified(record),
    withdrawnIns: withdrawn(given, qualified.ok ? qualified.value : undefined),
    checked: record.status === 'VALI' || record.status === 'QUAL',
    attributes: ATTRIBUTES.filter((attribute) => record[attribute]),
    birthDateInterpreted: record.birthDateInterpreted,
    ...(record.birthDateAsGiven === null ? {} : { birthDateAsGiven: record.birthDateAsGiven as CivilDate }),
    ...(asked === undefined ? {} : { insiAskedOn: asked }),
    ...(record.deviceType === null || !NATIONAL_DEVICE.test(record.deviceType)
      ? {}
      : { deviceType: record.deviceType }),
    ...(dmp === undefined || dmpStateAt === null ? {} : { dmp: { status: dmp, at: dmpStateAt } }),
    updatedAt: record.updatedAt,
  };
}

/** Codes of table 9004; DECL is ours, for a device that a source vouched for without naming it. */
const NATIONAL_DEVICE = /^(?!DECL$)[A-Za-z]{2,4}$/;

function unqualified(record: IdentityRecord) {
  return {
    traits: traitsOf(record),
    ...(record.usedName === null ? {} : { usedName: record.usedName }),
    ...(record.usedGivenName === null ? {} : { usedGivenName: record.usedGivenName }),
  };
}

function withdrawn(given: readonly string[], identity: QualifiedIdentity | undefined) {
  return [...new Set(given)].flatMap((text) => {
    const oid = parseOid(text);
    return oid.ok && oid.value !== identity?.ins.oid ? [oid.value] : [];
  });
}

function toldOf(identityId: string, patient: OutgoingPatient): Omit<Told, 'former'> {
  const { person } = patient;
  return {
    identityId,
    insOids: 'qualified' in person ? [person.qualified.ins.oid] : [],
    numbers: patient.numbers.map(keyOf),
    // Without the withdrawal: once accepted there is nothing left to withdraw, and the same text must come out.
    digest: createHash('sha256')
      .update(patientText({ ...patient, withdrawnIns: [] }))
      .digest(),
  };
}

/** One who takes no A28 learns of a new patient by an A31, which everyone takes: an INS is withdrawn by it. */
function stateMessage({ events }: Subscriber, patient: OutgoingPatient, told: Told, isKnown: boolean): Composed {
  const event = !isKnown && events.includes('A28') ? 'A28' : 'A31';
  return { kind: 'message', message: { event, patient }, told };
}

/** Of these numbers, those in the domains of the subscriber that the record still bears as given up. */
async function stillGivenUp(
  db: Db,
  to: Destination,
  numbers: readonly GivenNumber[],
  identityId: string,
): Promise<OutgoingNumber[]> {
  const borne = await identifiersOf(db, identityId);
  return numbers
    .filter(({ domain, value }) =>
      borne.some((number) => number.domain === domain && number.value === value && number.retired === true),
    )
    .filter(({ domain }) => seenBy(to, domain))
    .map((number) => numberOf(to, number));
}

/** Given up in a domain where the record has no number left: there is nothing to put in its place there. */
function withCounterpart(retired: readonly OutgoingNumber[], patient: OutgoingPatient): OutgoingNumber[] {
  return retired.filter(({ domain }) => patient.numbers.some((number) => number.domain === domain));
}

function retiring(
  { events }: Subscriber,
  event: 'A40' | 'A47',
  patient: OutgoingPatient,
  retired: readonly OutgoingNumber[],
  told: Told,
): Composed {
  if (retired.length === 0) return nothing(diffusionRules.noNumber);
  if (!events.includes(event)) return nothing(diffusionRules.unwantedEvent);
  return { kind: 'message', message: { event, patient, retired }, told };
}
