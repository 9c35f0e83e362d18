/**
 * Content of a received mail, opened for a stated reason: its text as text, its attachments drawn by the server or saved,
 * never run or shown by the browser.
 */
import { apiRules } from '../rules/api.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import { type Result, refuse } from '../rules/rule.ts';
import { type MailRow, rawMail } from '../store/incoming-mail.ts';
import { openMail } from '../wire/mail/open.ts';
import type { OpenedPackage } from '../wire/mail/package.ts';
import { empty, explanation, notice, table } from './components.ts';
import { frameAnswer, pageOf, type Shown, viewOf } from './document-view.ts';
import { bytes } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { visibleMail } from './mail-page.ts';
import { subjectOf } from './mail-words.ts';
import type { Opened } from './opened-contents.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

export function mailContentPages(opened: Opened): readonly PageDefinition[] {
  const guarded = (path: string, show: (visit: Visit, mail: MailRow) => Promise<Answer>): PageDefinition => ({
    method: 'GET',
    path: `/console/courriels/:id/contenu${path}`,
    permission: 'documents.open',
    audited: 'mails',
    answer: async (visit) => {
      const mail = await visibleMail(visit);
      if (mail === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
      if (!opened.isOpen(visit, mail.id)) return { kind: 'refused', refusal: { rule: apiRules.reasonRequired } };
      return show(visit, mail);
    },
  });
  return [
    {
      method: 'POST',
      path: '/console/courriels/:id/contenu',
      permission: 'documents.open',
      audited: 'mails',
      answer: async (visit) => {
        const mail = await visibleMail(visit);
        if (mail === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
        if (visit.form('motif') === '') return { kind: 'refused', refusal: { rule: apiRules.reasonRequired } };
        opened.open(visit, mail.id);
        return { kind: 'redirect', to: `/console/courriels/${mail.id}/contenu` };
      },
    },
    guarded('', showContent),
    guarded('/page', showDrawnPage),
    guarded('/cadre', showFrame),
    guarded('/fichier', saveFile),
  ];
}

async function openedMail({ gateway }: Visit, mail: MailRow): Promise<Result<OpenedPackage>> {
  const raw = await rawMail(gateway.pool, mail.id);
  if (raw === undefined) return refuse(mssanteInRules.contentGone);
  return openMail(raw, { maxBytes: gateway.config.incomingMail.maxBytes });
}

interface Piece extends Shown {
  readonly name: string;
}

/** Attachments, then the documents of the archive. */
function piecesOf({ mail, xdm }: OpenedPackage): readonly Piece[] {
  const documents = xdm.ok ? xdm.value.documents : [];
  return [
    ...mail.attachments.map(({ name, mimeType, bytes: content }) => ({ name, mimeType, bytes: Buffer.from(content) })),
    ...documents.map(({ subset, uri, mimeType, bytes: content }) => ({
      name: `${subset}/${uri}`,
      mimeType,
      bytes: Buffer.from(content),
    })),
  ];
}

async function showContent(visit: Visit, mail: MailRow): Promise<Answer> {
  const opened = await openedMail(visit, mail);
  const above = html`<a href="/console/courriels">Courriels reçus</a> <span aria-hidden="true">/</span> <a href="/console/courriels/${mail.id}">Suivi du courriel</a>`;
  const title = `Contenu : ${subjectOf(mail)}`;
  if (!opened.ok) {
    const { rule, detail } = opened.refusal;
    const body = html`${heading(subjectOf(mail), undefined, above)}${notice('bad', ruleTitle(rule), explanation(rule, detail))}`;
    return { kind: 'page', title, section: 'courriels', body };
  }
  const { text, cut } = opened.value.mail;
  const pieces = piecesOf(opened.value);
  const body = html`${heading(subjectOf(mail), html`<p>${mail.senderName} ${mail.sender}</p>`, above)}
<section class="card"><h2>Texte</h2>${text.trim() === '' ? empty('Sans texte', 'Le courriel n’a que des pièces jointes.') : html`<pre class="narrative-text" tabindex="0" role="region" aria-label="Texte du courriel">${text}</pre>`}${cut && html`<p class="mut">La suite n’est pas affichée.</p>`}</section>
<section class="card list"><h2>Pièces jointes</h2>${pieces.length === 0 ? empty('Aucune pièce jointe', 'Le courriel ne contient que du texte.') : pieceTable(mail, pieces)}</section>
${await Promise.all(pieces.map((piece, index) => preview(mail, piece, index)))}`;
  return { kind: 'page', title, section: 'courriels', body };
}

function pieceTable(mail: MailRow, pieces: readonly Piece[]): Html {
  return table(
    'Pièces jointes',
    [
      { label: 'Nom', wide: true },
      { label: 'Format' },
      { label: 'Taille', align: 'right' },
      { label: 'Enregistrer', quiet: true },
    ],
    pieces.map((piece, index) => [
      piece.name === '' ? html`<span class="mut">sans nom</span>` : piece.name,
      piece.mimeType,
      bytes(piece.bytes.length),
      html`<a class="btn small" href="/console/courriels/${mail.id}/contenu/fichier?piece=${index}">Enregistrer<span class="unseen"> ${piece.name}</span></a>`,
    ]),
  );
}

/** What the console can show of itself; the rest is saved. */
const SHOWABLE = /^(application\/(pdf|xml|xslt\+xml)|text\/(xml|rtf)|image\/(jpeg|tiff))$/;

async function preview(mail: MailRow, piece: Piece, index: number): Promise<Html | undefined> {
  if (!SHOWABLE.test(piece.mimeType)) return undefined;
  const base = `/console/courriels/${mail.id}/contenu`;
  const addresses = {
    page: (number: number) => `${base}/page?piece=${index}&page=${number}`,
    frame: `${base}/cadre?piece=${index}`,
  };
  return html`<section class="card content"><h2>${piece.name}</h2>${await viewOf(piece, addresses, piece.name)}</section>`;
}

async function pieceAsked(visit: Visit, mail: MailRow): Promise<Piece | undefined> {
  const opened = await openedMail(visit, mail);
  const asked = visit.query('piece');
  return opened.ok && /^\d{1,4}$/.test(asked) ? piecesOf(opened.value)[Number(asked)] : undefined;
}

async function showDrawnPage(visit: Visit, mail: MailRow): Promise<Answer> {
  const piece = await pieceAsked(visit, mail);
  if (piece === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  return pageOf(piece, Number(visit.query('page')));
}

async function showFrame(visit: Visit, mail: MailRow): Promise<Answer> {
  const piece = await pieceAsked(visit, mail);
  if (piece === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  return frameAnswer(piece, piece.name);
}

/** Under a name of ours and as bytes without a meaning: what the sender calls it decides nothing. */
async function saveFile(visit: Visit, mail: MailRow): Promise<Answer> {
  const piece = await pieceAsked(visit, mail);
  if (piece === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const extension = /\.([a-z0-9]{1,5})$/i.exec(piece.name)?.[1]?.toLowerCase() ?? 'bin';
  const saveAs = `courriel-${mail.id.slice(0, 8)}-${visit.query('piece')}.${extension}`;
  return { kind: 'content', mimeType: 'application/octet-stream', bytes: piece.bytes, saveAs };
}
