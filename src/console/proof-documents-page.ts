/** The documents behind a figure of the proof, one line each, without any trait of a patient. */
import { may } from '../api/access.ts';
import { documentType } from '../codes/document-types.ts';
import {
  documentsCsvHead,
  documentsCsvLine,
  documentsOf,
  everyDocumentOf,
  FORMULAS,
  kindLabel,
} from '../proof/index.ts';
import { apiRules } from '../rules/api.ts';
import type { ProvedDocument } from '../store/proof-counts.ts';
import { empty, table } from './components.ts';
import { establishmentName } from './establishments.ts';
import { counted, dateTime, day, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { address, askedOf, DESTINATIONS, PROOF_PATH, windowChoices } from './proof-words.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';

const PATH = `${PROOF_PATH}/documents`;
const SHOWN = 100;

export const proofDocumentsPages: readonly PageDefinition[] = [
  { method: 'GET', path: PATH, permission: 'proof.export', audited: 'proof', answer: showDocuments },
  { method: 'GET', path: `${PATH}/export`, permission: 'proof.export', audited: 'proof', answer: exportDocuments },
];

async function orderOf(visit: Visit) {
  const asked = askedOf(visit, await windowChoices(visit));
  const id = visit.query('formule');
  const known = id === '' || FORMULAS.some((formula) => formula.id === id);
  if (asked === undefined || !known) return undefined;
  const { from, to, ej, eg } = asked;
  const given = (name: string) => (visit.query(name) === '' ? undefined : visit.query(name));
  const what = { formula: given('formule'), kind: given('domaine'), destination: given('destination') };
  const qualified = visit.query('qualifiee') === 'oui' || visit.query('retires') === 'oui' ? true : undefined;
  return { from, to, ej, eg, ...what, qualified, takenOut: visit.query('retires') === 'oui' };
}

function own(visit: Visit): Record<string, string> {
  return Object.fromEntries(
    ['formule', 'domaine', 'destination', 'qualifiee', 'retires'].map((name) => [name, visit.query(name)]),
  );
}

async function showDocuments(visit: Visit): Promise<Answer> {
  const order = await orderOf(visit);
  if (order === undefined) return { kind: 'refused', refusal: { rule: apiRules.invalidRequest, detail: 'période' } };
  const after = Number(visit.query('apres')) || 0;
  const rows = await documentsOf(visit.gateway.pool, { ...order, after, limit: SHOWN + 1 });
  const shown = rows.slice(0, SHOWN);
  const formula = FORMULAS.find(({ id }) => id === order.formula);
  const title = 'Documents de la preuve';
  const where = order.destination === undefined ? 'Toutes destinations' : (DESTINATIONS[order.destination] ?? '');
  const whole = order.kind === undefined ? where : `${where}, ${kindLabel(order.kind)}`;
  const what = formula === undefined ? whole : `${formula.programme}, ${formula.objective}`;
  const lead = html`<p>${what}${order.takenOut && ' ; retirés, qui ne comptent plus'} : du ${day(order.from)} au ${day(new Date(order.to.getTime() - 1))}.</p>
<p class="field-actions"><a class="btn" href="${address(visit, `${PATH}/export`, own(visit))}">Ces documents (CSV)</a></p>`;
  const last = shown.at(-1);
  const next =
    rows.length > SHOWN &&
    last !== undefined &&
    html`<p class="field-actions"><a class="btn" href="${address(visit, PATH, { ...own(visit), apres: String(last.ledgerId) })}">Suivants</a></p>`;
  const body = html`${heading(title, lead, html`<a href="${address(visit, PROOF_PATH)}">Preuve d’alimentation</a>`)}<section class="card list"><h2>${counted(shown.length, 'document', 'documents')}${rows.length > SHOWN && ' sur cette page'}</h2>${
    shown.length === 0 ? empty('Aucun document', 'Changer la période ou l’établissement.') : list(visit, shown)
  }${next}</section>`;
  return { kind: 'page', title, section: 'preuve', body };
}

function list(visit: Visit, rows: readonly ProvedDocument[]): Html {
  return table(
    'Documents comptés',
    [
      { label: 'Document', wide: true },
      { label: 'Destination' },
      { label: 'Établissement' },
      { label: 'Accepté le' },
      { label: 'Maillon', align: 'right' },
      { label: 'Ouvrir', quiet: true, align: 'right' },
    ],
    rows.map((row) => [
      html`<span class="strong">${documentType(row.typeCode)?.label ?? row.typeCode}</span><br><code class="mut">${row.uniqueId}</code>${row.versions > 1 && html`<br><span class="mut">${counted(row.versions, 'version', 'versions')}</span>`}`,
      DESTINATIONS[row.destination] ?? row.destination,
      establishmentName(visit.gateway.config, row.eg),
      html`${dateTime(row.at)}${row.endedAt !== null && html`<br><span class="mut">retiré le ${dateTime(row.endedAt)}</span>`}`,
      html`${number(row.position)}<br><code class="mut">${row.hash.slice(0, 8)}…</code>`,
      may(visit.actor, 'documents.read') &&
        html`<a class="btn small" href="/console/documents/${row.documentId}">Ouvrir<span class="unseen"> le document ${row.uniqueId}</span></a>`,
    ]),
  );
}

async function exportDocuments(visit: Visit): Promise<Answer> {
  const order = await orderOf(visit);
  if (order === undefined) return { kind: 'refused', refusal: { rule: apiRules.invalidRequest, detail: 'période' } };
  const lines = async function* () {
    yield documentsCsvHead();
    for await (const document of everyDocumentOf(visit.gateway.pool, order)) yield documentsCsvLine(document);
  };
  return { kind: 'stream', mimeType: 'text/csv; charset=utf-8', chunks: lines(), saveAs: 'preuve-documents.csv' };
}
