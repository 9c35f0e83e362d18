/** Adoption of the templates, month by month, as a file. */
import type { TemplateMonth } from '../store/template-audits.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';

export function adoptionCsv(rows: readonly TemplateMonth[]): string {
  const titles = ['établissement', 'modèle', 'logiciel', 'mois', 'documents', 'documents justes', 'taux (%)'];
  const pages = ['pages examinées', 'pages au symbole juste', 'taux des pages (%)'];
  const share = (part: number, whole: number): string => ((100 * part) / whole).toFixed(1).replace('.', ',');
  const lines = rows.map((row) =>
    csvLine([
      ...[row.eg, row.template, row.software, row.month],
      ...[String(row.documents), String(row.documentsRight), share(row.documentsRight, row.documents)],
      ...[String(row.pages), String(row.pagesRight), share(row.pagesRight, row.pages)],
    ]),
  );
  return BYTE_ORDER_MARK + [csvLine([...titles, ...pages]), ...lines].join('');
}
