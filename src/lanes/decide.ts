/**
 * One document, one lane: decided once, under the lock of its flow, in the transaction that records it (hostile T-R20). What
 * waits for its flow is decided again when the flow moves; what has left by a lane is never moved to another.
 */
import type { Lane } from '../config/migration-schema.ts';
import type { Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { laneRules } from '../rules/lanes.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import {
  type Carrier,
  carrierOfCompanions,
  type DocumentLane,
  decideDocumentLane,
  type FlowName,
  insertDocumentLane,
  insertFlow,
  type LaneFlow,
  lockDocumentLane,
  shareFlow,
  type Way,
} from '../store/lanes.ts';
import { leavesByV2 } from './machine.ts';

/** A flow with what its declaration says of the old way. */
export interface MigratingFlow extends FlowName {
  readonly startsIn: Lane;
  /** Somebody else carries what does not leave by API V2: an old platform behind us, or whoever sent us a copy. */
  readonly carriedElsewhere: boolean;
  /** Its messages are handed on by us. */
  readonly relayed: boolean;
}

/** The flow of a source that declares its migration, by one way. */
export function flowOf(source: Source, way: Way): MigratingFlow {
  const { eg, application, facility, migration } = source;
  const relayed = way === 'hl7' && migration?.oldPlatform !== undefined;
  return {
    ...{ eg, application, facility, way },
    startsIn: migration?.startsIn ?? 'observed',
    carriedElsewhere: relayed || migration?.copy === true,
    relayed,
  };
}

/** What of a document decides its lane. */
export interface LaneSubject {
  readonly id: string;
  readonly messageId: number;
  readonly uniqueId: string;
  readonly chainKey: string | null;
  readonly notice: {
    readonly number?: string | undefined;
    readonly unit?: string | undefined;
    readonly local?: { readonly unit?: { readonly code: string } } | undefined;
  };
}

export interface Decided {
  readonly flow: LaneFlow;
  readonly carrier: Carrier;
  /** Why it does not leave by API V2 now; absent when it does. */
  readonly rule?: Rule;
}

/** The flow as it is until the transaction ends, made at its first document. To be asked before any lock of a document. */
export async function holdLane(tx: Db, context: UseCaseContext, flow: MigratingFlow): Promise<LaneFlow> {
  const known = await shareFlow(tx, flow);
  if (known !== undefined) return known;
  await insertFlow(tx, flow, { id: context.newUuid(), lane: flow.startsIn, at: context.now() });
  const made = await shareFlow(tx, flow);
  if (made === undefined) throw new Error(`flow ${flow.application} cannot be made`);
  return made;
}

/** Decides for a new document and records it. `held`: its flow, as `holdLane` gave it in this transaction. */
export async function decideLane(
  tx: Db,
  context: UseCaseContext,
  { flow, held }: { readonly flow: MigratingFlow; readonly held: LaneFlow },
  document: LaneSubject,
): Promise<Decided> {
  const companions = {
    messageId: document.messageId,
    setKey: document.chainKey ?? document.uniqueId,
    number: document.notice.number ?? null,
  };
  const bound = held.lane === 'closed' ? undefined : await carrierOfCompanions(tx, held.id, companions);
  // The old platform is not declared any more: nobody would carry it.
  const follows = bound === 'old' && !flow.carriedElsewhere ? undefined : bound;
  const carrier = follows ?? carrierOf(held, subjectOf(companions.setKey, document), flow.carriedElsewhere);
  await insertDocumentLane(tx, {
    documentId: document.id,
    flowId: held.id,
    ...companions,
    lane: held.lane,
    carrier,
    decidedAt: context.now(),
  });
  return decided(held, flow, carrier);
}

/** Decides again for a document that waits for its flow; one that has left by a lane stays there. */
export async function decideAgain(
  tx: Db,
  context: UseCaseContext,
  name: FlowName,
  document: LaneSubject,
): Promise<Pick<DocumentLane, 'carrier' | 'lane'>> {
  const held = await shareFlow(tx, name);
  const row = await lockDocumentLane(tx, document.id);
  if (row === undefined || held === undefined) throw new Error(`document ${document.id} has no lane`);
  if (row.carrier !== 'none') return row;
  const bound = held.lane === 'closed' ? undefined : await carrierOfCompanions(tx, held.id, row);
  const carrier = bound === 'v2' ? bound : carrierOf(held, subjectOf(row.setKey, document), false);
  if (carrier === 'none' && row.lane === held.lane) return row;
  const lane = held.lane;
  await decideDocumentLane(tx, document.id, { lane, carrier, decidedAt: context.now() });
  return { lane, carrier };
}

function subjectOf(setKey: string, { notice }: LaneSubject): { setKey: string; unit: string | undefined } {
  return { setKey, unit: notice.unit ?? notice.local?.unit?.code };
}

function carrierOf(
  flow: LaneFlow,
  document: { readonly setKey: string; readonly unit: string | undefined },
  carriedElsewhere: boolean,
): Carrier {
  if (leavesByV2(flow, document)) return 'v2';
  return carriedElsewhere ? 'old' : 'none';
}

function decided(held: LaneFlow, flow: MigratingFlow, carrier: Carrier): Decided {
  if (carrier === 'v2') return { flow: held, carrier };
  if (carrier === 'none') return { flow: held, carrier, rule: waitingRule(held.lane) };
  return { flow: held, carrier, rule: flow.relayed ? laneRules.goingOn : laneRules.byTheOldWay };
}

/** An old door whose flow is closed takes nothing more; what comes by HL7 then leaves by API V2. */
export function refusalOfClosed({ way }: FlowName, { lane }: Pick<LaneFlow, 'lane'>): Refusal | undefined {
  return way !== 'hl7' && lane === 'closed' ? { rule: laneRules.closed } : undefined;
}

/** Why a document waits for its flow. */
export function waitingRule(lane: Lane): Rule {
  if (lane === 'observed') return laneRules.observed;
  return lane === 'shadow' ? laneRules.shadow : laneRules.notChosen;
}
