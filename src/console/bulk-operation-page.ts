/** One operation on many items: what it would do, who asked, who approves, how far it is. */
import { approveBulk, cancelBulk, needsApproval, pauseBulk, resumeBulk, seesBulk, submitBulk } from '../feed/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Refusal, Result } from '../rules/rule.ts';
import {
  type BulkItem,
  type BulkOperation,
  bulkItemCounts,
  bulkOperationById,
  type ItemCount,
  listBulkItems,
} from '../store/bulk-operations.ts';
import { BULK_ACTIONS, BULK_ITEM_STATES, BULK_STATES } from './bulk-words.ts';
import { actionForm, chip, explanation, fields, notice, table } from './components.ts';
import { senderName } from './document-table.ts';
import { establishmentName } from './establishments.ts';
import { counted, dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, DOCUMENT_STATES, ruleTitle } from './words.ts';

/** Items shown on the page; the API gives them all. */
const SHOWN = 100;

async function visible({ gateway, actor, id }: Visit): Promise<BulkOperation | undefined> {
  const operation = isUuid(id) ? await bulkOperationById(gateway.pool, id) : undefined;
  return operation !== undefined && seesBulk(actor, operation) ? operation : undefined;
}

type Act = (visit: Visit, id: string) => Promise<Result<BulkOperation>>;

const ACTIONS: Readonly<Record<string, Act>> = {
  proposer: ({ gateway, actor, form }, id) => submitBulk(gateway, actor, id, Number(form('nombre'))),
  approuver: ({ gateway, actor, form }, id) => approveBulk(gateway, actor, id, Number(form('nombre'))),
  suspendre: ({ gateway, actor }, id) => pauseBulk(gateway, actor, id),
  poursuivre: ({ gateway, actor }, id) => resumeBulk(gateway, actor, id),
  annuler: ({ gateway, actor }, id) => cancelBulk(gateway, actor, id),
};

export const bulkOperationPages: readonly PageDefinition[] = [
  {
    method: 'GET',
    path: '/console/operations/:id',
    permission: 'documents.bulk',
    audited: 'operations',
    answer: (visit) => show(visit),
  },
  ...Object.entries(ACTIONS).map(
    ([name, act]): PageDefinition => ({
      method: 'POST',
      path: `/console/operations/:id/${name}`,
      permission: 'documents.bulk',
      audited: 'operations',
      answer: async (visit) => {
        const result = await act(visit, isUuid(visit.id) ? visit.id : NOBODY);
        return result.ok ? { kind: 'redirect', to: `/console/operations/${visit.id}` } : show(visit, result.refusal);
      },
    }),
  ),
];

/** An identifier that no operation has. */
const NOBODY = '00000000-0000-0000-0000-000000000000';

