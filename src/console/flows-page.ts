/** Observed flows: which application sends what, by which API, under which kind of identity. */
import { may } from '../api/access.ts';
import { findSource } from '../config/lookup.ts';
import { type Flow, listFlows } from '../store/flows.ts';
import { empty, table } from './components.ts';
import { counted, day, number, recent } from './format.ts';
import { html } from './html.ts';
import { lanesSection } from './lanes-table.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

export const flowsPage: PageDefinition = {
  method: 'GET',
  path: '/console/flux',
  permission: 'flows.read',
  answer: showFlows,
};

async function showFlows(visit: Visit): Promise<Answer> {
  const { gateway, actor, now } = visit;
  const flows = (await listFlows(gateway.pool)).filter((flow) => actor.eg === null || egOf(visit, flow) === actor.eg);
  const applications = new Set(flows.map(({ application, facility }) => `${application}|${facility}`)).size;
  const lanes = await lanesSection(visit);
  const body = html`${heading(
    'Flux',
    flows.length > 0 &&
      html`<p>${counted(applications, 'application émet', 'applications émettent')} vers cette installation, par ${counted(flows.length, 'flux', 'flux')}.</p>`,
    may(actor, 'diffusion.read') && html`<a href="/console/abonnes">Abonnés aux identités</a>`,
  )}
${lanes}
<section class="card list">${lanes !== undefined && html`<h2>Flux observés</h2>`}${
    flows.length === 0
      ? empty(
          'Aucun flux observé',
          'Chaque application qui enverra un message apparaîtra ici, avec l’API utilisée et la nature de l’identité transmise.',
        )
      : table(
          'Flux observés',
          [
            { label: 'Application' },
            { label: 'Version' },
            { label: 'Message' },
            { label: 'API utilisée' },
            { label: 'Identité transmise' },
            { label: 'Messages', align: 'right' },
            { label: 'Vu depuis', align: 'right' },
            { label: 'Dernier', align: 'right' },
          ],
          flows.map((flow) => [
            html`<span class="strong">${flow.application}</span> <span class="mut">${flow.facility}</span>`,
            flow.version === '' ? html`<span class="mut">non déclarée</span>` : flow.version,
            flow.messageKind,
            flow.api,
            flow.identityKind,
            number(flow.messages),
            day(flow.firstSeen),
            recent(flow.lastSeen, now),
          ]),
        )
  }</section>`;
  return { kind: 'page', title: 'Flux', section: 'flux', body };
}

function egOf({ gateway: { config } }: Visit, { application, facility }: Flow): string | undefined {
  return findSource(config, application, facility)?.eg;
}
