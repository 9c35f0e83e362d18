/** The documents behind one line of the report of the shadow. */
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import { shadowDocuments } from '../store/lane-evidence.ts';
import { flowById } from '../store/lanes.ts';
import { empty, explanation, table } from './components.ts';
import { dateTime } from './format.ts';
import { html } from './html.ts';
import { FLOWS, flowName, OUTCOME_WORDS } from './lane-words.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';

const SHOWN = 200;

export const flowShadowPage: PageDefinition = {
  method: 'GET',
  path: `${FLOWS}/:id/essais`,
  permission: 'documents.read',
  audited: 'documents',
  answer: showDocuments,
};

async function showDocuments({ gateway, actor, id, query }: Visit): Promise<Answer> {
  const flow = isUuid(id) ? await flowById(gateway.pool, id) : undefined;
  const outcome = (['leaves', 'waits', 'refused'] as const).find((known) => known === query('issue'));
  if (flow === undefined || outcome === undefined || (actor.eg !== null && actor.eg !== flow.eg))
    return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const rule = ruleById(query('regle'));
  const asked = { outcome, ruleId: query('regle') === '' ? null : query('regle'), limit: SHOWN };
  const rows = await shadowDocuments(gateway.pool, flow.id, asked);
  const body = html`${heading(
    `Essais à blanc : ${OUTCOME_WORDS[outcome].label.toLowerCase()}`,
    html`<p>${flowName(flow)}${rule !== undefined && html`. ${rule.title}`}</p>`,
    html`<a href="${FLOWS}/${flow.id}">Le flux</a>`,
  )}
${rule !== undefined && html`<section class="card"><h2>Pourquoi ?</h2>${explanation(rule, null)}</section>`}
<section class="card list"><h2>Derniers documents</h2>${
    rows.length === 0
      ? empty('Aucun document', 'Aucun document de ce flux n’a donné ce résultat.')
      : table(
          'Documents vérifiés à blanc',
          [{ label: 'Document', wide: true }, { label: 'Message' }, { label: 'Vérifié' }, { label: 'Précision' }],
          rows.map(({ documentId, title, controlId, at, detail }) => [
            html`<a class="strong" href="/console/documents/${documentId}">${title}</a>`,
            controlId,
            dateTime(at),
            detail,
          ]),
        )
  }</section>`;
  return { kind: 'page', title: 'Essais à blanc', section: 'flux', body };
}
