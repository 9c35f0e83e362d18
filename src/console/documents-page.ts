/** The list of documents. Filters and place in the list stay in the URL. */
import { may, sees } from '../api/access.ts';
import { apiRules } from '../rules/api.ts';
import { allRules } from '../rules/catalogue.ts';
import { listDocuments } from '../store/document-list.ts';
import type { DocumentRecord, DocumentState } from '../store/documents.ts';
import { empty, filterForm, filterSelect, filterText } from './components.ts';
import { documentTable, NO_FILTER } from './document-table.ts';
import { establishmentChoices } from './establishments.ts';
import { counted } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { DOCUMENT_STATES } from './words.ts';

const PAGE = 50;

export const documentsPage: PageDefinition = {
  method: 'GET',
  path: '/console/documents',
  permission: 'documents.read',
  audited: 'documents',
  answer: showDocuments,
};

interface Asked {
  readonly etat: string;
  readonly motif: string;
  readonly ipp: string;
  readonly message: string;
  readonly eg: string;
}

async function showDocuments(visit: Visit): Promise<Answer> {
  const { gateway, actor, query } = visit;
  const asked: Asked = {
    etat: query('etat'),
    motif: query('motif'),
    ipp: query('ipp'),
    message: query('message'),
    eg: query('eg'),
  };
  if (asked.eg !== '' && !sees(actor, asked.eg)) return { kind: 'refused', refusal: { rule: apiRules.forbidden } };
  const after = cursor(query('apres'));
  const rows = await listDocuments(gateway.pool, {
    ...NO_FILTER,
    eg: actor.eg ?? orNull(asked.eg),
    state: stateOf(asked),
    ruleId: orNull(asked.motif),
    ipp: orNull(asked.ipp),
    controlId: orNull(asked.message),
    after,
    limit: PAGE + 1,
  });
  const shown = rows.slice(0, PAGE);
  const body = html`${heading(titleOf(asked, rows.length > PAGE || after !== null, shown.length))}
${filters(visit, asked)}
<section class="card list" id="direct-documents" data-live>${shown.length > 0 ? documentTable(visit, shown) : nothing(asked)}</section>
${pagination(asked, rows, after !== null)}
${isFiltered(asked) && shown.length > 0 && may(actor, 'documents.bulk') && bulkLink(asked)}`;
  return {
    kind: 'page',
    title: 'Documents',
    section: 'documents',
    body,
    ...(after === null && { live: 'installation' }),
  };
}

/** From the list to an operation on all that it names; an IPP or a message names too few to need one. */
function bulkLink({ etat, motif, eg }: Asked): Html {
  const kept = Object.entries({ etat, motif, eg }).filter(([, value]) => value !== '');
  return html`<p><a class="btn" href="/console/operations/nouvelle?${new URLSearchParams(kept).toString()}">Agir sur tous ces documents…</a></p>`;
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}

function stateOf({ etat }: Asked): DocumentState | null {
  return Object.hasOwn(DOCUMENT_STATES, etat) ? (etat as DocumentState) : null;
}

function cursor(text: string): { receivedAt: Date; id: string } | null {
  const [at = '', id = ''] = text.split('_');
  const receivedAt = new Date(at);
  return Number.isNaN(receivedAt.getTime()) || !isUuid(id) ? null : { receivedAt, id };
}

function isFiltered(asked: Asked): boolean {
  return Object.values(asked).some((value) => value !== '');
}

function titleOf(asked: Asked, more: boolean, shown: number): string {
  if (!isFiltered(asked)) return 'Documents';
  return more ? 'Documents sélectionnés' : counted(shown, 'document sélectionné', 'documents sélectionnés');
}

function filters(visit: Visit, asked: Asked): Html {
  const establishments = establishmentChoices(visit.gateway.config, visit.actor.eg);
  const states = Object.entries(DOCUMENT_STATES).map(([value, { label }]) => ({ value, label }));
  const reasons = allRules()
    .filter(({ id }) => /^TDU-(FEED|MAP|ID|INSI|DMP|DOC|PDF|CDA)-/.test(id))
    .map(({ id, title }) => ({ value: id, label: `${id} · ${title}` }));
  return filterForm(
    '/console/documents',
    isFiltered(asked),
    html`${filterSelect('etat', 'État', 'Tous', states, stateOf(asked) ?? '')}
${filterSelect('motif', 'Motif', 'Tous', reasons, asked.motif)}
${filterText('ipp', 'IPP', asked.ipp)}
${filterText('message', 'Identifiant de message', asked.message, 'MSH-10')}
${establishments.length > 1 && filterSelect('eg', 'Établissement', 'Tous', establishments, asked.eg)}`,
  );
}

function nothing(asked: Asked): Html {
  return isFiltered(asked)
    ? empty(
        'Aucun document ne correspond à ces filtres',
        html`Élargir la recherche, ou <a href="/console/documents">afficher tous les documents</a>.`,
      )
    : empty(
        'Aucun document n’est encore arrivé',
        html`Les documents envoyés par HL7 (MDM) ou par <code>POST /api/v1/documents</code> apparaîtront ici, chacun avec son état, sa raison et la personne qui peut agir.`,
      );
}

function pagination(asked: Asked, rows: readonly DocumentRecord[], further: boolean): Html {
  const last = rows[PAGE - 1];
  const url = (place: Record<string, string>): string => {
    const kept = Object.entries({ ...asked, ...place }).filter(([, value]) => value !== '');
    return `/console/documents?${new URLSearchParams(kept)}`;
  };
  return html`<nav class="pages" aria-label="Pages de la liste">${further && html`<a class="btn" href="${url({})}">Les plus récents</a>`}${
    rows.length > PAGE &&
    last !== undefined &&
    html`<a class="btn" href="${url({ apres: `${last.receivedAt.toISOString()}_${last.id}` })}">Plus anciens</a>`
  }</nav>`;
}
