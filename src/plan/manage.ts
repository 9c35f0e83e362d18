/** What people put into the plan: statements on what no software sees, and what the establishment aims at. */
import type { UseCaseContext } from '../queue/context.ts';
import { planRules } from '../rules/plan.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import {
  type AimRow,
  type DeclarationRow,
  declarationsOf,
  insertAim,
  insertDeclaration,
  lastAim,
  lastDeclarations,
} from '../store/plan.ts';
import { type Aim, NO_AIM } from './checks.ts';
import { isDay, today } from './day.ts';
import { DECLARED_ITEMS, DECLARED_STATES, type Declaration } from './declared.ts';

const SHOWN = 100;

export interface WantedDeclaration {
  readonly item: string;
  readonly state: string;
  /** AAAA-MM-JJ. */
  readonly onDay: string;
  readonly note: string;
  readonly attachment: string | null;
}

export async function declare(
  context: UseCaseContext,
  eg: string,
  wanted: WantedDeclaration,
  actor: string,
): Promise<Result<true>> {
  const at = context.now();
  const fault = faultOf(wanted, today(at));
  if (fault !== undefined) return refuse(planRules.declarationInvalid, { detail: fault });
  await insertDeclaration(context.pool, { eg, ...wanted, actor, at });
  return ok(true);
}

function faultOf({ item, state, onDay, note }: WantedDeclaration, now: string): string | undefined {
  if (!DECLARED_ITEMS.some((known) => known === item)) return 'point inconnu';
  if (!DECLARED_STATES.some((known) => known === state)) return 'état inconnu';
  if (!isDay(onDay)) return 'date attendue';
  if (onDay > now) return "date dans l'avenir";
  return note === '' ? 'note attendue' : undefined;
}

/** The last statement of each item. */
export async function declarationsInForce({ pool }: UseCaseContext, eg: string): Promise<Declaration[]> {
  return (await lastDeclarations(pool, eg)).flatMap(known);
}

/** Every statement, the last first. */
export async function declarationHistory({ pool }: UseCaseContext, eg: string): Promise<Declaration[]> {
  return (await declarationsOf(pool, eg, SHOWN)).flatMap(known);
}

/** An item that this version does not know any more is left out. */
function known(row: DeclarationRow): Declaration[] {
  const item = DECLARED_ITEMS.find((one) => one === row.item);
  const state = DECLARED_STATES.find((one) => one === row.state);
  return item === undefined || state === undefined ? [] : [{ ...row, item, state }];
}

export interface WantedAim {
  readonly deadline: string | null;
  readonly qualifiedPercent: number;
  readonly fedPercent: number;
  readonly reason: string;
}

export async function setAim(
  { pool, now }: UseCaseContext,
  eg: string,
  wanted: WantedAim,
  actor: string,
): Promise<Result<true>> {
  const at = now();
  const { deadline, qualifiedPercent, fedPercent, reason } = wanted;
  const isPercent = (value: number): boolean => Number.isInteger(value) && value >= 1 && value <= 100;
  if (deadline !== null && (!isDay(deadline) || deadline <= today(at)))
    return refuse(planRules.aimInvalid, { detail: 'échéance' });
  if (!isPercent(qualifiedPercent) || !isPercent(fedPercent))
    return refuse(planRules.aimInvalid, { detail: 'pourcentage' });
  if (reason === '') return refuse(planRules.aimInvalid, { detail: 'motif attendu' });
  await insertAim(pool, { eg, ...wanted, actor, at });
  return ok(true);
}

/** Everything, without a deadline, until the site chooses. */
export async function aimOf({ pool }: UseCaseContext, eg: string): Promise<Aim & Partial<AimRow>> {
  return (await lastAim(pool, eg)) ?? NO_AIM;
}
