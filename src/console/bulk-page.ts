/** Opérations en masse: the list, and the form that rehearses a new one. */

import { sees } from '../api/access.ts';
import { prepareBulk } from '../feed/index.ts';
import { apiRules } from '../rules/api.ts';
import { allRules } from '../rules/catalogue.ts';
import type { Refusal, Result } from '../rules/rule.ts';
import { ok, refuse } from '../rules/rule.ts';
import {
  type BulkAction,
  type BulkOperation,
  type BulkSelection,
  type Correction,
  listBulkOperations,
} from '../store/bulk-operations.ts';
import { BULK_ACTIONS, BULK_STATES } from './bulk-words.ts';
import { actionForm, chip, empty, explanation, filterSelect, filterText, notice, table } from './components.ts';
import { establishmentChoices } from './establishments.ts';
import { dateTime, isoDate, number, startOfDay } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { actorName, DOCUMENT_STATES, ruleTitle } from './words.ts';

const SHOWN = 100;
const DAY_MS = 86_400_000;

export const bulkPages: readonly PageDefinition[] = [
  { method: 'GET', path: '/console/operations', permission: 'documents.bulk', answer: showOperations },
  {
    method: 'GET',
    path: '/console/operations/nouvelle',
    permission: 'documents.bulk',
    answer: (visit) => showForm(visit),
  },
  {
    method: 'POST',
    path: '/console/operations',
    permission: 'documents.bulk',
    audited: 'operations',
    answer: prepare,
  },
];

async function showOperations(visit: Visit): Promise<Answer> {
  const { gateway, actor } = visit;
  const operations = await listBulkOperations(gateway.pool, { eg: actor.eg, limit: SHOWN });
  const body = html`${heading(
    'Opérations en masse',
    html`<p>Agir sur beaucoup de documents à la fois : répétition à blanc, nombre confirmé, approbation d’une seconde personne au-delà de ${number(gateway.config.bulk.aloneUpTo)} éléments, plafond de ${number(gateway.config.bulk.ceiling)}.</p><p><a class="btn main" href="/console/operations/nouvelle">Préparer une opération</a></p>`,
  )}
<section class="card list" id="direct-operations" data-live>${
    operations.length > 0
      ? operationTable(operations)
      : empty(
          'Aucune opération',
          'Une opération préparée ici, ou depuis une liste de documents, apparaîtra avec son avancement.',
        )
  }</section>`;
  return { kind: 'page', title: 'Opérations en masse', section: 'operations', body, live: 'installation' };
}

function operationTable(operations: readonly BulkOperation[]): Html {
  return table(
    'Opérations, de la plus récente à la plus ancienne',
    [
      { label: 'Préparée' },
      { label: 'Action', wide: true },
      { label: 'Éléments', align: 'right' },
      { label: 'Par' },
      { label: 'Approuvée par' },
      { label: 'État' },
    ],
    operations.map((operation) => [
      html`<time class="nowrap" datetime="${operation.preparedAt.toISOString()}">${dateTime(operation.preparedAt)}</time>`,
      html`<a class="strong" href="/console/operations/${operation.id}">${BULK_ACTIONS[operation.action].label}</a><br><span class="mut">${operation.reason}</span>`,
      number(operation.count),
      actorName(operation.preparedBy),
      operation.approvedBy === null ? '' : actorName(operation.approvedBy),
      chip(BULK_STATES[operation.state]),
    ]),
  );
}

/** Fields of the form, named as the filters of the list of documents. */
const FIELDS = [
  'action',
  'etat',
  'motif',
  'eg',
  'emetteur',
  'type',
  'du',
  'au',
  'raison',
  'nouveau-type',
  'nouveau-titre',
  'auteur-rpps',
  'auteur-nom',
  'auteur-prenom',
  'auteur-specialite',
  'auteur-specialite-libelle',
] as const;
type Field = (typeof FIELDS)[number];
type Asked = Readonly<Record<Field, string>>;

function askedOf(read: (name: string) => string): Asked {
  return Object.fromEntries(FIELDS.map((name) => [name, read(name)])) as Record<Field, string>;
}

async function prepare(visit: Visit): Promise<Answer> {
  const { gateway, actor, form } = visit;
  const asked = askedOf(form);
  if (asked.eg !== '' && !sees(actor, asked.eg)) return { kind: 'refused', refusal: { rule: apiRules.forbidden } };
  const request = requestOf(asked);
  const prepared = request.ok ? await prepareBulk(gateway, actor, request.value) : request;
  return prepared.ok
    ? { kind: 'redirect', to: `/console/operations/${prepared.value.id}` }
    : showForm(visit, { asked, refusal: prepared.refusal });
}

function requestOf(asked: Asked): Result<Parameters<typeof prepareBulk>[2]> {
  const invalid = (detail: string) => refuse(apiRules.invalidRequest, { detail });
  if (!isAction(asked.action)) return invalid('Choisir une action.');
  if (asked.raison === '') return invalid('La raison de l’opération est vide.');
  const from = dayOf(asked.du, 0);
  const to = dayOf(asked.au, DAY_MS);
  if (from === undefined || to === undefined) return invalid('Les dates s’écrivent JJ/MM/AAAA.');
  const selection: BulkSelection = {
    state: Object.hasOwn(DOCUMENT_STATES, asked.etat) ? (asked.etat as keyof typeof DOCUMENT_STATES) : undefined,
    rule: given(asked.motif),
    establishment: given(asked.eg),
    sender: given(asked.emetteur),
    typeCode: given(asked.type),
    from: from ?? undefined,
    to: to ?? undefined,
  };
  return ok({ action: asked.action, selection, correction: correctionOf(asked), reason: asked.raison });
}