async function show(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const operation = await visible(visit);
  if (operation === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const { pool } = visit.gateway;
  const [counts, items] = await Promise.all([
    bulkItemCounts(pool, operation.id),
    listBulkItems(pool, operation.id, { after: 0, limit: SHOWN }),
  ]);
  const body = html`${heading(
    title(operation),
    html`<p>${BULK_ACTIONS[operation.action].effect}</p>`,
    html`<a href="/console/operations">Opérations en masse</a>`,
  )}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
<div id="direct-operation" data-live><section class="card"><h2>Où elle en est</h2>${facts(visit, operation)}${rehearsal(operation, counts)}</section></div>
${decision(visit, operation)}
<section class="card list"><h2>Éléments</h2>${itemTable(operation, items)}${operation.selected > SHOWN && html`<p class="mut">Les ${number(SHOWN)} premiers ; tous par <code>GET /api/v1/bulk-operations/${operation.id}/items</code>.</p>`}</section>`;
  return {
    kind: 'page',
    title: 'Opération en masse',
    section: 'operations',
    body,
    live: 'installation',
    ...(refusal === undefined ? {} : { status: refusal.rule.http }),
  };
}

function title({ action, count }: BulkOperation): string {
  const [one, many] = action === 're-read' ? ['message', 'messages'] : ['document', 'documents'];
  return `${BULK_ACTIONS[action].label}\u00a0: ${counted(count, one ?? '', many ?? '')}`;
}

function facts(visit: Visit, operation: BulkOperation): Html {
  const { selection } = operation;
  const when = (date: Date | null) => date !== null && dateTime(date);
  const rule = selection.rule === undefined ? undefined : ruleById(selection.rule);
  return fields([
    ['État', chip(BULK_STATES[operation.state])],
    ['Raison', operation.reason],
    ['Critère : état', selection.state !== undefined && DOCUMENT_STATES[selection.state].label],
    ['Critère : motif', rule === undefined ? selection.rule : `${rule.id} · ${ruleTitle(rule)}`],
    [
      'Critère : établissement',
      selection.establishment !== undefined && establishmentName(visit.gateway.config, selection.establishment),
    ],
    ['Critère : émetteur', selection.sender !== undefined && senderName(selection.sender)],
    ['Critère : type', selection.typeCode],
    ['Critère : reçu depuis', selection.from !== undefined && dateTime(new Date(selection.from))],
    ['Critère : reçu avant', selection.to !== undefined && dateTime(new Date(selection.to))],
    [
      'Critère : liste',
      selection.ids !== undefined && counted(selection.ids.length, 'élément nommé', 'éléments nommés'),
    ],
    ['Correction', operation.correction !== null && correctionWords(operation.correction)],
    ['Préparée', `${dateTime(operation.preparedAt)}, ${actorName(operation.preparedBy)}`],
    ['Proposée', when(operation.submittedAt)],
    [
      'Approuvée',
      operation.approvedBy !== null &&
        operation.approvedAt !== null &&
        `${dateTime(operation.approvedAt)}, ${actorName(operation.approvedBy)}`,
    ],
    ['Terminée', when(operation.finishedAt)],
    ['Rythme', `${number(operation.perMinute)} par minute`],
  ]);
}

function correctionWords({ typeCode, title: text, author }: NonNullable<BulkOperation['correction']>): string {
  return [
    typeCode !== undefined && `type ${typeCode}`,
    text !== undefined && `titre « ${text} »`,
    author !== undefined && `auteur ${author.family} ${author.given} (${author.id})`,
  ]
    .filter((part) => part !== false)
    .join(', ');
}

function rehearsal(operation: BulkOperation, counts: readonly ItemCount[]): Html {
  const rehearsed = operation.state === 'prepared' || operation.state === 'proposed';
  return table(
    rehearsed ? 'Répétition à blanc' : 'Avancement',
    [{ label: rehearsed ? 'Serait' : 'Est' }, { label: 'Raison', wide: true }, { label: 'Éléments', align: 'right' }],
    counts.map(({ state, ruleId, items }) => {
      const rule = ruleId === null ? undefined : ruleById(ruleId);
      return [
        rehearsed && state === 'pending' ? chip({ tone: 'ok', label: 'Traité' }) : chip(BULK_ITEM_STATES[state]),
        rule !== undefined && html`${ruleTitle(rule)} <a href="/console/regles#${rule.id}">${rule.id}</a>`,
        number(items),
      ];
    }),
  );
}

/** The one or two things that this person may do now. */
function decision(visit: Visit, operation: BulkOperation): Html | undefined {
  const { csrf } = visit.session;
  const at = (name: string) => ({ action: `/console/operations/${operation.id}/${name}`, csrf });
  const button = (name: string, label: string) =>
    actionForm(
      { ...at(name), className: 'form inline act' },
      html`<button type="submit" class="btn">${label}</button>`,
    );
  const confirm = (name: string, label: string, why: string) =>
    actionForm(
      { ...at(name), className: 'form short' },
      html`<p>${why}</p><div class="field"><label for="nombre">Nombre d’éléments, tel que la répétition à blanc l’a compté</label><input id="nombre" name="nombre" inputmode="numeric" required autocomplete="off" maxlength="7"></div><button type="submit" class="btn main">${label}</button>`,
    );
  const own = operation.preparedBy === visit.actor.name;
  switch (operation.state) {
    case 'prepared':
      return card(
        html`${confirm('proposer', needsApproval(visit.gateway, operation) ? 'Proposer à l’approbation' : 'Lancer', needsApproval(visit.gateway, operation) ? 'Une seconde personne devra approuver avant que rien ne soit fait.' : 'Peu d’éléments, et aucun n’a été accepté par le DMP : une seule personne suffit.')}${button('annuler', 'Abandonner')}`,
      );
    case 'proposed':
      return card(
        html`${own ? html`<p>Une autre personne habilitée doit relire cette opération et l’approuver.</p>` : confirm('approuver', 'Approuver et lancer', 'Relire la répétition à blanc et la raison, puis recopier le nombre d’éléments.')}${button('annuler', own ? 'Retirer la proposition' : 'Refuser')}`,
      );
    case 'running':
      return card(html`${button('suspendre', 'Suspendre')}${button('annuler', 'Annuler le reste')}`);
    case 'paused':
      return card(html`${button('poursuivre', 'Poursuivre')}${button('annuler', 'Annuler le reste')}`);
    case 'done':
    case 'cancelled':
      return undefined;
  }
}

function card(body: Html): Html {
  return html`<section class="card"><h2>Décider</h2>${body}</section>`;
}

function itemTable({ action }: BulkOperation, items: readonly BulkItem[]): Html {
  return table(
    'Éléments de l’opération',
    [
      { label: 'N°', align: 'right' },
      { label: action === 're-read' ? 'Message' : 'Document', wide: true },
      { label: 'Reçu' },
      { label: 'Dans l’opération' },
      { label: 'Raison' },
    ],
    items.map(({ position, subject, state, ruleId, title, receivedAt }) => {
      const rule = ruleId === null ? undefined : ruleById(ruleId);
      return [
        number(position),
        action === 're-read' ? title : html`<a class="strong" href="/console/documents/${subject}">${title}</a>`,
        receivedAt !== null &&
          html`<time class="nowrap" datetime="${receivedAt.toISOString()}">${dateTime(receivedAt)}</time>`,
        chip(BULK_ITEM_STATES[state]),
        rule !== undefined && ruleTitle(rule),
      ];
    }),
  );
}
