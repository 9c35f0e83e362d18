/** « Politique documentaire »: what did not go and why, by destination; what had to; what its patient does not see yet. */
import { may, sees } from '../api/access.ts';
import { documentType } from '../codes/document-types.ts';
import { makeVisible } from '../documents/index.ts';
import { listsInForce } from '../feed/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Refusal } from '../rules/rule.ts';
import { documentById } from '../store/documents.ts';
import {
  type EndingCount,
  endingsByReason,
  type InvisibleDocument,
  invisibleDocuments,
  mandatoryNotGone,
  type NotGone,
} from '../store/feed-endings.ts';
import { actionForm, chip, empty, explanation, notice, table } from './components.ts';
import { establishmentName } from './establishments.ts';
import { age, counted, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { asHeading, ruleTitle, type Word } from './words.ts';

const PATH = '/console/politique';
const DAYS = 30;
const DAY_MS = 86_400_000;
const SHOWN = 200;

export const policyPages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: PATH,
    permission: 'documents.read',
    audited: 'documents',
    answer: (visit) => showPolicy(visit),
  },
  {
    method: 'POST',
    path: `${PATH}/:id/visible`,
    permission: 'documents.act',
    audited: 'documents',
    answer: show,
  },
];

const DESTINATIONS: Readonly<Record<EndingCount['destination'], string>> = {
  DMP: 'DMP',
  'MSSANTE-PS': 'MSSanté, professionnels',
  'MSSANTE-PATIENT': 'MSSanté, patient',
};

