/** One recall: what was emitted, what is proposed, who decided, how far it is, what remains; printable as it is. */
import type { RecallDetail } from '../recall/index.ts';
import { recallDetail } from '../recall/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Refusal } from '../rules/rule.ts';
import { type Emission, emittedUnder } from '../store/emissions.ts';
import { type Recall, recallById } from '../store/recalls.ts';
import { chip, empty, explanation, fields, notice, table } from './components.ts';
import { establishmentName } from './establishments.ts';
import { counted, dateTime, number } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import { decisionForms, givenForm } from './recall-forms.ts';
import {
  CORRECTIONS,
  maskedIns,
  RECALL_CAUSES,
  RECALL_ITEM_STATES,
  RECALL_NOTICES,
  RECALL_PATHS,
  RESENDS,
  recallState,
} from './recall-words.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, DOCUMENT_STATES, ruleTitle } from './words.ts';

/** Items shown; the API gives them all. */
const SHOWN = 300;

export const recallPage: PageDefinition = {
  method: 'GET',
  path: '/console/rappels/:id',
  permission: 'recalls.read',
  audited: 'recalls',
  answer: (visit) => showRecall(visit),
};

export async function showRecall(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const { gateway, actor, id } = visit;
  const recall = isUuid(id) ? await recallById(gateway.pool, id) : undefined;
  if (recall === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const detail = await recallDetail(gateway.pool, gateway, recall, actor.eg);
  const emitted = detail.items.length > 0 ? [] : await emittedUnder(gateway.pool, recall, SHOWN);
  const own = emitted.filter(({ eg }) => actor.eg === null || eg === actor.eg);
  const body = html`${heading(
    `Rappel : ${RECALL_PATHS[recall.path].toLowerCase()}`,
    html`<p class="chips">${chip(recallState(recall))}</p><p>${lead(recall)}</p>`,
    html`<a href="/console/rappels">Rappels</a> · <a href="/console/patients/${recall.identityId}">Fiche du patient</a>`,
  )}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
<div class="columns wide-left"><div class="stack">
<section class="card list" id="direct-elements" data-live><h2>Ce qui a été transmis sous cette INS</h2>${
    detail.items.length > 0 ? itemTable(visit, detail.items.slice(0, SHOWN)) : emissionTable(visit, recall, own)
  }</section>
${detail.notices.length > 0 && noticesCard(visit, recall, detail)}
</div><div class="stack">
<section class="card" id="direct-rapport" data-live><h2>Rapport</h2>${facts(recall, detail)}</section>
${decisionForms(visit, recall, own)}
</div></div>`;
  return {
    kind: 'page',
    title: 'Rappel',
    section: 'travail',
    body,
    live: 'installation',
    ...(refusal === undefined ? {} : { status: refusal.rule.http }),
  };
}

function lead({ path, state }: Recall): string {
  if (state === 'released') return 'Le doute est levé : ce qui a été transmis est juste.';
  if (path === 'new-ins') return 'Même personne : rien n’est supprimé, la suite part sous la nouvelle INS.';
  if (state === 'open' && path === 'doubt')
    return 'L’identité est gelée : rien ne part et rien n’est perdu, tant que personne n’a tranché.';
  if (state === 'open') return 'Les corrections restent à préparer ; rien ne part avant leur approbation.';
  if (state === 'prepared') return 'Les corrections sont prêtes ; une autre personne doit les lire et les approuver.';
  if (state === 'done') return 'Chaque correction approuvée a sa réponse\u00a0; le rapport dit ce qui reste à faire.';
  return 'Les corrections approuvées sont demandées une à une ; ce que le DMP refuse est à signaler à son support.';
}

function facts(recall: Recall, { report }: RecallDetail): Html {
  const by = (at: Date | null, who: string | null) =>
    at !== null && who !== null && `${dateTime(at)}, ${actorName(who)}`;
  const moving = recall.path === 'wrong-person';
  const corrected = report.toCorrect > 0;
  return html`${fields([
    ['Cause', RECALL_CAUSES[recall.cause]],
    ['Constat', recall.reason],
    ['INS', maskedIns(recall)],
    ['Ouvert', by(recall.openedAt, recall.openedBy)],
    ['Notification à la CNIL', moving && `avant le ${dateTime(report.notificationDeadline)}`],
    ['Tranché', by(recall.decidedAt, recall.decidedBy)],
    ['Explication', recall.explanation],
    ['Préparé', by(recall.preparedAt, recall.preparedBy)],
    ['Approuvé', by(recall.approvedAt, recall.approvedBy)],
    ['Terminé', recall.finishedAt !== null && dateTime(recall.finishedAt)],
    ['INS admise de nouveau', by(recall.liftedAt, recall.liftedBy)],
    ['Transmis sous cette INS', number(report.emitted)],
    ['Corrections', corrected && number(report.toCorrect)],
    ['Supprimés de l’ancien DMP', corrected && number(report.deleted)],
    ['À signaler au support', corrected && number(report.refused)],
    [
      'Refaits pour le bon patient',
      corrected && `${number(report.builtAgain)}, dont transmis : ${number(report.sentAgain)}`,
    ],
    ['À renvoyer par leur logiciel', corrected && number(report.askedToSender)],
  ])}${report.remaining.length > 0 && html`<h3>Ce qui reste à faire</h3><ul>${report.remaining.map((line) => html`<li>${line}</li>`)}</ul>`}${
    report.refused > 0 &&
    html`<p><a class="btn" href="/console/rappels/${recall.id}/incident">Fiche d’incident pour le support du DMP</a></p>`
  }`;
}

function itemTable(visit: Visit, items: RecallDetail['items']): Html {
  return table(
    'Éléments du rappel',
    [
      { label: 'Document', wide: true },
      { label: 'Transmis' },
      { label: 'Correction' },
      { label: 'État' },
      { label: 'Suite' },
    ],
    items.map((item) => {
      const rule = item.ruleId === null ? undefined : ruleById(item.ruleId);
      return [
        html`${documentLink(item.documentId, item.title)}<br><span class="mut">${item.eg !== null && establishmentName(visit.gateway.config, item.eg)}</span>`,
        when(item.sentAt),
        CORRECTIONS[item.correction],
        html`${chip(RECALL_ITEM_STATES[item.state])}${rule !== undefined && html`<br><span class="mut">${ruleTitle(rule)}</span>`}`,
        item.resendId === null
          ? RESENDS[item.resend]
          : html`<a href="/console/documents/${item.resendId}">${RESENDS.rebuild}</a>${item.resendState !== null && html`<br>${chip(DOCUMENT_STATES[item.resendState])}`}`,
      ];
    }),
  );
}

/** Before a list is frozen: what left, and from which record. */
function emissionTable(visit: Visit, recall: Recall, emissions: readonly Emission[]): Html {
  if (emissions.length === 0)
    return empty('Rien à montrer', 'Aucun document de vos établissements n’est parti sous cette INS.');
  return table(
    'Transmis sous cette INS',
    [{ label: 'Document', wide: true }, { label: 'Transmis' }, { label: 'Dossier' }, { label: 'État' }],
    emissions.map(({ documentId, title, eg, sentAt, recordId, state }) => [
      html`${documentLink(documentId, title)}<br><span class="mut">${eg !== null && establishmentName(visit.gateway.config, eg)}</span>`,
      when(sentAt),
      recordId === recall.identityId ? 'Celui-ci' : 'Un autre',
      chip(DOCUMENT_STATES[state]),
    ]),
  );
}

function documentLink(id: string | null, title: string | null): HtmlValue {
  return id === null ? title : html`<a class="strong" href="/console/documents/${id}">${title}</a>`;
}

function when(date: Date | null): HtmlValue {
  return date !== null && html`<time class="nowrap" datetime="${date.toISOString()}">${dateTime(date)}</time>`;
}

function noticesCard(visit: Visit, recall: Recall, { notices }: RecallDetail): Html {
  return html`<section class="card list" id="messages"><h2>Personnes prévenues</h2>${table(
    'Messages du rappel',
    [
      { label: 'Destinataire', wide: true },
      { label: 'Documents', align: 'right' },
      { label: 'État' },
      { label: 'Remise', quiet: true },
    ],
    notices.map((each) => [
      html`<span class="strong">${each.name}</span><br><span class="mut">${each.address ?? 'sans adresse connue'}</span>`,
      counted(each.documents, 'document', 'documents'),
      html`${chip(RECALL_NOTICES[each.state])}${each.lastError !== null && html`<br><span class="mut">${each.lastError}</span>`}`,
      givenForm(visit, recall, each),
    ]),
  )}</section>`;
}
