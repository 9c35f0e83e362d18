/** The whole picture as a file that a spreadsheet opens. */
import { verdictOf } from '../catalogue/index.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';
import type { Picture } from './picture.ts';

const TITLES = [
  'finess',
  'application',
  'structure',
  'declaree',
  'api',
  'produit',
  'version',
  'homologation',
  'certificat',
  'transactions',
  'identite',
  'vue_ou_deduite',
  'catalogue',
  'suite',
  'aujourd_hui',
  'mois',
  'trente_jours',
  'refuses',
  'premiere_fois',
  'derniere_fois',
];

const VERDICTS = { replace: 'à remplacer', move: 'à passer en V2 avec INS', check: 'à vérifier', done: 'compatible' };
const DECLARED = { yes: 'oui', wildcard: 'joker', no: 'non' };
const BASES = { seen: 'vue', inferred: 'déduite' };

export function observatoryCsv({ applications }: Picture): string {
  const lines = applications.flatMap(({ eg, application, facility, declared, uses }) =>
    uses.map((use) => {
      const { recognition } = use;
      return csvLine([
        ...[eg, application, facility, DECLARED[declared], use.api, use.product, use.productVersion],
        ...[use.homologations.join(' '), use.certificates.join(' '), use.transactions.join(' ')],
        use.identities.map(({ kind }) => kind).join(' '),
        use.identities.map(({ basis }) => BASES[basis]).join(' '),
        recognition === undefined ? '' : `${recognition.product.name} ${recognition.product.version}`,
        recognition === undefined ? '' : VERDICTS[verdictOf(recognition)],
        ...[use.today, use.month, use.recent, use.refused].map(String),
        ...[use.firstSeen, use.lastSeen].map((at) => at.toISOString()),
      ]);
    }),
  );
  return BYTE_ORDER_MARK + csvLine(TITLES) + lines.join('');
}
