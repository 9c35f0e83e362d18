/** One rehearsal: how far it is, and what would break, by rule, by application and model, by document. */
import { may } from '../api/access.ts';
import { stopRehearsal } from '../conformance/index.ts';
import { apiRules } from '../rules/api.ts';
import {
  type BrokenDocument,
  type BrokenGroup,
  type BrokenRule,
  brokenDocuments,
  brokenGroups,
  brokenRules,
  type Rehearsal,
  rehearsalById,
} from '../store/rehearsals.ts';
import { actionForm, chip, empty, fields, table } from './components.ts';
import { REHEARSAL_STATES } from './conformance-words.ts';
import { senderName } from './document-table.ts';
import { dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName } from './words.ts';

const PATH = '/console/conformite/repetitions';
const SHOWN = 100;

export const rehearsalPages: readonly PageDefinition[] = [
  { method: 'GET', path: `${PATH}/:id`, permission: 'conformance.read', audited: 'operations', answer: show },
  {
    method: 'POST',
    path: `${PATH}/:id/arreter`,
    permission: 'conformance.operate',
    audited: 'operations',
    answer: async (visit) => {
      if ((await visible(visit)) === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
      await stopRehearsal(visit.gateway, visit.id);
      return { kind: 'redirect', to: `${PATH}/${visit.id}` };
    },
  },
];

/** It names documents of every establishment: for those who see them all. */
async function visible({ gateway, actor, id }: Visit): Promise<Rehearsal | undefined> {
  return isUuid(id) && actor.eg === null ? rehearsalById(gateway.pool, id) : undefined;
}

async function show(visit: Visit): Promise<Answer> {
  const rehearsal = await visible(visit);
  if (rehearsal === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const { pool } = visit.gateway;
  const rule = visit.query('regle');
  const [rules, groups] = await Promise.all([
    brokenRules(pool, rehearsal.id, SHOWN),
    brokenGroups(pool, rehearsal.id, SHOWN),
  ]);
  const chosen = rules.find((_, index) => String(index + 1) === rule);
  const documents = await brokenDocuments(pool, rehearsal.id, { test: chosen?.test ?? null, limit: SHOWN });
  const { packName, packVersion, state, from, to, checked, total, broken, undecided, skipped } = rehearsal;
  const body = html`${heading(
    `Répétition : ${packName} ${packVersion}`,
    html`<p>Documents reçus du ${dateTime(from)} au ${dateTime(to)}. Rien n’est envoyé, aucun document ne change.</p>`,
    html`<a href="/console/conformite">Conformité</a>`,
  )}
<section class="card" id="direct-repetition" data-live><div class="card-head"><h2>Avancement</h2>${chip(REHEARSAL_STATES[state])}</div>
<p><progress value="${checked}" max="${total}" aria-label="Avancement">${checked} sur ${total}</progress> ${number(checked)} sur ${number(total)}</p>
${fields([
  ['Ne passeraient plus', number(broken)],
  ['Contrôle non mené', undecided > 0 && number(undecided)],
  ['Sans contenu à vérifier', skipped > 0 && number(skipped)],
  ['Lancée', `${dateTime(rehearsal.startedAt)}, ${actorName(rehearsal.startedBy)}`],
  ['Terminée', rehearsal.finishedAt !== null && dateTime(rehearsal.finishedAt)],
])}${state === 'running' && may(visit.actor, 'conformance.operate') && actionForm({ action: `${PATH}/${rehearsal.id}/arreter`, csrf: visit.session.csrf }, html`<button type="submit" class="btn">Arrêter</button>`)}</section>
${rules.length === 0 ? html`<section class="card">${empty('Rien ne casserait', 'Aucun des documents vérifiés jusqu’ici ne serait arrêté par ce paquet.')}</section>` : found(rehearsal.id, rules, groups, documents, chosen)}`;
  return { kind: 'page', title: 'Répétition', section: 'conformite', body, live: 'installation' };
}

function found(
  id: string,
  rules: readonly BrokenRule[],
  groups: readonly BrokenGroup[],
  documents: readonly BrokenDocument[],
  chosen: BrokenRule | undefined,
): Html {
  return html`<section class="card list"><h2>Par règle</h2>${table(
    'Règles qui casseraient',
    [{ label: 'Règle', wide: true }, { label: 'Exemple' }, { label: 'Documents', align: 'right' }],
    rules.map(({ text, location, entry, documents: count, documentId }, index) => [
      html`<a class="strong" href="${PATH}/${id}?regle=${index + 1}">${text}</a><br><span class="mut"><code>${location}</code> · ${entry.split('/').at(-1)}</span>`,
      html`<a href="/console/documents/${documentId}">Voir<span class="unseen"> un document</span></a>`,
      number(count),
    ]),
  )}</section>
<section class="card list"><h2>Par application et modèle</h2>${table(
    'Applications et modèles',
    [{ label: 'Application', wide: true }, { label: 'Modèle (templateId)' }, { label: 'Documents', align: 'right' }],
    groups.map(({ sender, template, documents: count }) => [
      senderName(sender),
      html`<code>${template}</code>`,
      number(count),
    ]),
  )}</section>
<section class="card list"><h2>Documents${chosen !== undefined && html` de la règle choisie`}</h2>${
    chosen !== undefined && html`<p>${chosen.text} <a href="${PATH}/${id}">Tous les documents</a></p>`
  }${table(
    'Documents',
    [
      { label: 'Document', wide: true },
      { label: 'Application' },
      { label: 'Reçu' },
      { label: 'Échecs', align: 'right' },
    ],
    documents.map(({ id: documentId, title, sender, receivedAt, failures, text }) => [
      html`<a class="strong" href="/console/documents/${documentId}">${title}</a><br><span class="mut">${text}</span>`,
      senderName(sender),
      dateTime(receivedAt),
      number(failures),
    ]),
  )}</section>`;
}
