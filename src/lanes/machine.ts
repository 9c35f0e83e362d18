/** The lanes of a flow and the steps between them. Pure. Design 2: observed, shadow, canary, V2, closed; any step back in one action. */
import { createHash } from 'node:crypto';
import { LANES, type Lane } from '../config/migration-schema.ts';
import type { CanaryRule } from '../store/lanes.ts';

export type Direction = 'forward' | 'back' | 'within';

/** The lane that follows; undefined for the last one. */
export function nextLane(lane: Lane): Lane | undefined {
  return LANES[LANES.indexOf(lane) + 1];
}

/** The lanes that it may go back to, the nearest first. */
export function earlierLanes(lane: Lane): readonly Lane[] {
  return LANES.slice(0, LANES.indexOf(lane)).toReversed();
}

/** Forward one lane at a time; back to any; within, only to change the rule of a canary. Undefined: not a move. */
export function directionOf(from: Lane, to: Lane): Direction | undefined {
  if (from === to) return from === 'canary' ? 'within' : undefined;
  if (nextLane(from) === to) return 'forward';
  return earlierLanes(from).includes(to) ? 'back' : undefined;
}

interface Chooseable {
  /** What a document shares with its versions. */
  readonly setKey: string;
  /** Code of the unit that it comes from. */
  readonly unit?: string | undefined;
}

/** Hundredths of a per cent. */
const STEPS = 10_000;

/** Always the same for a document set, and a larger share chooses all that a smaller one chose. */
function isChosen(flowId: string, rule: CanaryRule, { setKey, unit }: Chooseable): boolean {
  if ('services' in rule) return unit !== undefined && rule.services.includes(unit);
  const digest = createHash('sha256').update(`${flowId}|${setKey}`).digest();
  return digest.readUInt32BE(0) % STEPS < rule.percentage * (STEPS / 100);
}

/** Does a document of this flow leave by API V2? Asked once of each. */
export function leavesByV2(
  flow: { readonly id: string; readonly lane: Lane; readonly canary: CanaryRule | null },
  document: Chooseable,
): boolean {
  switch (flow.lane) {
    case 'observed':
    case 'shadow':
      return false;
    case 'canary':
      return flow.canary !== null && isChosen(flow.id, flow.canary, document);
    case 'v2':
    case 'closed':
      return true;
  }
}

/** Are the documents that do not leave by API V2 built and checked for it? A canary goes on learning from the others. */
export function isShadowed(lane: Lane): boolean {
  return lane === 'shadow' || lane === 'canary';
}

export function isCanaryRule(rule: CanaryRule): boolean {
  if ('services' in rule) return rule.services.length > 0 && rule.services.every((code) => code.trim() !== '');
  return rule.percentage >= 0 && rule.percentage <= 100;
}
