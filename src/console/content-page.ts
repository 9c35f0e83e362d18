/** Content of a document, opened for a stated reason: pages drawn on the server side by side, and the files themselves. */
import { availableForms, formOf } from '../documents/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { prunedContent } from '../store/retention.ts';
import { empty, explanation, notice } from './components.ts';
import { differenceCard } from './document-legacy.ts';
import { showDocument, visibleDocument } from './document-page.ts';
import { showPdfA } from './document-pdfa.ts';
import { localNumber, patientLine } from './document-table.ts';
import { frameAnswer, pageOf, type ViewAddresses, viewOf } from './document-view.ts';
import { bytes, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Opened } from './opened-contents.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { french, ruleTitle } from './words.ts';

type Form = 'original' | 'prepared' | 'cda' | 'difference';
const FORMS: readonly Form[] = ['original', 'prepared', 'cda', 'difference'];
const FORM_NAMES: Readonly<Record<Form, string>> = {
  original: 'Original',
  prepared: 'Version à envoyer',
  cda: 'CDA',
  difference: 'Différence',
};
const EXTENSIONS: Readonly<Record<string, string>> = {
  'application/pdf': 'pdf',
  'text/xml': 'xml',
  'application/json': 'json',
  'application/dicom': 'dcm',
  'text/plain': 'txt',
  'text/rtf': 'rtf',
  'image/jpeg': 'jpg',
  'image/tiff': 'tif',
};

/** Routes below /contenu. All but the first need the reason given in this session, a quarter of an hour ago at most. */
export function contentRoutes(opened: Opened): readonly PageDefinition[] {
  const guarded = (
    path: string,
    show: (visit: Visit, document: DocumentRecord) => Promise<Answer>,
  ): PageDefinition => ({
    method: 'GET',
    path: `/console/documents/:id/contenu${path}`,
    permission: 'documents.open',
    audited: 'documents',
    answer: async (visit) => {
      const document = await visibleDocument(visit);
      if (document === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
      if (!opened.isOpen(visit, document.id)) return showDocument(visit, { rule: apiRules.reasonRequired });
      return show(visit, document);
    },
  });
  return [
    opening(opened),
    guarded('', showContent),
    guarded('/page', showDrawnPage),
    guarded('/cadre', showFrame),
    guarded('/fichier', saveFile),
    guarded('/pdfa', showPdfA),
  ];
}

function opening(opened: Opened): PageDefinition {
  return {
    method: 'POST',
    path: '/console/documents/:id/contenu',
    permission: 'documents.open',
    audited: 'documents',
    answer: async (visit) => {
      const document = await visibleDocument(visit);
      if (document === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
      if (visit.form('motif') === '') return showDocument(visit, { rule: apiRules.reasonRequired });
      opened.open(visit, document.id);
      return { kind: 'redirect', to: `/console/documents/${document.id}/contenu` };
    },
  };
}

async function showContent(visit: Visit, document: DocumentRecord): Promise<Answer> {
  const { pool } = visit.gateway;
  const forms = await availableForms(pool, document);
  const reissued = forms.includes('difference');
  const shown = forms.filter((form) => form !== 'cda' || document.kind === 'raw' || reissued);
  const panes = await Promise.all(
    shown.filter((form) => form !== 'cda' && form !== 'difference').map((form) => pane(visit, document, form)),
  );
  const body = html`${heading(
    document.title,
    html`<p>${patientLine(document)} · ${localNumber(document)}</p>`,
    html`<a href="/console/documents">Documents</a> <span aria-hidden="true">/</span> <a href="/console/documents/${document.id}">Suivi du document</a>`,
  )}
<p class="tools">${shown.includes('cda') && html`<a class="btn" href="/console/documents/${document.id}/contenu/fichier?forme=cda">Enregistrer le CDA</a>`}
${forms.length > 0 && html`<a class="btn" href="/console/documents/${document.id}/contenu/pdfa">PDF/A : avant et après</a>`}</p>
${forms.length === 0 && (await prunedNotice(visit, document))}
<div class="columns halves">${panes}${reissued && (await differenceCard(visit, document))}</div>`;
  return { kind: 'page', title: `Contenu de ${document.title}`, section: 'documents', body };
}

async function prunedNotice({ gateway }: Visit, document: DocumentRecord): Promise<Html | undefined> {
  const gone = await prunedContent(gateway.pool, document.id);
  const rule = ruleById(gone?.ruleId ?? '');
  if (gone === undefined || rule === undefined) return undefined;
  return notice('idle', ruleTitle(rule), explanation(rule, `purgé le ${dateTime(gone.at)}`));
}

async function pane(visit: Visit, document: DocumentRecord, form: Form): Promise<Html> {
  const content = await formOf(visit.gateway.pool, document, form);
  const url = `/console/documents/${document.id}/contenu`;
  if (!content.ok)
    return html`<section class="card"><h2>${FORM_NAMES[form]}</h2>${empty(ruleTitle(content.refusal.rule), french(content.refusal.rule.remedy))}</section>`;
  const { mimeType, bytes: file } = content.value;
  return html`<section class="card content"><div class="card-head"><h2>${FORM_NAMES[form]}</h2><a class="btn small" href="${url}/fichier?forme=${form}">Enregistrer<span class="unseen"> : ${FORM_NAMES[form]}</span></a></div>
<p class="mut">${mimeType} · ${bytes(file.length)}</p>${await viewOf(content.value, addressesOf(url, form), FORM_NAMES[form])}</section>`;
}

function addressesOf(url: string, form: Form): ViewAddresses {
  return { page: (number) => `${url}/page?forme=${form}&page=${number}`, frame: `${url}/cadre?forme=${form}` };
}

function formAsked(visit: Visit): Form {
  return FORMS.find((form) => form === visit.query('forme')) ?? 'original';
}

async function showDrawnPage(visit: Visit, document: DocumentRecord): Promise<Answer> {
  const content = await formOf(visit.gateway.pool, document, formAsked(visit));
  if (!content.ok) return { kind: 'refused', refusal: content.refusal };
  return pageOf(content.value, Number(visit.query('page') || '1'));
}

async function showFrame(visit: Visit, document: DocumentRecord): Promise<Answer> {
  const content = await formOf(visit.gateway.pool, document, formAsked(visit));
  if (!content.ok) return { kind: 'refused', refusal: content.refusal };
  return frameAnswer(content.value, document.title);
}

async function saveFile(visit: Visit, document: DocumentRecord): Promise<Answer> {
  const form = formAsked(visit);
  const content = await formOf(visit.gateway.pool, document, form);
  if (!content.ok) return { kind: 'refused', refusal: content.refusal };
  const { mimeType, bytes: file } = content.value;
  const saveAs = `document-${document.id.slice(0, 8)}-${form}.${EXTENSIONS[mimeType] ?? 'bin'}`;
  return { kind: 'content', mimeType, bytes: file, saveAs };
}
