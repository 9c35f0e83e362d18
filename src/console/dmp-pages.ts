/** Consulter le DMP: the reason first, then the list that the DMP gives, then one document at a time. */
import {
  type AccessReason,
  beginConsultation,
  type Consultation,
  declareAuthorisation,
  endConsultation,
  openConsultation,
  type ReadDocument,
  readDocument,
} from '../consultation/index.ts';
import { apiRules } from '../rules/api.ts';
import { readingRules } from '../rules/reading.ts';
import type { Refusal } from '../rules/rule.ts';
import { explanation, notice } from './components.ts';
import { authorisationCard, consultationHead, reasonForm } from './dmp-access.ts';
import { documentFacts, searchSection } from './dmp-list.ts';
import type { DmpVisit, ReadingMeans } from './dmp-visit.ts';
import { frameAnswer, pageOf, viewOf } from './document-view.ts';
import { birthDate } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { identityOf } from './patient-page.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

const PATH = '/console/patients/:id/dmp';

export function dmpPages(means: ReadingMeans): readonly PageDefinition[] {
  const page = (method: 'GET' | 'POST', path: string, answer: (dmp: DmpVisit) => Promise<Answer>): PageDefinition => ({
    method,
    path: `${PATH}${path}`,
    permission: 'dmp.read',
    audited: 'patients',
    answer: async (visit) => {
      const dmp = await dmpVisit(visit, means);
      return 'rule' in dmp ? { kind: 'refused', refusal: dmp } : answer(dmp);
    },
  });
  return [
    page('GET', '', (dmp) => show(dmp)),
    page('POST', '', begin),
    page('POST', '/autorisation', authorise),
    page('POST', '/fin', end),
    page('GET', '/document', showDocument),
    page('GET', '/document/page', (dmp) =>
      opened(dmp, async ({ content }) => pageOf(content, Number(dmp.visit.query('page') || '1'))),
    ),
    page('GET', '/document/cadre', (dmp) =>
      opened(dmp, async ({ content, entry }) => frameAnswer(content, entry.title ?? 'Document')),
    ),
    page('GET', '/document/fichier', (dmp) => opened(dmp, async ({ content }) => saved(content.bytes))),
  ];
}

/** Only a professional whom a provider authenticated, for one establishment (practice 24). */
async function dmpVisit(visit: Visit, means: ReadingMeans): Promise<DmpVisit | Refusal> {
  const { gateway, session, actor } = visit;
  const identity = await identityOf(visit);
  if (identity === undefined) return { rule: apiRules.notFound };
  const { professional: signed } = session;
  if (signed === undefined || signed.right.eg === null || means === undefined)
    return { rule: readingRules.notProfessional };
  const { professional, authenticatedAt, right } = signed;
  return {
    visit,
    identity,
    context: { ...gateway, ...means },
    reading: {
      reader: { professional, authenticatedAt, eg: right.eg, regulation: right.regulation },
      identity,
      session: session.digest.toString('hex'),
      actor,
    },
    url: `/console/patients/${identity.id}/dmp`,
  };
}

async function show(dmp: DmpVisit, problem?: Refusal): Promise<Answer> {
  const consultation = openConsultation(dmp.context, dmp.reading);
  const inside = consultation === undefined ? reasonForm(dmp) : await consulted(dmp, consultation);
  return dmpPage(dmp, 'Consulter le DMP', html`${problem !== undefined && problemNotice(problem)}${inside}`, problem);
}

async function consulted(dmp: DmpVisit, consultation: Consultation): Promise<Html> {
  const { existence } = consultation;
  const canDeclare = existence.state === 'active' && existence.authorisation !== 'valid';
  const needs = canDeclare && consultation.acting.purpose?.code === 'normal' && existence.authorisation !== 'forbidden';
  return html`${consultationHead(dmp, consultation)}${needs && authorisationCard(dmp, consultation)}${await searchSection(dmp, consultation)}`;
}

async function begin(dmp: DmpVisit): Promise<Answer> {
  const access = accessOf(dmp.visit);
  if (access === undefined) return show(dmp, { rule: readingRules.reasonMissing });
  const begun = await beginConsultation(dmp.context, dmp.reading, access);
  return begun.ok ? { kind: 'redirect', to: dmp.url } : show(dmp, begun.refusal);
}

function accessOf({ form }: Visit): AccessReason | undefined {
  const kind = form('acces');
  if (kind === 'presumed' || kind === 'explicit' || kind === 'centre_15') return { kind };
  return kind === 'bris_de_glace' ? { kind, reason: form('motif') } : undefined;
}

/** An act of its own, never a consequence of another (practice 24). */
async function authorise(dmp: DmpVisit): Promise<Answer> {
  if (dmp.visit.form('accord') !== 'oui')
    return show(dmp, { rule: readingRules.reasonMissing, detail: 'accord du patient' });
  const declared = await declareAuthorisation(dmp.context, dmp.reading);
  return declared.ok ? { kind: 'redirect', to: dmp.url } : show(dmp, declared.refusal);
}

async function end(dmp: DmpVisit): Promise<Answer> {
  endConsultation(dmp.context, dmp.reading);
  return { kind: 'redirect', to: `/console/patients/${dmp.identity.id}` };
}

async function opened(dmp: DmpVisit, use: (document: ReadDocument) => Promise<Answer>): Promise<Answer> {
  const document = await readDocument(dmp.context, dmp.reading, dmp.visit.query('entree'));
  return document.ok ? use(document.value) : show(dmp, document.refusal);
}

function showDocument(dmp: DmpVisit): Promise<Answer> {
  return opened(dmp, async ({ entry, content }) => {
    const of = `entree=${encodeURIComponent(entry.entryUuid)}`;
    const at = `${dmp.url}/document`;
    const addresses = { page: (number: number) => `${at}/page?${of}&page=${number}`, frame: `${at}/cadre?${of}` };
    const title = entry.title ?? 'Document sans titre';
    const body = html`<section class="card content"><div class="card-head"><h2>${title}</h2><a class="btn small" href="${at}/fichier?${of}">Enregistrer</a></div>
${documentFacts(entry)}${await viewOf(content, addresses, title)}</section>`;
    return dmpPage(dmp, title, body, undefined, html`<a href="${dmp.url}">Documents du DMP</a>`);
  });
}

function saved(bytes: Buffer): Answer {
  return { kind: 'content', mimeType: 'text/xml', bytes, saveAs: 'document-dmp.xml' };
}

function problemNotice(problem: Refusal): Html {
  return notice('bad', ruleTitle(problem.rule), explanation(problem.rule, problem.detail));
}

/** Ours is the only identity shown: the traits that the DMP holds are not displayed (dmp.md 7). */
function dmpPage(dmp: DmpVisit, title: string, body: Html, problem?: Refusal, above?: Html): Answer {
  const { identity } = dmp;
  return {
    kind: 'page',
    title,
    section: 'patients',
    body: html`${heading(
      title,
      html`<p>${identity.birthName} ${identity.firstGivenName}, ${identity.sex}, né(e) le ${birthDate(identity.birthDate)}</p>`,
      html`<a href="/console/patients">Patients</a> <span aria-hidden="true">/</span> <a href="/console/patients/${identity.id}">Fiche du patient</a>${above !== undefined && html` <span aria-hidden="true">/</span> ${above}`}`,
    )}${body}`,
    ...(problem !== undefined && { status: problem.rule.http }),
  };
}
