/** The movement that an ADT tells is added to its stay, and the stay computed again from all of its movements. */
import { establishmentOf } from '../config/lookup.ts';
import type { Source } from '../config/schema.ts';
import { hl7Instant } from '../documents/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { hl7Rules } from '../rules/hl7.ts';
import type { Refusal } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import type { StoredMessage } from '../store/messages.ts';
import {
  lockStay,
  type MovementKind,
  movementsOf,
  putMovement,
  type StayMovement,
  updateStay,
} from '../store/stays.ts';
import type { Admission } from '../wire/hl7v2/admission.ts';
import { cancelledEvent } from '../wire/hl7v2/movement.ts';
import { stateOfStay } from './state.ts';

/** By the event that creates the movement. */
const KINDS: Readonly<Record<string, MovementKind>> = {
  A01: 'admission',
  A02: 'transfer',
  A03: 'discharge',
  A04: 'admission',
  A05: 'planned',
};
const IDENTITY_EVENTS: ReadonlySet<string> = new Set(['A28', 'A31', 'A40', 'A47']);

/** These speak of a visit and nothing else; an admission may come for the identity only, or for a visit without number. */
const OF_A_VISIT: ReadonlySet<string> = new Set(['A02', 'A03', 'A11', 'A12', 'A13', 'Z99']);

/** Nothing for an identity message. Gives what somebody must see of a movement that could not be kept. */
export async function receiveMovement(
  tx: Db,
  context: UseCaseContext,
  message: StoredMessage,
  admission: Admission,
  source: Source,
  identityId: string,
): Promise<Refusal | undefined> {
  const { event, movement, visit } = admission;
  if (IDENTITY_EVENTS.has(event) || (event === 'A08' && movement === undefined)) return undefined;
  const number = visit?.number;
  if (number === undefined)
    return OF_A_VISIT.has(event) ? { rule: hl7Rules.visitUnnamed, location: 'PV1-19' } : undefined;
  const stay = await lockStay(tx, {
    id: context.newUuid(),
    eg: source.eg,
    authority: number.authority.universalId ?? number.authority.namespace ?? source.ippDomain,
    number: number.value,
    identityId,
    at: context.now(),
  });
  // A number used again for somebody else: neither stay may become the other's.
  if (stay.identityId !== null && stay.identityId !== identityId)
    return { rule: hl7Rules.visitOfAnother, location: 'PV1-19' };
  const { timeZone } = establishmentOf(context.config, source.eg).geographic;
  const known = await movementsOf(tx, stay.id);
  const told = movementOf(admission, message, timeZone, known);
  if (told === undefined) return { rule: hl7Rules.movementUnknown, location: 'ZBE-1' };
  await putMovement(tx, stay.id, { ...told, messageId: message.id });
  const state = stateOfStay(await movementsOf(tx, stay.id));
  await updateStay(tx, stay.id, { ...state, identityId, at: context.now() });
  return undefined;
}

/** Undefined when it cancels a movement that it does not name and that cannot be told. */
function movementOf(
  { event, movement = {}, visit, times, header }: Admission,
  message: StoredMessage,
  timeZone: string,
  known: readonly StayMovement[],
): StayMovement | undefined {
  const at = (text: string | undefined) => hl7Instant(text, timeZone);
  const cancels = cancelledEvent(event);
  const created = cancels ?? (KINDS[event] === undefined ? movement.originalEvent : event) ?? '';
  const kind = KINDS[created] ?? 'other';
  const saidAt = at(times.recordedAt) ?? at(header.sentAt) ?? message.receivedAt;
  const ofVisit = kind === 'discharge' ? visit?.dischargedAt : kind === 'admission' ? visit?.admittedAt : undefined;
  const cancelled = cancels !== undefined || movement.action === 'CANCEL';
  // The time at which a movement is cancelled is not the time of the movement.
  const occurredAt = cancelled ? undefined : (at(times.occurredAt) ?? at(ofVisit) ?? saidAt);
  const startsAt = at(movement.startsAt) ?? occurredAt ?? null;
  const name = movement.id === undefined ? unnumbered(kind, cancelled, startsAt, known) : numbered(movement);
  if (name === undefined) return undefined;
  return {
    movement: name,
    kind,
    cancelled,
    historic: movement.historic ?? false,
    startsAt,
    endsAt: at(movement.endsAt) ?? null,
    medicalUnit: movement.medicalUnit ?? visit?.unit ?? null,
    careUnit: movement.careUnit ?? null,
    nature: movement.nature ?? null,
    patientClass: visit?.patientClass ?? null,
    saidAt,
  };
}

function numbered({ id, authority }: NonNullable<Admission['movement']>): string {
  return authority === undefined ? `${id}` : `${id}^${authority}`;
}

/** A stay has one admission and one discharge; a transfer is told by its time, and the last one is the one cancelled. */
function unnumbered(
  kind: MovementKind,
  cancelled: boolean,
  startsAt: Date | null,
  known: readonly StayMovement[],
): string | undefined {
  const transfers = known.filter((movement) => movement.kind === 'transfer' && !movement.cancelled);
  if (kind === 'transfer' && cancelled) return transfers.at(-1)?.movement;
  return kind === 'transfer' ? `transfer@${startsAt?.toISOString() ?? ''}` : kind;
}
