/** What stands against the next lane of a flow, from evidence. Pure: each reason is a rule, with what proves it. */
import type { Lane } from '../config/migration-schema.ts';
import { laneRules } from '../rules/lanes.ts';
import type { Rule } from '../rules/rule.ts';

export interface LaneThresholds {
  readonly shadowDocuments: number;
  readonly refusedPercent: number;
  readonly qualifiedPercent: number;
}

export interface Evidence {
  readonly dmp: 'declared' | 'undeclared';
  readonly homologation: 'present' | 'absent' | 'demonstration';
  /** What is wrong with the certificates of the DMP; empty when nothing is. */
  readonly certificateFaults: readonly string[];
  readonly documents: number;
  readonly qualified: number;
  /** Type and number of documents, as `11490-0 (3)`. */
  readonly typesNotFeedable: readonly string[];
  readonly unmapped: readonly string[];
  readonly shadow: { readonly checked: number; readonly refused: number };
  /** Does the gateway stamp what the application prints? Then its own DataMatrix is not asked for. */
  readonly stamped: boolean;
  readonly templates: { readonly audited: number; readonly wrong: readonly string[] };
  readonly onTheirWay: number;
  readonly waiting: number;
  /** Documents that left by the old way within the days that are to be quiet. */
  readonly lately: number;
}

export interface Reason {
  readonly rule: Rule;
  readonly detail: string;
  /** Nobody may set it aside: what would leave would be refused, or lost. */
  readonly absolute: boolean;
}

export function reasonsAgainst(to: Lane, evidence: Evidence, thresholds: LaneThresholds): Reason[] {
  switch (to) {
    case 'observed':
    case 'shadow':
      return [];
    case 'canary':
    case 'v2':
      return [...accessReasons(evidence), ...documentReasons(evidence, thresholds)];
    case 'closed':
      return closingReasons(evidence);
  }
}

function accessReasons({ dmp, homologation, certificateFaults }: Evidence): Reason[] {
  const absolute = true;
  if (dmp === 'undeclared') return [{ rule: laneRules.noDmp, detail: 'bloc « dmp » absent', absolute }];
  const homologated = homologation === 'present';
  const numberSaid = homologation === 'absent' ? 'aucun numéro' : 'numéro de démonstration';
  return [
    ...(homologated ? [] : [{ rule: laneRules.noHomologation, detail: numberSaid, absolute }]),
    ...certificateFaults.map((detail) => ({ rule: laneRules.certificates, detail, absolute })),
  ];
}

function documentReasons(evidence: Evidence, { shadowDocuments, refusedPercent, qualifiedPercent }: LaneThresholds) {
  const { documents, qualified, typesNotFeedable, unmapped, shadow, stamped, templates } = evidence;
  const reasons: Reason[] = [];
  const add = (rule: Rule, detail: string): unknown => reasons.push({ rule, detail, absolute: false });
  if (!stamped && templates.wrong.length > 0) add(laneRules.dataMatrixWrong, templates.wrong.join(', '));
  else if (!stamped && templates.audited === 0) add(laneRules.dataMatrixUnproved, 'aucun modèle audité');
  if (documents === 0) add(laneRules.identitiesUnseen, 'aucun document');
  else if (percent(qualified, documents) < qualifiedPercent)
    add(laneRules.identities, `${share(qualified, documents)} qualifiés, ${qualifiedPercent} % attendus`);
  if (typesNotFeedable.length > 0) add(laneRules.typesNotFeedable, typesNotFeedable.join(', '));
  if (unmapped.length > 0) add(laneRules.unmapped, unmapped.join(', '));
  if (shadow.checked < shadowDocuments)
    add(laneRules.shadowTooShort, `${shadow.checked} documents vérifiés, ${shadowDocuments} attendus`);
  if (shadow.checked > 0 && percent(shadow.refused, shadow.checked) > refusedPercent)
    add(laneRules.shadowRefusals, `${share(shadow.refused, shadow.checked)} refusés, ${refusedPercent} % admis`);
  return reasons;
}

function closingReasons({ onTheirWay, waiting, lately }: Evidence): Reason[] {
  const pending = onTheirWay + waiting;
  return [
    ...(pending > 0 ? [{ rule: laneRules.onTheirWay, detail: `${pending} en chemin`, absolute: true }] : []),
    ...(lately > 0 ? [{ rule: laneRules.stillUsed, detail: `${lately} récemment`, absolute: false }] : []),
  ];
}

function percent(part: number, whole: number): number {
  return (100 * part) / whole;
}

function share(part: number, whole: number): string {
  return `${Math.floor(percent(part, whole))} % (${part} sur ${whole})`;
}