async function showPolicy(visit: Visit, problem?: Refusal): Promise<Answer> {
  const { gateway, actor, now } = visit;
  const period = { eg: actor.eg, from: new Date(now.getTime() - DAYS * DAY_MS), to: now };
  const { mandatory } = await listsInForce(gateway);
  const types = mandatory.entries.map(({ code }) => code);
  const [endings, notGone, invisible] = await Promise.all([
    endingsByReason(gateway.pool, period, types),
    mandatoryNotGone(gateway.pool, period, mandatory.entries),
    invisibleDocuments(gateway.pool, { eg: actor.eg, limit: SHOWN }),
  ]);
  const lead = html`<p>Documents reçus depuis ${DAYS} jours. <a href="/console/listes">Listes de documents</a> · <a href="/console/suspensions">Envois suspendus</a> · <a href="/console/exhaustivite">Exhaustivité</a></p>`;
  const body = html`${heading('Politique documentaire', lead, html`<a href="/console/travail">À traiter</a>`)}
${problem !== undefined && notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail))}
<section class="card list" id="invisibles"><h2>Encore invisibles au patient</h2>${invisible.length === 0 ? empty('Tout est visible', 'Les documents envoyés invisibles au patient apparaîtront ici, pour que l’annonce ne soit pas oubliée.') : invisibleTable(visit, invisible)}</section>
<section class="card list" id="obligatoires"><h2>Obligatoires et absents du DMP</h2>${notGone.length === 0 ? empty('Aucun', 'Les documents de la liste obligatoire qui attendent, sont refusés ou ne partiront pas apparaîtront ici.') : notGoneTable(visit, notGone)}</section>
<section class="card list" id="non-transmissibles"><h2>Non transmissibles</h2>${endings.length === 0 ? empty('Aucun', 'Les documents qui ne partiront pas seront comptés ici, par destination et par motif.') : endingsTable(endings)}</section>`;
  return {
    kind: 'page',
    title: 'Politique documentaire',
    section: 'travail',
    body,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}

function invisibleTable(visit: Visit, rows: readonly InvisibleDocument[]): Html {
  const { announceAfterDays } = visit.gateway.config.policy.visibility;
  const late = new Date(visit.now.getTime() - announceAfterDays * DAY_MS);
  const waiting: Word = { tone: 'wait', label: 'à annoncer' };
  return table(
    'Documents encore invisibles à leur patient',
    [
      { label: 'Document', wide: true },
      { label: 'Établissement' },
      { label: 'Depuis', align: 'right' },
      { label: 'Rendre visible', quiet: true, align: 'right' },
    ],
    rows.map((row) => [
      html`<a href="/console/documents/${row.id}">${row.title}</a>${row.identityId !== null && html`<br><a class="mut" href="/console/patients/${row.identityId}">Patient</a>`}`,
      establishmentName(visit.gateway.config, row.eg),
      html`${age(row.since, visit.now)}${row.since <= late && html`<br>${chip(waiting)}`}`,
      visibleForm(visit, row),
    ]),
  );
}

function visibleForm(visit: Visit, { id, kind, title }: InvisibleDocument): Html | false {
  if (!may(visit.actor, 'documents.act')) return false;
  if (kind !== 'raw') return html`<span class="mut">à rendre visible par son logiciel</span>`;
  return html`<details class="behind"><summary>Rendre visible</summary>${actionForm(
    { action: `${PATH}/${id}/visible`, csrf: visit.session.csrf },
    html`<div class="field"><label for="motif-${id}">Motif<span class="unseen"> pour ${title}</span></label><input id="motif-${id}" name="motif" required maxlength="200"><p class="hint">Une version de remplacement est envoyée. Elle ne pourra plus être cachée au patient.</p></div><button type="submit" class="btn">Envoyer la version visible</button>`,
  )}</details>`;
}

const SITUATIONS: Readonly<Record<NotGone['state'], Word>> = {
  waiting: { tone: 'wait', label: 'En attente' },
  refused: { tone: 'bad', label: 'Refusé' },
  withdrawn: { tone: 'idle', label: 'Non transmissible' },
};

function notGoneTable(visit: Visit, rows: readonly NotGone[]): Html {
  return table(
    'Documents obligatoires absents du DMP',
    [
      { label: 'Type', wide: true },
      { label: 'Situation' },
      { label: 'Combien', align: 'right' },
      { label: 'Le plus ancien', align: 'right' },
      { label: 'Liste', quiet: true, align: 'right' },
    ],
    rows.map(({ typeCode, state, ruleId, documents, oldest }) => [
      html`${documentType(typeCode)?.label ?? typeCode}<br><span class="mut">${titleOf(ruleId)}</span>`,
      chip(SITUATIONS[state]),
      counted(documents, 'document', 'documents'),
      age(oldest, visit.now),
      ruleId !== null &&
        html`<a class="btn small" href="/console/documents?motif=${ruleId}">Voir<span class="unseen"> la liste : ${titleOf(ruleId)}</span></a>`,
    ]),
  );
}

function endingsTable(rows: readonly EndingCount[]): Html {
  return table(
    'Documents non transmissibles, par destination et motif',
    [
      { label: 'Destination' },
      { label: 'Motif', wide: true },
      { label: 'Documents', align: 'right' },
      { label: 'Dont obligatoires', align: 'right' },
    ],
    rows.map(({ destination, ruleId, documents, mandatory }) => [
      DESTINATIONS[destination],
      html`<a href="/console/documents?motif=${ruleId}">${titleOf(ruleId)}</a>`,
      number(documents),
      number(mandatory),
    ]),
  );
}

function titleOf(ruleId: string | null): string {
  return ruleId === null ? '' : asHeading(ruleById(ruleId)?.title ?? ruleId);
}

async function show(visit: Visit): Promise<Answer> {
  const { gateway, actor, id, form } = visit;
  const document = isUuid(id) ? await documentById(gateway.pool, id) : undefined;
  if (document === undefined || !sees(actor, document.eg))
    return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const reason = form('motif');
  if (reason === '') return showPolicy(visit, { rule: apiRules.invalidRequest, detail: 'Donner le motif.' });
  const done = await makeVisible(gateway, id, { actor: actor.name, reason });
  return done.ok ? { kind: 'redirect', to: `/console/documents/${done.value}` } : showPolicy(visit, done.refusal);
}
