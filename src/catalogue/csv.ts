/** The catalogue as a file that a spreadsheet opens. */
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';
import type { Product } from './product.ts';

const TITLES = [
  'identifiant',
  'api',
  'produit',
  'version',
  'autres_noms',
  'contact',
  'version_compatible',
  'lien',
  'note',
  'source',
  'date_source',
  'retire',
  'modifie_le',
  'modifie_par',
];

export function catalogueCsv(catalogue: readonly Product[]): string {
  const lines = catalogue.map((product) =>
    csvLine([
      ...[product.key, product.api, product.name, product.version, product.aliases.join(', '), product.contact],
      ...[product.compatibleVersion, product.compatibleLink, product.note, product.source, product.sourceDate],
      ...[product.retired ? 'oui' : '', product.editedAt?.toISOString() ?? '', product.editedBy ?? ''],
    ]),
  );
  return BYTE_ORDER_MARK + csvLine(TITLES) + lines.join('');
}
