/** « Preuve d’alimentation »: what was fed, by programme, month and establishment; every figure leads to its documents. */
import { may } from '../api/access.ts';
import {
  exportProof,
  FORMULAS,
  figuresCsv,
  kindLabel,
  kindOfType,
  parisDayAfter,
  parisMidnight,
  proofSigner,
  type Standing,
  situation,
} from '../proof/index.ts';
import { apiRules } from '../rules/api.ts';
import { proofRules } from '../rules/proof.ts';
import { listProofExports } from '../store/proof-exports.ts';
import type { ProofWindow } from '../store/proof-windows.ts';
import { chip, empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { counted, dateTime, day, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import {
  type AskedProof,
  address,
  askedOf,
  DESTINATIONS,
  forecastWords,
  legalEntities,
  PROOF_PATH,
  windowChoices,
} from './proof-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

const SHOWN_EXPORTS = 5;

export const proofPages: readonly PageDefinition[] = [
  { method: 'GET', path: PROOF_PATH, permission: 'proof.read', answer: showProof },
  { method: 'GET', path: `${PROOF_PATH}/chiffres`, permission: 'proof.read', audited: 'proof', answer: exportFigures },
  { method: 'GET', path: `${PROOF_PATH}/export`, permission: 'proof.export', audited: 'proof', answer: exportSigned },
];

type Found = Awaited<ReturnType<typeof situation>>;

async function showProof(visit: Visit): Promise<Answer> {
  const windows = await windowChoices(visit);
  const asked = askedOf(visit, windows);
  const good = asked !== undefined;
  const found = good ? await situation(visit.gateway.pool, { ...asked, now: visit.now }) : undefined;
  const body = html`${heading('Preuve d’alimentation', good && found !== undefined && lead(asked, found))}${
    !good && html`<p class="problem" role="alert">La période s’écrit JJ/MM/AAAA, du premier au dernier jour.</p>`
  }${filters(visit, windows)}${good && found !== undefined && html`${programmeCards(visit, found)}${monthCard(visit, asked, found)}${placeCard(visit, found)}${await exportCard(visit, asked)}`}`;
  const page = { kind: 'page', title: 'Preuve d’alimentation', section: 'preuve', body } as const;
  return good ? page : { ...page, status: apiRules.invalidRequest.http };
}

function lead({ from, to, window }: AskedProof, { cells, counted: reached }: Found): Html {
  const sum = (of: (cell: Found['cells'][number]) => boolean) =>
    cells.filter(of).reduce((all, { documents }) => all + documents, 0);
  const fed = sum(({ destination, qualified }) => destination === 'DMP' && qualified);
  const mails = sum(({ destination, qualified }) => destination !== 'DMP' && qualified);
  const without = sum(({ qualified }) => !qualified);
  const late = reached.sealed - reached.position;
  return html`<p>${counted(fed, 'document accepté', 'documents acceptés')} par le DMP et ${counted(mails, 'envoi MSSanté', 'envois MSSanté')} sous INS qualifiée, du ${day(from)} au ${day(new Date(to.getTime() - 1))}${window !== undefined && html` (${window.name})`}.</p>
<p class="mut">Comptés dans le registre scellé, jusqu’au maillon ${number(reached.position)}${late > 0 ? html` ; ${counted(late, 'maillon reste', 'maillons restent')} à compter` : html`, le dernier`}. Un remplacement ne compte pas deux fois, ce qui a été supprimé ne compte plus.${without > 0 && html` Sans INS qualifiée, hors de tout chiffre : ${counted(without, 'envoi', 'envois')} à des professionnels.`}</p>`;
}

function filters(visit: Visit, windows: readonly ProofWindow[]): Html {
  const { query, gateway, actor } = visit;
  const filtered = ['fenetre', 'du', 'au', 'ej', 'etablissement'].some((name) => query(name) !== '');
  const named = windows.map(({ id, programme, name, ej }) => ({ value: id, label: `${programme} · ${name} · ${ej}` }));
  return filterForm(
    PROOF_PATH,
    filtered,
    html`${filterSelect('fenetre', 'Fenêtre', 'Période libre', named, query('fenetre'))}${filterText('du', 'Du', query('du'), 'JJ/MM/AAAA')}${filterText('au', 'Au', query('au'), 'JJ/MM/AAAA')}
${filterSelect('ej', 'Entité juridique', 'Toutes', legalEntities(visit), query('ej'))}${filterSelect('etablissement', 'Établissement', 'Tous', establishmentChoices(gateway.config, actor.eg), query('etablissement'))}`,
  );
}

/** A figure leads to its documents, for whoever may see them. */
function figure(visit: Visit, value: number, what: string, changed: Readonly<Record<string, string>>): Html | string {
  if (value === 0 || !may(visit.actor, 'proof.export')) return number(value);
  return html`<a href="${address(visit, `${PROOF_PATH}/documents`, changed)}">${number(value)}<span class="unseen"> documents : ${what}</span></a>`;
}

function programmeCards(visit: Visit, { standings }: Found): Html[] {
  return [...Map.groupBy(standings, ({ formula }) => formula.programme)].map(
    ([programme, group]) =>
      html`<section class="card list"><h2>${programme}</h2>${table(
        `${programme} : objectifs et documents comptés`,
        [
          { label: 'Objectif', wide: true },
          { label: 'Documents', align: 'right' },
          { label: 'Seuil saisi' },
          { label: 'À la fin de la fenêtre' },
        ],
        group.map((standing) => [
          html`<span class="strong">${standing.formula.objective}</span><br><span class="mut">${standing.formula.unknown}</span>`,
          figure(visit, standing.documents, standing.formula.objective, { formule: standing.formula.id }),
          threshold(standing),
          standing.forecast === undefined
            ? html`<span class="mut">Choisir une fenêtre</span>`
            : forecastWords(standing.forecast),
        ]),
      )}<p class="mut">${group[0]?.formula.source}. Formules version ${group[0]?.formula.version}, du ${frenchDay(group[0]?.formula.dated ?? '')}.${
        programme === 'HOP’EN 2' &&
        html` Huitième objectif, le taux de qualification de l’INS : <a href="/console/indicateurs">Indicateurs</a>.`
      }</p></section>`,
  );
}

function frenchDay(iso: string): string {
  return iso.split('-').toReversed().join('/');
}

/** Never « atteint » without a threshold that somebody entered with its source. */
function threshold({ threshold: entered, reached }: Standing): Html | string {
  if (entered === undefined) return html`<span class="mut">Aucun : comptage seul</span>`;
  const word =
    reached === true
      ? ({ tone: 'ok', label: 'Seuil saisi atteint' } as const)
      : ({ tone: 'wait', label: 'Seuil saisi non atteint' } as const);
  return html`${number(entered.documents)} ${chip(word)}<br><span class="mut">${entered.source}</span>`;
}

function monthCard(visit: Visit, asked: AskedProof, { cells }: Found): Html {
  const fed = cells.filter(({ destination, qualified }) => destination === 'DMP' && qualified);
  const kinds = [...new Set(fed.map(({ typeCode }) => kindOfType(typeCode)))];
  const months = [...Map.groupBy(fed, ({ month }) => month)].toSorted(([a], [b]) => (a < b ? 1 : -1));
  const total = (rows: typeof fed) => rows.reduce((sum, { documents }) => sum + documents, 0);
  const head = [{ label: 'Mois' }, { label: 'Tous', align: 'right' }] as const;
  const none =
    'Les documents paraissent ici une seconde ou deux après leur acceptation par le DMP ; changer la période pour en voir d’autres.';
  return html`<section class="card list"><h2>Au DMP, par mois</h2>${
    months.length === 0
      ? empty('Aucun document accepté sur la période', none)
      : table(
          'Documents au DMP sous INS qualifiée, par mois et par domaine',
          [...head, ...kinds.map((kind) => ({ label: kindLabel(kind), align: 'right' }) as const)],
          months.map(([month, rows]) => {
            const label = month.split('-').toReversed().join('/');
            const place = { ...within(asked, month), destination: 'DMP' };
            return [
              label,
              figure(visit, total(rows), label, place),
              ...kinds.map((kind) => {
                const value = total(rows.filter(({ typeCode }) => kindOfType(typeCode) === kind));
                return figure(visit, value, `${label}, ${kindLabel(kind)}`, { ...place, domaine: kind });
              }),
            ];
          }),
        )
  }</section>`;
}

/** The days of a month that the period holds. */
function within({ from, to, window }: AskedProof, month: string): Record<string, string> {
  const first = parisMidnight(`${month}-01`);
  const next = parisDayAfter(`${month}-${lastDayOf(month)}`);
  const start = first < from ? from : first;
  const end = new Date((next > to ? to : next).getTime() - 1);
  return { fenetre: '', du: day(start), au: day(end), ...(window !== undefined && { ej: window.ej }) };
}

function lastDayOf(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return String(new Date(Date.UTC(year, number, 0)).getUTCDate());
}

function placeCard(visit: Visit, { cells }: Found): Html | undefined {
  const counts = cells.filter(({ qualified }) => qualified);
  if (counts.length === 0) return undefined;
  const destinations = Object.entries(DESTINATIONS);
  const places = [...Map.groupBy(counts, ({ ej, eg }) => `${ej} ${eg}`).values()];
  return html`<section class="card list"><h2>Par établissement</h2>${table(
    'Documents sous INS qualifiée, par établissement et destination',
    [
      { label: 'Établissement', wide: true },
      ...destinations.map(([, label]) => ({ label, align: 'right' }) as const),
      { label: 'Retirés', align: 'right' },
    ],
    places.map((rows) => {
      const { ej = '', eg = '' } = rows[0] ?? {};
      const of = (destination: string) =>
        rows.filter((row) => row.destination === destination).reduce((sum, { documents }) => sum + documents, 0);
      const gone = rows.reduce((sum, { ended }) => sum + ended, 0);
      return [
        html`<span class="strong">${establishmentName(visit.gateway.config, eg)}</span><br><span class="mut">EG ${eg}, EJ ${ej}</span>`,
        ...destinations.map(([destination, label]) =>
          figure(visit, of(destination), `${eg}, ${label}`, { etablissement: eg, destination, qualifiee: 'oui' }),
        ),
        figure(visit, gone, 'retirés', { etablissement: eg, retires: 'oui' }),
      ];
    }),
  )}</section>`;
}

async function exportCard(visit: Visit, { from, to }: AskedProof): Promise<Html> {
  const figures = html`<a class="btn" href="${address(visit, `${PROOF_PATH}/chiffres`)}">Chiffres (CSV)</a>`;
  const windows = html`<a class="btn" href="${PROOF_PATH}/fenetres">Fenêtres et seuils</a>`;
  if (!may(visit.actor, 'proof.export') || visit.actor.eg !== null)
    return html`<section class="card"><h2>Emporter</h2><p class="field-actions">${figures}${windows}</p></section>`;
  const published = await listProofExports(visit.gateway.pool, SHOWN_EXPORTS);
  return html`<section class="card list"><h2>Emporter</h2><p>Un export signé prouve ces chiffres à qui ne nous connaît pas : il porte chaque maillon, du ${day(from)} au dernier scellé, sans aucun trait de patient. Il se vérifie par <code>traitdunion proof verify</code>, ou avec OpenSSL et Python comme il l’explique.</p>
<p class="field-actions"><a class="btn main" href="${address(visit, `${PROOF_PATH}/export`)}">Export signé (ZIP)</a>${figures}<a class="btn" href="${address(visit, `${PROOF_PATH}/documents`, { du: day(from), au: day(new Date(to.getTime() - 1)) })}">Documents</a>${windows}</p>${
    published.length > 0 &&
    table(
      'Derniers exports signés',
      [
        { label: 'Produit le' },
        { label: 'Par' },
        { label: 'Période' },
        { label: 'Dernier maillon', align: 'right' },
        { label: 'Empreinte du maillon', wide: true },
      ],
      published.map(({ at, actor, from: start, to: end, lastPosition, lastHash }) => [
        dateTime(at),
        actor.replace(/^\w+:/, ''),
        `${day(start)} – ${day(new Date(end.getTime() - 1))}`,
        number(lastPosition),
        html`<code>${lastHash.slice(0, 16)}…</code>`,
      ]),
    )
  }</section>`;
}

async function exportFigures(visit: Visit): Promise<Answer> {
  const asked = askedOf(visit, await windowChoices(visit));
  if (asked === undefined) return { kind: 'refused', refusal: { rule: apiRules.invalidRequest, detail: 'période' } };
  const { figures } = await situation(visit.gateway.pool, { ...asked, now: visit.now });
  const programmes = FORMULAS.filter(
    ({ programme }) => asked.window === undefined || programme === asked.window.programme,
  );
  const kept = figures.filter(({ formula }) => programmes.some(({ id }) => id === formula));
  const bytes = Buffer.from(figuresCsv(kept), 'utf8');
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes, saveAs: 'preuve-chiffres.csv' };
}

async function exportSigned(visit: Visit): Promise<Answer> {
  const { gateway, actor } = visit;
  // The chain is one for the whole installation.
  if (actor.eg !== null) return { kind: 'refused', refusal: { rule: proofRules.wholeChainOnly } };
  const asked = askedOf(visit, await windowChoices(visit));
  if (asked === undefined) return { kind: 'refused', refusal: { rule: apiRules.invalidRequest, detail: 'période' } };
  const order = { actor: actor.name, ej: asked.ej ?? null, eg: asked.eg ?? null, from: asked.from, to: asked.to };
  const made = await exportProof(gateway, order, () => proofSigner(gateway));
  if (!made.ok) return { kind: 'refused', refusal: made.refusal };
  return { kind: 'stream', mimeType: 'application/zip', chunks: made.value.bytes, saveAs: made.value.name };
}
