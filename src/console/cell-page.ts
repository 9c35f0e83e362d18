/** Identitovigilance: every list of the cell in one place, with its count and the age of its oldest. */
import { may } from '../api/access.ts';
import { dueNow } from '../identity/index.ts';
import { dueInsWork } from '../store/verification-campaigns.ts';
import { type CellGroup, type CellList, cellLists } from './cell-work.ts';
import { table } from './components.ts';
import { EVENTS } from './event-words.ts';
import { age, counted } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

const CELL = '/console/cellule';

export const cellPage: PageDefinition = { method: 'GET', path: CELL, permission: 'patients.read', answer: showCell };

const GROUPS: readonly (readonly [CellGroup, string])[] = [
  ['qualify', 'À qualifier'],
  ['differences', 'Écarts'],
  ['pairs', 'Doublons et collisions'],
  ['recalls', 'Rappels et corrections'],
  ['verification', 'Vérification des INS'],
  ['events', 'Registre'],
];

async function showCell(visit: Visit): Promise<Answer> {
  const [lists, due] = await Promise.all([cellLists(visit), dueList(visit)]);
  const all = [...lists, ...due];
  const body = html`<div id="direct-cellule" data-live>${heading('Identitovigilance', lead(visit, all))}
${GROUPS.map(([group, title]) =>
  groupCard(
    title,
    all.filter((list) => list.group === group),
    visit.now,
  ),
)}</div>`;
  return { kind: 'page', title: 'Identitovigilance', section: 'cellule', body, live: 'installation' };
}

function lead({ actor, now }: Visit, lists: readonly CellList[]): Html {
  const waiting = lists.filter(({ count }) => count > 0);
  const oldest = waiting.flatMap(({ oldest: since }) => (since === null ? [] : [since.getTime()]));
  const sentence =
    waiting.length === 0
      ? 'Rien n’attend la cellule.'
      : `${counted(waiting.length, 'liste attend', 'listes attendent')} quelqu’un, la plus ancienne ligne depuis ${age(new Date(Math.min(...oldest)), now)}.`;
  return html`<p>${sentence}</p><p class="field-actions"><a class="btn" href="/console/indicateurs">Indicateurs</a>${may(actor, 'events.report') && html` <a class="btn" href="${EVENTS}/nouveau">Enregistrer un événement indésirable</a>`}</p>`;
}

function groupCard(title: string, lists: readonly CellList[], now: Date): Html | undefined {
  if (lists.length === 0) return undefined;
  return html`<section class="card list"><h2>${title}</h2>${table(
    title,
    [
      { label: 'Liste', wide: true },
      { label: 'Combien', align: 'right' },
      { label: 'Le plus ancien', align: 'right' },
      { label: 'Ouvrir', quiet: true, align: 'right' },
    ],
    lists.map(({ title: name, remedy, count, unit, oldest, path }) => [
      html`<span class="strong">${name}</span><br><span class="mut">${remedy}</span>`,
      html`<span class="nowrap${count === 0 && ' mut'}">${counted(count, unit[0], unit[1])}</span>`,
      oldest === null ? html`<span class="mut">–</span>` : age(oldest, now),
      html`<a class="btn small" href="${path}">Ouvrir<span class="unseen"> la liste : ${name}</span></a>`,
    ]),
  )}</section>`;
}

/** Counted here only: it walks the identities that bear an INS. */
async function dueList({ gateway: { pool, config }, actor, now }: Visit): Promise<CellList[]> {
  if (config.insi === undefined || !may(actor, 'patients.settle')) return [];
  const { count, oldest } = await dueInsWork(pool, dueNow(config.insi.reverification, now));
  return [
    {
      group: 'verification',
      owner: 'aucun',
      title: 'INS à vérifier de nouveau auprès d’INSi',
      remedy: 'La campagne suivante les prend, à son allure ; une personne n’agit que sur ce qu’INSi ne confirme pas.',
      count,
      oldest,
      unit: ['identité', 'identités'],
      path: '/console/verifications',
    },
  ];
}