function isAction(text: string): text is BulkAction {
  return Object.hasOwn(BULK_ACTIONS, text);
}

function given(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** Instant at which a day begins in Paris, or the next one; null when none is asked, undefined when it is not a date. */
function dayOf(text: string, addMs: number): string | null | undefined {
  if (text === '') return null;
  const noon = Date.parse(`${isoDate(text) ?? ''}T12:00:00Z`);
  return Number.isNaN(noon) ? undefined : startOfDay(new Date(noon + addMs)).toISOString();
}

function correctionOf(asked: Asked): Correction {
  const author = {
    id: asked['auteur-rpps'],
    family: asked['auteur-nom'],
    given: asked['auteur-prenom'],
    specialty: asked['auteur-specialite'],
    specialtyLabel: asked['auteur-specialite-libelle'],
  };
  return {
    typeCode: given(asked['nouveau-type']),
    title: given(asked['nouveau-titre']),
    author: author.id === '' ? undefined : author,
  };
}

async function showForm(visit: Visit, again?: { asked: Asked; refusal: Refusal }): Promise<Answer> {
  const asked = again?.asked ?? askedOf(visit.query);
  const body = html`${heading('Préparer une opération en masse', html`<p>Rien n’est fait à cette étape : les éléments sont comptés, la liste est figée, et chacun dit ce qui l’empêcherait d’être traité.</p>`, html`<a href="/console/operations">Opérations en masse</a>`)}
${again !== undefined && notice('bad', ruleTitle(again.refusal.rule), explanation(again.refusal.rule, again.refusal.detail))}
<section class="card">${actionForm({ action: '/console/operations', csrf: visit.session.csrf }, html`${choices(visit, asked)}${corrections(asked)}<div class="field-actions"><button type="submit" class="btn main">Répéter à blanc</button></div>`)}</section>`;
  return {
    kind: 'page',
    title: 'Préparer une opération',
    section: 'operations',
    body,
    ...(again === undefined ? {} : { status: again.refusal.rule.http }),
  };
}

function choices({ gateway, actor }: Visit, asked: Asked): Html {
  const actions = Object.entries(BULK_ACTIONS);
  const states = Object.entries(DOCUMENT_STATES).map(([value, { label }]) => ({ value, label }));
  const reasons = allRules().map(({ id, title }) => ({ value: id, label: `${id} · ${title}` }));
  const establishments = establishmentChoices(gateway.config, actor.eg);
  return html`<fieldset><legend>Action</legend>${actions.map(
    ([value, { label, effect }]) =>
      html`<label class="choice"><input type="radio" name="action" value="${value}" required${value === asked.action && html` checked`}> <span>${label}<span class="hint block">${effect}</span></span></label>`,
  )}</fieldset>
<fieldset class="whole"><legend>Sur quoi</legend><div class="filters">${filterSelect('etat', 'État', 'Tous', states, asked.etat)}
${filterSelect('motif', 'Motif', 'Tous', reasons, asked.motif)}
${establishments.length > 1 && filterSelect('eg', 'Établissement', 'Tous', establishments, asked.eg)}
${filterText('emetteur', 'Émetteur', asked.emetteur, 'MSH-3|MSH-4')}
${filterText('type', 'Type de document', asked.type, 'code, par exemple 11490-0')}
${filterText('du', 'Reçu du', asked.du, 'JJ/MM/AAAA')}
${filterText('au', 'Reçu jusqu’au', asked.au, 'JJ/MM/AAAA')}</div></fieldset>
<div class="field"><label for="op-raison">Raison de l’opération</label><input id="op-raison" name="raison" value="${asked.raison}" required maxlength="200" aria-describedby="op-aide-raison"><p class="hint" id="op-aide-raison">Lue par la personne qui approuve, inscrite dans le journal.</p></div>`;
}

function corrections(asked: Asked): Html {
  const open = asked.action === 'correct';
  return html`<details class="behind whole"${open && html` open`}><summary>Correction (pour « corriger puis reprendre »)</summary><div class="filters">
${filterText('nouveau-type', 'Type de document (JDV_J07)', asked['nouveau-type'])}
${filterText('nouveau-titre', 'Titre', asked['nouveau-titre'])}
${filterText('auteur-rpps', 'Auteur : numéro RPPS', asked['auteur-rpps'])}
${filterText('auteur-nom', 'Auteur : nom', asked['auteur-nom'])}
${filterText('auteur-prenom', 'Auteur : prénom', asked['auteur-prenom'])}
${filterText('auteur-specialite', 'Auteur : spécialité (JDV_J01)', asked['auteur-specialite'], 'G15_10/SM26')}
${filterText('auteur-specialite-libelle', 'Auteur : libellé de la spécialité', asked['auteur-specialite-libelle'])}</div></details>`;
}
