/** Catalogue: products to migrate, and where each is used. */
import { may } from '../api/access.ts';
import { catalogueCsv, type Product, readCatalogue } from '../catalogue/index.ts';
import { type Picture, readPicture } from '../observatory/index.ts';
import { chip, empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { counted, number } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import { CATALOGUE, OBSERVATORY, VERDICTS } from './observatory-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

export const cataloguePages: readonly PageDefinition[] = [
  { method: 'GET', path: CATALOGUE, permission: 'catalogue.read', answer: showCatalogue },
  {
    method: 'GET',
    path: `${CATALOGUE}/export`,
    permission: 'catalogue.read',
    answer: async ({ gateway }) => ({
      kind: 'content',
      mimeType: 'text/csv; charset=utf-8',
      bytes: Buffer.from(catalogueCsv(await readCatalogue(gateway.pool))),
      saveAs: 'catalogue.csv',
    }),
  },
];

/** Applications by the product that they are recognised as. */
export function usersOf({ applications }: Picture, key: string) {
  return applications.flatMap((seen) =>
    seen.uses.filter(({ recognition }) => recognition?.product.key === key).map((use) => ({ seen, use })),
  );
}

async function showCatalogue(visit: Visit): Promise<Answer> {
  const { gateway, actor, query } = visit;
  const [catalogue, picture] = await Promise.all([readCatalogue(gateway.pool), readPicture(gateway, actor.eg)]);
  const rows = catalogue
    .map((product) => ({ product, users: usersOf(picture, product.key) }))
    .filter(({ product, users }) => isAsked(query, product, users.length));
  const present = catalogue.filter(({ key }) => usersOf(picture, key).length > 0).length;
  const lead = html`<p>${counted(catalogue.filter(({ retired }) => !retired).length, 'produit à migrer', 'produits à migrer')}, dont ${counted(present, 'vu', 'vus')} dans les échanges de cette installation. L’état d’octobre 2022 est fourni ; la région le tient à jour, et chaque modification garde son auteur et sa date.</p>`;
  const body = html`${heading('Catalogue', lead, links(visit))}
<section class="card list">${filters(visit)}${
    rows.length === 0
      ? empty('Aucun produit ne répond à ces filtres', html`<a href="${CATALOGUE}">Tout afficher</a>`)
      : productTable(rows)
  }</section>`;
  return { kind: 'page', title: 'Catalogue', section: 'migration', body };
}

function links({ actor }: Visit): HtmlValue {
  return html`<a href="/console/migration">Migration</a> · <a href="${OBSERVATORY}">Observatoire</a>${may(actor, 'catalogue.write') && actor.eg === null && html` · <a href="${CATALOGUE}/nouveau">Ajouter un produit</a>`} · <a href="${CATALOGUE}/export">Exporter (CSV)</a>`;
}

function isAsked(query: Visit['query'], product: Product, users: number): boolean {
  const words = [product.name, product.version, ...product.aliases].join(' ').toLowerCase();
  const present = query('presence');
  return (
    words.includes(query('q').toLowerCase()) &&
    (query('api') === '' || query('api') === product.api) &&
    (present === '' || (present === 'vu') === users > 0)
  );
}

const APIS = [
  { value: 'V1', label: 'API V1, à remplacer' },
  { value: 'V2', label: 'API V2 avec NIR, à passer en INS' },
];
const PRESENCES = [
  { value: 'vu', label: 'Vus ici' },
  { value: 'absent', label: 'Jamais vus ici' },
];

function filters({ query }: Visit): Html {
  const clear = ['q', 'api', 'presence'].some((name) => query(name) !== '');
  return filterForm(
    CATALOGUE,
    clear,
    html`${filterText('q', 'Produit', query('q'))}${filterSelect('api', 'API', 'Toutes', APIS, query('api'))}${filterSelect('presence', 'Dans les échanges', 'Tous', PRESENCES, query('presence'))}`,
  );
}

function productTable(
  rows: readonly { readonly product: Product; readonly users: ReturnType<typeof usersOf> }[],
): Html {
  const right = { align: 'right' } as const;
  return table(
    'Produits à migrer',
    [
      { label: 'Produit et version', wide: true },
      { label: 'À faire' },
      { label: 'Version compatible' },
      { label: 'Établissements', ...right },
      { label: 'Applications', ...right },
      { label: '30 jours', ...right },
      { label: 'Fiche' },
    ],
    rows.map(({ product, users }) => [
      html`<a class="strong" href="${CATALOGUE}/${product.key}">${product.name} ${product.version}</a>`,
      product.retired
        ? chip({ tone: 'idle', label: 'Retiré du catalogue' })
        : chip(product.api === 'V1' ? VERDICTS.replace : VERDICTS.move),
      compatibleCell(product),
      number(new Set(users.map(({ seen }) => seen.eg)).size),
      number(users.length),
      number(users.reduce((sum, { use }) => sum + use.recent, 0)),
      product.revision === 0
        ? html`<span class="mut">octobre 2022</span>`
        : counted(product.revision, 'modification', 'modifications'),
    ]),
  );
}

/** What nobody has said is unknown, and said to be. */
export function compatibleCell({ compatibleVersion, compatibleLink }: Product): HtmlValue {
  const version = compatibleVersion === '' ? html`<span class="mut">inconnue</span>` : compatibleVersion;
  return compatibleLink === ''
    ? version
    : html`${version}<br><a href="${compatibleLink}" rel="noreferrer">Versions compatibles</a>`;
}
