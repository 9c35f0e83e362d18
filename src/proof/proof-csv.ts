/** The figures and the documents behind them, as files: no trait of a patient in either. */
import type { ProvedDocument } from '../store/proof-counts.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';
import { kindLabel, kindOfType } from './document-kinds.ts';
import type { Figure } from './formulas.ts';
import { FORMULAS } from './formulas.ts';

export function figuresCsv(figures: readonly Figure[]): string {
  const titles = [
    'programme',
    'objectif',
    'formule',
    'version',
    'EJ',
    'EG',
    'mois',
    'documents',
    'source',
    'non connu',
  ];
  const lines = figures.map(({ formula: id, ej, eg, month, documents }) => {
    const formula = FORMULAS.find((each) => each.id === id);
    const said = [formula?.programme, formula?.objective, id, formula?.version].map((text) => text ?? '');
    return csvLine([...said, ej, eg, month, String(documents), formula?.source ?? '', formula?.unknown ?? '']);
  });
  return BYTE_ORDER_MARK + [csvLine(titles), ...lines].join('');
}

export function documentsCsvHead(): string {
  return (
    BYTE_ORDER_MARK +
    csvLine([
      'identifiant unique',
      'destination',
      'EJ',
      'EG',
      'première acceptation',
      'type',
      'domaine',
      'INS qualifiée',
      'versions',
      'fin',
      'lot ou message',
      'SHA-1 de la première version',
      'maillon',
      'empreinte du maillon',
    ])
  );
}

export function documentsCsvLine(document: ProvedDocument): string {
  const { uniqueId, destination, ej, eg, at, typeCode, qualified, versions, ended, endedAt } = document;
  return csvLine([
    uniqueId,
    destination,
    ej,
    eg,
    at.toISOString(),
    typeCode,
    kindLabel(kindOfType(typeCode)),
    qualified ? 'oui' : 'non',
    String(versions),
    ended === null ? '' : `${ended} ${endedAt?.toISOString() ?? ''}`,
    document.submissionUniqueId,
    document.documentSha1,
    String(document.position),
    document.hash,
  ]);
}
