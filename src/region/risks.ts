/** Establishments at risk: rules as data, each with a threshold that the region sets; pure. */
import type { UseCaseContext } from '../queue/context.ts';
import { regionRules } from '../rules/region.ts';
import { ok, type Result, type Rule, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import { addAudit } from '../store/proofs.ts';
import type { IdentityKind, StoredFigure } from '../store/region-figures.ts';
import { putRiskSetting, riskSettings } from '../store/region-imports.ts';
import { monthAfter, monthOf, startOfMonth } from './month.ts';

/** Months that the rules look back at, the present one included. */
export const LOOKED_BACK = 6;
const DAY_MS = 86_400_000;

interface RiskRule {
  readonly rule: Rule;
  /** What the threshold is, in French; none where there is nothing to set. */
  readonly unit: string | null;
  readonly threshold: number;
  readonly least: number;
  readonly most: number;
  /** Why this establishment is at risk, in French; undefined when it is not. Months come from the last one back. */
  readonly look: (figures: readonly StoredFigure[], threshold: number, now: Date) => string | undefined;
}

const KINDS: Readonly<Record<IdentityKind, string>> = { INS: 'INS qualifiée', NIR: 'NIR (TD0.0)', 'INS-C': 'INS-C' };

/** Thresholds are ours, to start from: no official text gives one. */
export const RISK_RULES = {
  'no-feed': {
    rule: regionRules.noFeed,
    unit: 'jours sans document',
    threshold: 30,
    least: 1,
    most: 1_000,
    look: (figures, days, now) => {
      const last = lastFed(figures);
      if (last === undefined) return figures.some(({ added }) => added === 0) ? 'aucun document connu' : undefined;
      const silent = Math.floor((now.getTime() - last.getTime()) / DAY_MS);
      return silent >= days ? `dernier document il y a ${silent} jours` : undefined;
    },
  },
  'old-identity': {
    rule: regionRules.oldIdentity,
    unit: null,
    threshold: 0,
    least: 0,
    most: 0,
    look: (figures) => {
      const kind = figures.find(({ identityKind }) => identityKind !== null)?.identityKind ?? null;
      return kind === null || kind === 'INS' ? undefined : `alimente sous ${KINDS[kind]}`;
    },
  },
  'qualified-rate-falls': {
    rule: regionRules.qualifiedRateFalls,
    unit: 'points perdus d’un mois sur l’autre',
    threshold: 5,
    least: 1,
    most: 100,
    look: (figures, points) => {
      const [last, before] = figures.flatMap((figure) => qualifiedRate(figure) ?? []);
      if (last === undefined || before === undefined || before - last < points) return undefined;
      return `de ${round(before)} à ${round(last)} %`;
    },
  },
  'feed-falls': {
    rule: regionRules.feedFalls,
    unit: '% de documents en moins',
    threshold: 50,
    least: 1,
    most: 100,
    look: (figures, percent, now) => {
      const present = monthOf(now);
      const of = (back: number): number | undefined =>
        figures.find(({ month }) => month === monthAfter(present, -back))?.added ?? undefined;
      const [last, ...before] = [of(1), of(2), of(3), of(4)];
      const known = before.filter((added) => added !== undefined);
      if (last === undefined || known.length < before.length) return undefined;
      const mean = known.reduce((sum, added) => sum + added, 0) / known.length;
      if (mean === 0 || last > mean * (1 - percent / 100)) return undefined;
      return `${last} documents, ${round(mean)} en moyenne avant`;
    },
  },
  'refusals-high': {
    rule: regionRules.refusalsHigh,
    unit: '% de documents refusés',
    threshold: 20,
    least: 1,
    most: 100,
    look: (figures, percent) => {
      const last = figures.find(({ received }) => (received ?? 0) > 0);
      if (last === undefined || last.refused === null || last.received === null) return undefined;
      const share = (100 * last.refused) / last.received;
      return share >= percent ? `${last.refused} sur ${last.received} en ${last.month}` : undefined;
    },
  },
  'no-counts': {
    rule: regionRules.noCounts,
    unit: 'jours sans comptage',
    threshold: 7,
    least: 1,
    most: 1_000,
    look: (figures, days, now) => {
      const [last] = figures;
      if (last?.origin !== 'pushed') return undefined;
      const newest = Math.max(...figures.map(({ receivedAt }) => receivedAt.getTime()));
      const silent = Math.floor((now.getTime() - newest) / DAY_MS);
      return silent >= days ? `derniers comptages reçus il y a ${silent} jours` : undefined;
    },
  },
} as const satisfies Record<string, RiskRule>;

export type RiskKind = keyof typeof RISK_RULES;
export const RISK_KINDS = Object.keys(RISK_RULES) as readonly RiskKind[];

export function isRiskKind(text: string): text is RiskKind {
  return Object.hasOwn(RISK_RULES, text);
}

function round(value: number): string {
  return (Math.round(value * 10) / 10).toString().replace('.', ',');
}

/** To the day where it is known, else the end of the last month with a document. */
function lastFed(figures: readonly StoredFigure[]): Date | undefined {
  const last = figures.find(({ added, lastFedOn }) => lastFedOn !== null || (added ?? 0) > 0);
  if (last === undefined) return undefined;
  return last.lastFedOn === null ? startOfMonth(monthAfter(last.month)) : new Date(`${last.lastFedOn}T12:00:00Z`);
}

function qualifiedRate({ activeIdentities, qualifiedIdentities }: StoredFigure): number | undefined {
  if (activeIdentities === null || activeIdentities === 0 || qualifiedIdentities === null) return undefined;
  return (100 * qualifiedIdentities) / activeIdentities;
}

export interface RiskSettings {
  readonly kind: RiskKind;
  readonly enabled: boolean;
  readonly threshold: number;
  readonly changedBy: string | null;
  readonly changedAt: Date | null;
}

export interface Risk {
  readonly kind: RiskKind;
  readonly rule: Rule;
  readonly detail: string;
}

/** `figures`: those of one establishment, from its last month back. */
export function risksOf(figures: readonly StoredFigure[], settings: readonly RiskSettings[], now: Date): Risk[] {
  return settings.flatMap(({ kind, enabled, threshold }) => {
    const { rule, look }: RiskRule = RISK_RULES[kind];
    const detail = enabled ? look(figures, threshold, now) : undefined;
    return detail === undefined ? [] : [{ kind, rule, detail }];
  });
}

/** Every rule, as the region set it or as it comes. */
export async function riskRulesInForce({ pool }: Pick<UseCaseContext, 'pool'>): Promise<RiskSettings[]> {
  const set = new Map((await riskSettings(pool)).map((row) => [row.kind, row]));
  return RISK_KINDS.map((kind) => {
    const row = set.get(kind);
    return {
      kind,
      enabled: row?.enabled ?? true,
      threshold: row?.threshold ?? RISK_RULES[kind].threshold,
      changedBy: row?.changedBy ?? null,
      changedAt: row?.changedAt ?? null,
    };
  });
}

export async function setRiskRule(
  { pool, now }: UseCaseContext,
  asked: { readonly kind: RiskKind; readonly enabled: boolean; readonly threshold: number },
  actor: { readonly name: string; readonly role: string },
): Promise<Result<RiskSettings>> {
  const { least, most }: RiskRule = RISK_RULES[asked.kind];
  if (!Number.isInteger(asked.threshold) || asked.threshold < least || asked.threshold > most)
    return refuse(regionRules.unfitThreshold, { detail: `de ${least} à ${most}` });
  const row = { ...asked, changedBy: actor.name, changedAt: now() };
  await transaction(pool, async (tx) => {
    await putRiskSetting(tx, row);
    const about = { action: 'region risk rule set', subject: `risk-rule:${asked.kind}`, reason: null, outcome: 'done' };
    await addAudit(tx, { at: row.changedAt, actor: actor.name, role: actor.role, ...about });
  });
  return ok(row);
}
