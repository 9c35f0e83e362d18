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
  const places = new Map<string, string>();
  const placeOf = ({ eg, ej }: StoredFigure): string => {
    const known = places.get(eg);
    if (known !== undefined) return known;
    const { name = '', legalName = '' } = names.get(eg) ?? {};
    const place = cells([eg, ej, name, legalName]);
    places.set(eg, place);
    return place;
  };
  return (
    BYTE_ORDER_MARK + csvLine(titles) + figures.map((figure) => `${placeOf(figure)};${countsOf(figure)}\r\n`).join('')
  );
}

/** Cells of a line without its end. */
function cells(texts: readonly string[]): string {
  return csvLine(texts).slice(0, -2);
}

/** Three hundred thousand cells: what is a number, a month or a code of ours needs no look at each character. */
function countsOf(f: StoredFigure): string {
  const n = (value: number | string | null): number | string => value ?? '';
  const from = cells([ORIGIN_LABELS[f.origin], f.origin === 'imported' ? f.source : '']);
  const products = f.products.length === 0 ? '' : cells([f.products.map(({ key }) => key).join('|')]);
  const documents = `${n(f.added)};${n(f.addedIns)};${n(f.addedNir)};${n(f.addedInsC)};${n(f.replaced)};${n(f.deleted)}`;
  const states = `${n(f.received)};${n(f.refused)};${n(f.waiting)};${n(f.identityKind)};${n(f.activeIdentities)};${n(f.qualifiedIdentities)}`;
  return `${f.month};${from};${documents};${states};${n(f.steps)};${n(f.lastFedOn)};${products}`;
}

export function standingsCsv(rows: readonly Standing[]): string {
  const titles = [
    'finess_eg',
    'finess_ej',
    'nom',
    'raison_sociale',
    'dernier_mois',
    'origine',
    'dernier_mois_complet',
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
      text(row.addedMonth),
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
