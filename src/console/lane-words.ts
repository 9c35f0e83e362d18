/** Lanes, ways and outcomes of the shadow, as people read them. */
import type { Lane } from '../config/migration-schema.ts';
import type { CanaryRule, LaneFlow, Way } from '../store/lanes.ts';
import { number } from './format.ts';
import type { Word } from './words.ts';

export const FLOWS = '/console/flux';

export const LANE_NAMES: Readonly<Record<Lane, string>> = {
  observed: 'Observé',
  shadow: 'Essai à blanc',
  canary: 'Rodage',
  v2: 'API V2',
  closed: 'Fermé',
};

/** What becomes of a document, in one sentence. */
export const LANE_SENTENCES: Readonly<Record<Lane, string>> = {
  observed: 'Rien ne part d’ici par l’API V2.',
  shadow: 'Chaque document est aussi préparé et vérifié pour l’API V2, sans être envoyé.',
  canary: 'Les documents choisis partent par l’API V2, les autres comme à l’essai à blanc.',
  v2: 'Tous les documents partent par l’API V2, avec l’INS qualifiée.',
  closed: 'Tous les documents partent par l’API V2 ; l’ancienne entrée refuse et dit où envoyer.',
};

const WAY_NAMES: Readonly<Record<Way, string>> = {
  hl7: 'HL7',
  'xds-v1': 'connecteur API V1 (INS-C)',
  'xds-v2': 'connecteur API V2 (TD0.0)',
};

export const OUTCOME_WORDS: Readonly<Record<'leaves' | 'waits' | 'refused', Word>> = {
  leaves: { tone: 'ok', label: 'Partirait' },
  waits: { tone: 'wait', label: 'Attendrait' },
  refused: { tone: 'bad', label: 'Serait refusé' },
};

export function canaryText(rule: CanaryRule): string {
  if ('percentage' in rule) return `${number(rule.percentage)}\u00a0% des documents`;
  return rule.services.length === 1 ? `service ${rule.services[0]}` : `services ${rule.services.join(', ')}`;
}

export function flowName({ application, facility, way }: LaneFlow): string {
  const from = facility === '*' ? '' : ` (${facility})`;
  return `${application === '*' ? 'Toute application' : application}${from}, ${WAY_NAMES[way]}`;
}
