/** Windows and thresholds, entered by a person with where they were read: nothing is supposed (practice: never « atteint »). */
import type { UseCaseContext } from '../queue/context.ts';
import { proofRules } from '../rules/proof.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { insertWindow, listWindows, type ProofWindow, setThreshold } from '../store/proof-windows.ts';
import { FORMULAS } from './formulas.ts';

export interface WindowOrder extends Omit<ProofWindow, 'id' | 'at'> {}

const LONGEST = 300;

export async function enterWindow(context: UseCaseContext, order: WindowOrder): Promise<Result<ProofWindow>> {
  const fault = faultOf(context, order);
  if (fault !== undefined) return refuse(proofRules.unknownWindow, { detail: fault });
  const window = { ...order, id: context.newUuid(), at: context.now() };
  const entered = await insertWindow(context.pool, window);
  return entered ? ok(window) : refuse(proofRules.unknownWindow, { detail: 'ce nom est déjà pris' });
}

function faultOf({ config }: UseCaseContext, { programme, ej, name, firstDay, lastDay, source }: WindowOrder) {
  if (!FORMULAS.some((formula) => formula.programme === programme)) return 'programme';
  if (!config.legalEntities.some(({ finess }) => finess === ej)) return 'EJ';
  if (name.trim() === '' || name.length > LONGEST) return 'nom';
  if (!isDay(firstDay) || !isDay(lastDay) || lastDay < firstDay) return 'premier et dernier jours';
  return source.trim() === '' || source.length > LONGEST ? 'source' : undefined;
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T12:00:00Z`);
  return /^2\d{3}-\d\d-\d\d$/.test(text) && !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

export interface ThresholdOrder {
  readonly windowId: string;
  readonly formula: string;
  readonly documents: number;
  readonly source: string;
  readonly actor: string;
}

export async function enterThreshold(context: UseCaseContext, order: ThresholdOrder): Promise<Result<undefined>> {
  const { windowId, formula, documents, source } = order;
  const window = (await listWindows(context.pool)).find(({ id }) => id === windowId);
  const known = FORMULAS.some(({ id, programme }) => id === formula && programme === window?.programme);
  const whole = Number.isSafeInteger(documents) && documents > 0;
  if (window === undefined || !known) return refuse(proofRules.unknownWindow, { detail: 'fenêtre et formule' });
  if (!whole) return refuse(proofRules.unknownWindow, { detail: 'nombre' });
  if (source.trim() === '' || source.length > LONGEST) return refuse(proofRules.unknownWindow, { detail: 'source' });
  await setThreshold(context.pool, { ...order, at: context.now() });
  return ok(undefined);
}
