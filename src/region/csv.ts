/** The region as files: one line an establishment and month, or one line an establishment. Counts only. */
import type { FigureOrigin, NamedEstablishment, StoredFigure } from '../store/region-figures.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';
import type { Standing } from './overview.ts';

export const ORIGIN_LABELS: Readonly<Record<FigureOrigin, string>> = {
  own: 'calculé ici',
  pushed: 'transmis par l’installation',
  imported: 'importé',
};

const text = (value: number | string | null): string => (value === null ? '' : String(value));

/** An export is a file that `import` reads, with more columns. */
export function figuresCsv(
  figures: readonly StoredFigure[],
  names: ReadonlyMap<string, Pick<NamedEstablishment, 'name' | 'legalName'>>,
): string {
  const titles = [
    'finess_eg',
    'finess_ej',
    'nom',
    'raison_sociale',
    'mois',
    'origine',
    'source',
    'documents',
    'documents_ins',
    'documents_nir',
    'documents_insc',
    'remplaces',
    'supprimes',
    'recus',
    'refuses',
    'en_attente',
    'nature_identite',
    'identites_actives',
    'identites_qualifiees',
    'etapes',
    'dernier_document',
    'produits',
  ];
  const lines = figures.map((figure) =>
    csvLine([
      figure.eg,
      figure.ej,
      names.get(figure.eg)?.name ?? '',
      names.get(figure.eg)?.legalName ?? '',
      figure.month,
      ORIGIN_LABELS[figure.origin],
      figure.origin === 'imported' ? figure.source : '',
      ...[figure.added, figure.addedIns, figure.addedNir, figure.addedInsC].map(text),
      ...[figure.replaced, figure.deleted, figure.received, figure.refused, figure.waiting].map(text),
      text(figure.identityKind),
      ...[figure.activeIdentities, figure.qualifiedIdentities, figure.steps, figure.lastFedOn].map(text),
      figure.products.map(({ key }) => key).join('|'),
    ]),
  );
  return BYTE_ORDER_MARK + [csvLine(titles), ...lines].join('');
}

export function standingsCsv(rows: readonly Standing[]): string {
  const titles = [
    'finess_eg',
    'finess_ej',
    'nom',
    'raison_sociale',
    'dernier_mois',
    'origine',
    'documents_dernier_mois_complet',
    'nature_identite',
    'taux_qualifie',
    'etapes',
    'produits',
    'vigilance',
    'blocage_1',
    'blocage_2',
    'blocage_3',
  ];
  const lines = rows.map((row) =>
    csvLine([
      row.eg,
      row.ej,
      row.name,
      row.legalName,
      text(row.last?.month ?? null),
      row.origin === null ? '' : ORIGIN_LABELS[row.origin],
      text(row.added),
      text(row.identityKind),
      row.qualifiedRate === null ? '' : (100 * row.qualifiedRate).toFixed(1).replace('.', ','),
      text(row.steps),
      row.products.join('|'),
      row.risks.map(({ rule, detail }) => `${rule.id} ${detail}`).join(' | '),
      ...[0, 1, 2].map((index) => row.blocking[index]?.what ?? ''),
    ]),
  );
  return BYTE_ORDER_MARK + [csvLine(titles), ...lines].join('');
}
