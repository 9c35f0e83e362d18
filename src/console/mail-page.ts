/** One received mail: why it waits, its documents beside the patients they may speak of, and what a person decides. */
import { may, sees } from '../api/access.ts';
import { withoutMatricule } from '../ins/redact.ts';
import { decideDocument, decideMail } from '../mssante/index.ts';
import { apiRules } from '../rules/api.ts';
import { ruleById } from '../rules/catalogue.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import { type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type IncomingDocument, incomingOf } from '../store/incoming-documents.ts';
import { type MailRow, mailById } from '../store/incoming-mail.ts';
import { type IncomingReply, repliesOf } from '../store/incoming-replies.ts';
import { actionForm, chip, empty, explanation, fields, notice, table } from './components.ts';
import { bytes, dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { candidateChoice, candidatesFor, comparison } from './mail-candidates.ts';
import { DOCUMENT_WORDS, mailState, REPLY_KINDS, REPLY_WORDS, subjectOf } from './mail-words.ts';
import type { Opened } from './opened-contents.ts';
import { type Answer, isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName, ruleTitle } from './words.ts';

export function mailPages(opened: Opened): readonly PageDefinition[] {
  const act = (name: string, perform: (visit: Visit) => Promise<Result<unknown>>): PageDefinition => ({
    method: 'POST',
    path: `/console/courriels/:id/${name}`,
    permission: 'mails.act',
    audited: 'mails',
    answer: async (visit) => {
      const result = await perform(visit);
      if (result.ok) return { kind: 'redirect', to: `/console/courriels/${visit.id}` };
      return showMail(visit, opened, result.refusal);
    },
  });
  return [
    {
      method: 'GET',
      path: '/console/courriels/:id',
      permission: 'mails.read',
      audited: 'mails',
      answer: (visit) => showMail(visit, opened),
    },
    act('decision', decideOnMail),
    act('document', decideOnDocument),
  ];
}

/** Undefined for one that is not there, or of an establishment that this person does not see. */
export async function visibleMail({ gateway, actor, id }: Visit): Promise<MailRow | undefined> {
  const mail = isUuid(id) ? await mailById(gateway.pool, id) : undefined;
  return mail !== undefined && sees(actor, mail.eg) ? mail : undefined;
}

function decider({ actor, form }: Visit) {
  return { name: actor.name, eg: actor.eg, reason: form('motif') };
}

async function decideOnMail(visit: Visit): Promise<Result<unknown>> {
  const { gateway, id, form } = visit;
  if (!isUuid(id)) return refuse(apiRules.notFound);
  const action = form('action') === 'transferer' ? 'forward' : 'close';
  return decideMail(
    gateway,
    id,
    action === 'forward' ? { action, recipient: form('destinataire').toLowerCase() } : { action },
    decider(visit),
  );
}

async function decideOnDocument(visit: Visit): Promise<Result<unknown>> {
  const { gateway, form } = visit;
  const [document, patient] = [form('document'), form('patient')];
  if (!isUuid(document)) return refuse(apiRules.notFound);
  switch (form('action')) {
    case 'refuser':
      return decideDocument(gateway, document, { action: 'refuse' }, decider(visit));
    case 'remettre':
      return decideDocument(gateway, document, { action: 'hand-over' }, decider(visit));
    default:
      if (!isUuid(patient)) return refuse(apiRules.invalidRequest, { detail: 'Choisir le patient.' });
      return decideDocument(gateway, document, { action: 'attach', identityId: patient }, decider(visit));
  }
}

async function showMail(visit: Visit, opened: Opened, refusal?: Refusal): Promise<Answer> {
  const { gateway } = visit;
  const mail = await visibleMail(visit);
  if (mail === undefined) return { kind: 'refused', refusal: { rule: apiRules.notFound } };
  const [documents, replies] = await Promise.all([incomingOf(gateway.pool, mail.id), repliesOf(gateway.pool, mail.id)]);
  const rule = ruleById(mail.ruleId ?? '');
  const body = html`${heading(
    subjectOf(mail),
    html`<p>${chip(mailState(mail))} ${mail.senderName} ${mail.sender}</p>`,
    html`<a href="/console/courriels">Courriels reçus</a>`,
  )}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
${rule !== undefined && documents.length === 0 && notice(mail.state === 'desk' ? 'doubt' : 'idle', ruleTitle(rule), explanation(rule, mail.detail))}
${await Promise.all(documents.map((document) => documentCard(visit, mail, document)))}
${may(visit.actor, 'documents.open') && contentCard(visit, mail, opened.isOpen(visit, mail.id))}
${may(visit.actor, 'mails.act') && mail.state === 'desk' && mail.kind !== 'documents' && decisionCard(visit, mail)}
<section class="card"><h2>Courriel</h2>${factsOf(mail)}</section>
${replies.length > 0 && repliesCard(replies)}`;
  const status = refusal === undefined ? {} : { status: refusal.rule.http };
  return { kind: 'page', title: `Courriel : ${subjectOf(mail)}`, section: 'courriels', body, ...status };
}

function factsOf(mail: MailRow): Html {
  return fields([
    ['Expéditeur', html`${mail.senderName} ${mail.sender}`],
    ['Boîte', mail.mailbox],
    ['Reçu', dateTime(mail.receivedAt)],
    ['Daté par l’expéditeur', mail.sentAt !== null && dateTime(mail.sentAt)],
    ['Taille', bytes(mail.size)],
    ['Pièces jointes', String(mail.attachments)],
    ['Message-ID', mail.messageId !== null && html`<code>${mail.messageId}</code>`],
    ['Accusé de lecture demandé par', mail.receiptTo !== null && withoutMatricule(mail.receiptTo)],
    [
      'Décision',
      mail.settledBy !== null && html`${actorName(mail.settledBy)}${mail.reason !== null && html` : ${mail.reason}`}`,
    ],
  ]);
}

async function documentCard(visit: Visit, mail: MailRow, document: IncomingDocument): Promise<Html> {
  const rule = ruleById(document.ruleId ?? '');
  const waits = document.state === 'desk' && may(visit.actor, 'mails.act');
  const candidates = document.state === 'desk' ? await candidatesFor(visit, document) : [];
  const named = candidates.find(({ record }) => record.id === document.identityId);
  return html`<section class="card"><h2>${document.title}</h2>
<p>${chip(DOCUMENT_WORDS[document.state])} ${document.typeLabel ?? document.typeCode}</p>
${rule !== undefined && notice(document.state === 'desk' ? 'doubt' : 'idle', ruleTitle(rule), explanation(rule, document.detail))}
${fields([
  ['Identifiant', document.uniqueId !== null && html`<code>${document.uniqueId}</code>`],
  ['Remplace un document', document.replaces && 'oui'],
  [
    'Patient',
    document.identityId !== null &&
      document.state !== 'desk' &&
      html`<a href="/console/patients/${document.identityId}">Dossier du patient</a>`,
  ],
  ['Rattaché par', document.attachedBy !== null && actorName(document.attachedBy)],
  [
    'Décision',
    document.settledBy !== null &&
      html`${actorName(document.settledBy)}${document.reason !== null && html` : ${document.reason}`}`,
  ],
  ['Réponse du DPI', document.answer],
  ['MSH-10', document.controlId !== null && html`<code>${document.controlId}</code>`],
  ['Remis', document.state === 'handed' && document.settledAt !== null && dateTime(document.settledAt)],
])}
${named !== undefined && html`<h3>Le patient qui porte cette INS</h3>${comparison(named)}`}
${waits && html`${searchForm(visit, mail)}${decideForm(visit, mail, document, candidates)}`}</section>`;
}

/** Filters live in the URL; nothing typed here is a matricule. */
function searchForm({ query }: Visit, mail: MailRow): Html {
  const field = (name: string, label: string, hint?: string): Html =>
    html`<div class="field"><label for="cherche-${name}">${label}</label><input id="cherche-${name}" name="${name}" value="${query(name)}" maxlength="100" autocomplete="off"${hint !== undefined && html` placeholder="${hint}"`}></div>`;
  return html`<h3>Chercher le patient</h3><form method="get" action="/console/courriels/${mail.id}" class="filters" role="search">${field('nom', 'Nom')}${field('prenom', 'Prénom')}${field('naissance', 'Date de naissance', 'JJ/MM/AAAA')}<div class="field-actions"><button type="submit" class="btn">Chercher</button></div></form>`;
}

function decideForm(
  { session }: Visit,
  mail: MailRow,
  document: IncomingDocument,
  candidates: Awaited<ReturnType<typeof candidatesFor>>,
): Html {
  const field = `motif-${document.part}`;
  const again = document.ruleId !== null && AGAIN.has(document.ruleId) && document.identityId !== null;
  return actionForm(
    { action: `/console/courriels/${mail.id}/document`, csrf: session.csrf, className: 'form act' },
    html`<input type="hidden" name="document" value="${document.id}">
${
  candidates.length === 0
    ? empty('Aucun patient ne ressemble à celui du document', 'Cherchez par d’autres traits, ou refusez le document.')
    : html`<fieldset><legend>Patients proposés</legend>${candidates.map((candidate) => candidateChoice(document, candidate))}</fieldset>`
}
<div class="field"><label for="${field}">Motif de la décision</label><input id="${field}" name="motif" required maxlength="200" autocomplete="off"></div>
<p class="tools">${candidates.length > 0 && html`<button type="submit" name="action" value="rattacher" class="btn main">Rattacher et remettre au DPI</button> `}${again && html`<button type="submit" name="action" value="remettre" class="btn">Remettre de nouveau</button> `}<button type="submit" name="action" value="refuser" class="btn">Refuser le document</button></p>`,
  );
}

/** Where the patient is known and only the hand-over stopped. */
const AGAIN: ReadonlySet<string> = new Set([
  mssanteInRules.refusedByDpi.id,
  mssanteInRules.rejectedByDpi.id,
  mssanteInRules.unreadableAnswer.id,
  mssanteInRules.neverAnswered.id,
  mssanteInRules.noRoute.id,
  mssanteInRules.notQualifiedHere.id,
]);

function contentCard({ session }: Visit, mail: MailRow, isOpen: boolean): Html {
  const path = `/console/courriels/${mail.id}/contenu`;
  return html`<section class="card"><h2>Contenu</h2>${
    isOpen
      ? html`<p><a class="btn" href="${path}">Revoir le contenu</a></p>`
      : actionForm(
          { action: path, csrf: session.csrf, className: 'form inline act' },
          html`<div class="field"><label for="motif-contenu">Motif de la consultation</label><input id="motif-contenu" name="motif" required maxlength="200" autocomplete="off"></div><button type="submit" class="btn">Ouvrir le contenu</button>`,
        )
  }</section>`;
}

function decisionCard({ session, gateway }: Visit, mail: MailRow): Html {
  const passes = gateway.config.incomingMail.replies !== undefined;
  return html`<section class="card"><h2>Décider</h2>${actionForm(
    { action: `/console/courriels/${mail.id}/decision`, csrf: session.csrf, className: 'form act' },
    html`<div class="field"><label for="motif-decision">Motif</label><input id="motif-decision" name="motif" required maxlength="200" autocomplete="off"></div>
${passes && html`<div class="field"><label for="destinataire">Transférer à (adresse MSSanté)</label><input id="destinataire" name="destinataire" type="email" maxlength="200" autocomplete="off"></div>`}
<p class="tools">${passes && html`<button type="submit" name="action" value="transferer" class="btn">Transférer</button> `}<button type="submit" name="action" value="classer" class="btn main">Classer</button></p>`,
  )}</section>`;
}

function repliesCard(replies: readonly IncomingReply[]): Html {
  return html`<section class="card"><h2>Réponses envoyées</h2>${table(
    'Réponses envoyées',
    [{ label: 'Nature' }, { label: 'À', wide: true }, { label: 'État' }, { label: 'Depuis' }],
    replies.map((reply) => [
      html`${REPLY_KINDS[reply.kind]}${reply.errorCode !== null && html`<br><span class="mut">${reply.errorCode} ${reply.errorLabel}</span>`}`,
      withoutMatricule(reply.recipient),
      html`${chip(REPLY_WORDS[reply.state])}${reply.detail !== null && html`<br><span class="mut">${reply.detail}</span>`}`,
      dateTime(reply.settledAt ?? reply.addedAt),
    ]),
  )}</section>`;
}
