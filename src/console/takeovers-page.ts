/** Reprises : what was taken over from a former identity repository, and the report of what differs. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { apiRules } from '../rules/api.ts';
import { listTakeovers, type Takeover, takeoverById } from '../store/takeovers.ts';
import { reportOf } from '../takeover/index.ts';
import { chip, empty, table } from './components.ts';
import { dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName } from './words.ts';

const SHOWN = 100;

export const takeoverPages: readonly PageDefinition[] = [
  { method: 'GET', path: '/console/reprises', permission: 'patients.takeover', answer: showTakeovers },
  {
    method: 'GET',
    path: '/console/reprises/:id/rapport',
    permission: 'patients.takeover',
    audited: 'patients',
    answer: report,
  },
];

async function showTakeovers({ gateway }: Visit): Promise<Answer> {
  const takeovers = await listTakeovers(gateway.pool, SHOWN);
  const body = html`${heading(
    'Reprises d’un référentiel d’identités',
    html`<p>Une base reprise ne donne jamais d’INS : chaque identité contrôlée est de nouveau demandée à INSi. Les NIR qu’elle contenait sont comparés, puis oubliés.</p>`,
    html`<a href="/console/patients">Patients</a>`,
  )}
<section class="card list" id="direct-reprises" data-live>${
    takeovers.length === 0
      ? empty(
          'Aucune reprise',
          html`La commande <code>traitdunion import reprise</code> charge un fichier CSV ou des messages A28. Ses comptes et son rapport d’écarts apparaîtront ici.`,
        )
      : takeoverTable(takeovers)
  }</section>`;
  return { kind: 'page', title: 'Reprises', section: 'patients', body, live: 'installation' };
}

function takeoverTable(takeovers: readonly Takeover[]): Html {
  return table(
    'Reprises, de la plus récente à la plus ancienne',
    [
      { label: 'Fichier', wide: true },
      { label: 'État' },
      { label: 'Lignes', align: 'right' },
      { label: 'Créées', align: 'right' },
      { label: 'Connues', align: 'right' },
      { label: 'Rejetées', align: 'right' },
      { label: 'NIR comparés', align: 'right' },
      { label: 'À examiner', align: 'right' },
      { label: 'Rapport', quiet: true },
    ],
    takeovers.map((takeover) => [
      html`<span class="strong">${takeover.name}</span><br><span class="mut">${dateTime(takeover.createdAt)} · ${actorName(takeover.createdBy)}</span>`,
      chip(takeover.endedAt === null ? { tone: 'wait', label: 'En cours' } : { tone: 'ok', label: 'Terminée' }),
      number(takeover.position),
      html`${number(takeover.created)}<br><span class="mut nowrap">dont ${number(takeover.validated)} validées</span>`,
      number(takeover.known),
      number(takeover.rejected),
      html`${number(takeover.nirs)}<br><span class="mut nowrap">${number(takeover.nirsSame)} identiques</span>`,
      number(takeover.discrepancies),
      html`<a class="btn small" href="/console/reprises/${takeover.id}/rapport">Rapport<span class="unseen"> d’écarts de ${takeover.name}</span></a>`,
    ]),
  );
}

async function report({ gateway, id }: Visit): Promise<Answer> {
  const takeover = isUuid(id) ? await takeoverById(gateway.pool, id) : undefined;
  if (takeover === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const bytes = await buffer(Readable.from(reportOf(gateway.pool, id)));
  return { kind: 'content', mimeType: 'text/csv; charset=utf-8', bytes, saveAs: `reprise-${id}.csv` };
}
