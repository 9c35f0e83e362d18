/** À traiter: what waits and who must act, one block per owner, each line with its list. */
import { may } from '../api/access.ts';
import type { WaitingReason } from '../indicators/feed.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Owner } from '../rules/rule.ts';
import { refusedDiffusion, refusedDocuments, refusedMessages } from '../store/console-lists.ts';
import { waitingMails } from '../store/incoming-mail.ts';
import { type CellList, cellLists } from './cell-work.ts';
import { empty, table } from './components.ts';
import { age, counted } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { listOf, waitingReasons, waitingSentences } from './waiting.ts';
import { asHeading, capital, french } from './words.ts';

/** What was refused longer ago than this is history, not work. */
const REFUSED_DAYS = 30;
const DAY_MS = 86_400_000;

export const workPage: PageDefinition = {
  method: 'GET',
  path: '/console/travail',
  permission: 'documents.read',
  answer: showWork,
};

interface Work {
  readonly owner: Owner;
  readonly title: string;
  readonly remedy: string;
  /** « 7 documents », « 3 identités ». */
  readonly amount: string;
  readonly patients?: number;
  readonly oldest: Date;
  readonly path: string;
}

async function showWork(visit: Visit): Promise<Answer> {
  const reasons = await waitingReasons(visit);
  const work = [
    ...(await cellLists(visit)).flatMap(cellWork),
    ...reasons.map(waitingWork),
    ...(await refusedWork(visit)),
  ];
  const byOwner = Map.groupBy(work, ({ owner }) => owner);
  const owners = [...byOwner].sort(([a], [b]) => Number(a === 'aucun') - Number(b === 'aucun'));
  const sentences = waitingSentences(reasons, visit.now);
  const body = html`<div id="direct-travail" data-live>${heading(
    'À traiter',
    sentences.map((text) => html`<p>${text}</p>`),
  )}
${may(visit.actor, 'patients.settle') && html`<p><a href="/console/verifications">Vérification périodique des INS</a></p>`}
<p><a href="/console/politique">Politique documentaire</a> · <a href="/console/exhaustivite">Exhaustivité des documents de sortie</a> · <a href="/console/suspensions">Envois suspendus</a> · <a href="/console/listes">Listes de documents</a></p>
${owners.map(([owner, lines]) => ownerCard(owner, lines, visit.now))}
${work.length === 0 && html`<section class="card">${empty('Rien à traiter', 'Les identités à contrôler, les documents qui attendent et les messages refusés apparaîtront ici, rangés par personne qui peut agir.')}</section>`}</div>`;
  return { kind: 'page', title: 'À traiter', section: 'travail', body, live: 'installation' };
}

function ownerCard(owner: Owner, lines: readonly Work[], now: Date): Html {
  const sorted = lines.toSorted((a, b) => a.oldest.getTime() - b.oldest.getTime());
  return html`<section class="card"><h2>${owner === 'aucun' ? 'Personne : la passerelle s’en charge' : capital(owner)}</h2>${table(
    `Travail : ${owner}`,
    [
      { label: 'Ce qui attend', wide: true },
      { label: 'Combien', align: 'right' },
      { label: 'Le plus ancien', align: 'right' },
      { label: 'Liste', quiet: true, align: 'right' },
    ],
    sorted.map(({ title, remedy, amount, patients, oldest, path }) => [
      html`<span class="strong">${french(title)}</span><br><span class="mut">${french(remedy)}</span>`,
      html`<span class="nowrap">${amount}</span>${patients !== undefined && html`<br><span class="mut nowrap">${counted(patients, 'patient', 'patients')}</span>`}`,
      age(oldest, now),
      html`<a class="btn small" href="${path}">Voir<span class="unseen"> la liste : ${title}</span></a>`,
    ]),
  )}</section>`;
}

/** A list of the cell where something waits. */
function cellWork({ owner, title, remedy, count, unit, oldest, path }: CellList): Work[] {
  return count === 0 || oldest === null
    ? []
    : [{ owner, title, remedy, amount: counted(count, unit[0], unit[1]), oldest, path }];
}

function waitingWork(reason: WaitingReason): Work {
  const { ruleId, title, owner, documents, patients, oldest } = reason;
  return {
    owner,
    title: asHeading(title),
    remedy: ruleById(ruleId)?.remedy ?? '',
    amount: counted(documents, 'document', 'documents'),
    patients,
    oldest,
    path: listOf(ruleId),
  };
}

async function refusedWork(visit: Visit): Promise<Work[]> {
  const { gateway, actor, now } = visit;
  const since = new Date(now.getTime() - REFUSED_DAYS * DAY_MS);
  const [documents, messages, diffusion, mails] = await Promise.all([
    refusedDocuments(gateway.pool, actor.eg, since),
    may(actor, 'messages.read') ? refusedMessages(gateway.pool, actor.eg, since) : [],
    may(actor, 'diffusion.read') ? refusedDiffusion(gateway.pool) : [],
    may(actor, 'mails.read') ? waitingMails(gateway.pool, actor.eg) : [],
  ]);
  const words = (ruleId: string) => {
    const rule = ruleById(ruleId);
    return {
      owner: rule?.owner ?? ('exploitation' as const),
      remedy: rule?.remedy ?? '',
      title: asHeading(rule?.title ?? ruleId),
    };
  };
  return [
    ...documents.map(({ ruleId, documents: count, patients, oldest }): Work => {
      const { title, ...rest } = words(ruleId);
      return {
        ...rest,
        title: `Documents refusés : ${title}`,
        amount: counted(count, 'document', 'documents'),
        patients,
        oldest,
        path: `/console/documents?motif=${ruleId}&etat=refused`,
      };
    }),
    ...messages.map(({ ruleId, messages: count, oldest }): Work => {
      const { title, ...rest } = words(ruleId);
      return {
        ...rest,
        title: `Messages refusés : ${title}`,
        amount: counted(count, 'message', 'messages'),
        oldest,
        path: `/console/messages?motif=${ruleId}`,
      };
    }),
    ...diffusion.map(({ subscriber, ruleId, messages: count, oldest }): Work => {
      const { title, ...rest } = words(ruleId);
      return {
        ...rest,
        title: `Abonné ${subscriber} : ${title}`,
        amount: counted(count, 'message', 'messages'),
        oldest,
        path: `/console/abonnes/${subscriber}`,
      };
    }),
    ...mails.map(({ ruleId, mails: count, oldest }): Work => {
      const { title, ...rest } = words(ruleId);
      return {
        ...rest,
        title: `Courriels reçus : ${title}`,
        amount: counted(count, 'courriel', 'courriels'),
        oldest,
        path: '/console/courriels',
      };
    }),
  ];
}
