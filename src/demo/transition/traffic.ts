/** One establishment's traffic: its documents in order, its cut-over in the middle of a week, its lane moved forward. */
import { setTimeout as sleep } from 'node:timers/promises';
import { moveFlow } from '../../lanes/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import type { Endpoint } from '../../simulators/connector/model.ts';
import type { Ended, Order, Outbox } from '../../simulators/connector/outbox.ts';
import { type LaneFlow, laneFlows } from '../../store/lanes.ts';
import type { HospitalPlan, PlannedOrder, Wave } from './plan.ts';
import type { Hospital } from './world.ts';

export interface Sent {
  readonly hospital: Hospital;
  readonly order: PlannedOrder;
  readonly uniqueId: string;
  readonly ended: Ended;
}

export interface Sender {
  readonly plan: HospitalPlan;
  readonly outbox: Outbox;
  readonly door: Endpoint;
  readonly context: UseCaseContext;
  readonly contents: ReadonlyMap<string, Buffer>;
  readonly onSent: (sent: Sent) => void;
}

/** The title tells the documents of a run apart; the DMP keeps it. */
export function titleOf(number: number): string {
  return `Compte rendu fictif ${number}`;
}

function uniqueIdOf({ oid }: Hospital, number: number): string {
  return `${oid}.${number}`;
}

const LETTER = '11490-0';

/** Resolves when everything of the wave is done, and the lane moved if this was the wave of the cut-over. */
export async function sendWave(sender: Sender, wave: Wave): Promise<void> {
  const { plan, outbox, door, context } = sender;
  const half = Math.floor(wave.orders.length / 2);
  let moved: Promise<void> = Promise.resolve();
  for (const [index, order] of wave.orders.entries()) {
    if (wave.cutOver && index === half) {
      await outbox.cutOver(door);
      moved = advance(context, plan.hospital.eg);
      // Awaited at the end: meanwhile the connector goes on, and is told to come again.
      moved.catch(() => undefined);
    }
    await sendOne(sender, order);
  }
  if (wave.cutOver && wave.orders.length === 0) await outbox.cutOver(door);
  if (wave.cutOver && wave.orders.length > 0) await moved;
}

async function sendOne({ plan, outbox, context, contents, onSent }: Sender, planned: PlannedOrder): Promise<void> {
  const { hospital } = plan;
  const uniqueId = uniqueIdOf(hospital, planned.number);
  const order = orderOf(hospital, planned, uniqueId, contents, context.now());
  onSent({ hospital, order: planned, uniqueId, ended: await outbox.send(order) });
}

function orderOf(
  { profile, user, oid }: Hospital,
  { kind, number, patient, about }: PlannedOrder,
  uniqueId: string,
  contents: ReadonlyMap<string, Buffer>,
  writtenAt: Date,
): Order {
  if (kind === 'deletion') return { kind, patient, uniqueId };
  const mediaType = profile.formats[number % profile.formats.length] ?? '';
  const document = {
    uniqueId,
    setId: `${oid}.${about ?? number}.9`,
    version: about === undefined ? 1 : 2,
    title: titleOf(number),
    typeCode: LETTER,
    writtenAt,
    author: user,
    content: { mediaType, bytes: contents.get(mediaType) ?? Buffer.alloc(0) },
  };
  return kind === 'new' || about === undefined
    ? { kind: 'new', patient, document }
    : { kind: 'replacement', patient, document, replaces: `${oid}.${about}` };
}

const LOOK_EVERY_MS = 100;
/** The shadow has built and checked at least one document of this flow, or it never will. */
const SHADOW_WAIT_MS = 30_000;

/** As a person would on the page of the flows: shadow, canary of all sets, V2, each step with its reason. */
async function advance(context: UseCaseContext, eg: string): Promise<void> {
  let flow = await seen(context, eg, SHADOW_WAIT_MS);
  flow = await move(context, flow, { to: 'canary', canary: { percentage: 100 } });
  await move(context, flow, { to: 'v2', canary: undefined });
}

async function seen({ pool }: UseCaseContext, eg: string, withinMs: number): Promise<LaneFlow> {
  for (let waited = 0; waited < withinMs; waited += LOOK_EVERY_MS) {
    const [flow] = (await laneFlows(pool, eg)).filter(({ way }) => way !== 'hl7');
    if (flow !== undefined) return flow;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`no flow of ${eg} was seen by the gateway`);
}

async function move(
  context: UseCaseContext,
  { id, revision, lane }: LaneFlow,
  to: Pick<Parameters<typeof moveFlow>[1], 'to' | 'canary'>,
): Promise<LaneFlow> {
  const actor = { name: 'rejeu', role: 'administrator' };
  const moved = await moveFlow(context, {
    flowId: id,
    revision,
    actor,
    reason: 'rejeu de la transition',
    overrides: true,
    ...to,
  });
  if (!moved.ok) throw new Error(`${lane} → ${to.to} refused: ${moved.refusal.rule.id}`);
  return moved.value;
}
