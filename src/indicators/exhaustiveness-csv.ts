/** Exhaustiveness as files: one line a unit and day; or one line a stay without its document, without any patient trait. */
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';
import type { JudgedStay, Outcome, UnitDay } from './exhaustiveness.ts';

export const OUTCOME_LABELS: Readonly<Record<Outcome, string>> = {
  fed: 'document au DMP',
  waiting: 'document en attente',
  refused: 'document refusé',
  ended: 'document non transmissible',
  missing: 'aucun document',
  'not-due': 'aucun document, pas encore en retard',
};

export function exhaustivenessCsv(rows: readonly UnitDay[]): string {
  const titles = [
    'établissement',
    'unité',
    'jour de sortie',
    'séjours',
    'au DMP',
    'en attente',
    'refusés',
    'non transmissibles',
    'sans document',
    'pas encore en retard',
    'taux (%)',
  ];
  const lines = rows.map(({ eg, unit, day, stays, fed, waiting, refused, ended, missing, notDue }) =>
    csvLine([
      eg,
      unit ?? '',
      day,
      ...[stays, fed, waiting, refused, ended, missing, notDue].map(String),
      ((100 * fed) / stays).toFixed(1).replace('.', ','),
    ]),
  );
  return BYTE_ORDER_MARK + [csvLine(titles), ...lines].join('');
}

export function staysCsv(rows: readonly JudgedStay[]): string {
  const titles = ['établissement', 'unité', 'venue', 'classe', 'entrée', 'sortie', 'situation', 'règle', 'document'];
  const lines = rows.map((stay) =>
    csvLine([
      stay.eg,
      stay.unit ?? '',
      stay.number,
      stay.patientClass ?? '',
      stay.admittedAt?.toISOString() ?? '',
      stay.dischargedAt.toISOString(),
      OUTCOME_LABELS[stay.outcome],
      stay.ruleId ?? '',
      stay.documentId ?? '',
    ]),
  );
  return BYTE_ORDER_MARK + [csvLine(titles), ...lines].join('');
}
