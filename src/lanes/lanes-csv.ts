/** The flows as a file: one a line, with its lane and since when. */
import type { CanaryRule, LaneFlow } from '../store/lanes.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';

const LANE_TEXTS: Readonly<Record<LaneFlow['lane'], string>> = {
  observed: 'observé',
  shadow: 'essai à blanc',
  canary: 'rodage',
  v2: 'API V2',
  closed: 'fermé',
};

function canaryText(rule: CanaryRule | null): string {
  if (rule === null) return '';
  return 'percentage' in rule ? `${rule.percentage} %` : rule.services.join(' ');
}

export function lanesCsv(flows: readonly LaneFlow[]): string {
  const titles = ['établissement', 'application', 'structure émettrice', 'chemin', 'voie', 'rodage', 'depuis'];
  const lines = flows.map(({ eg, application, facility, way, lane, canary, since }) =>
    csvLine([eg, application, facility, way, LANE_TEXTS[lane], canaryText(canary), since.toISOString()]),
  );
  return BYTE_ORDER_MARK + [csvLine(titles), ...lines].join('');
}
