/** À traiter: what waits and who must act, one block per owner, each line with its list. */
import { may } from '../api/access.ts';
import type { WaitingReason } from '../indicators/feed.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Owner } from '../rules/rule.ts';
import { countUndecided } from '../store/candidate-pairs.ts';
import {
  identitiesToCheck,
  identitiesToSettle,
  refusedDiffusion,
  refusedDocuments,
  refusedMessages,
} from '../store/console-lists.ts';
import { correctionWork } from '../store/corrections.ts';
import { discrepancyWork } from '../store/discrepancies.ts';
import { recallCounts } from '../store/recalls.ts';
import { empty, table } from './components.ts';
import { CORRECTIONS } from './correction-words.ts';
import { DISCREPANCIES } from './discrepancies-page.ts';
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
    ...(may(visit.actor, 'patients.read')
      ? [...(await identityWork(visit)), ...(await pairLines(visit)), ...(await correctionLines(visit))]
      : []),
    ...(may(visit.actor, 'recalls.read') ? await recallWork(visit) : []),
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

const SETTLE = {
  'not-found': {
    title: 'INSi ne trouve aucune identité',
    remedy: 'Relire les traits sur le dispositif d’identité, corriger, puis demander de nouveau.',
  },
  several: {
    title: 'INSi trouve plusieurs identités',
    remedy: 'Compléter les traits (lieu et prénoms de naissance), puis demander de nouveau.',
  },
  discrepancy: {
    title: 'Traits différents entre INSi et l’identité locale',
    remedy: 'Comparer les deux colonnes au dispositif d’identité, puis trancher.',
  },
  blocked: {
    title: 'Doublon possible : INS déjà portée par une autre identité',
    remedy: 'Comparer les deux identités ; aucune fusion n’est automatique.',
  },
  failed: {
    title: 'Recherche INSi impossible',
    remedy: 'Lire la raison sur la fiche du patient.',
  },
} as const;

async function identityWork({ gateway: { pool } }: Visit): Promise<Work[]> {
  const [toSettle, toCheck] = await Promise.all([identitiesToSettle(pool), identitiesToCheck(pool)]);
  const settle = toSettle.flatMap(({ insiState, identities, oldest }): Work[] =>
    insiState === 'none' || insiState === 'queued' || insiState === 'settled'
      ? []
      : [
          {
            owner: 'identitovigilance',
            ...SETTLE[insiState],
            amount: counted(identities, 'identité', 'identités'),
            oldest,
            path: `/console/patients?insi=${insiState}`,
          },
        ],
  );
  const check = toCheck.map(
    ({ status, identities, oldest }): Work => ({
      owner: 'bureau des entrées',
      title:
        status === 'RECUP' ? 'INS récupérée, dispositif d’identité à contrôler' : 'Identité provisoire à contrôler',
      remedy: 'Contrôler un dispositif d’identité à haut niveau de confiance et l’enregistrer.',
      amount: counted(identities, 'identité', 'identités'),
      oldest,
      path: `/console/patients?statut=${status}`,
    }),
  );
  return [...check, ...settle];
}

const PAIR_WORK = {
  'same-ins': {
    title: 'Deux dossiers réclament la même INS',
    remedy: 'Comparer les deux dossiers : fusionner, ou corriger celui qui a tort. Rien ne part pour le second.',
  },
  duplicate: {
    title: 'Doublons possibles à examiner',
    remedy: 'Comparer les deux dossiers, puis décider ; rien n’est fusionné d’office.',
  },
} as const;

async function pairLines({ gateway: { pool } }: Visit): Promise<Work[]> {
  const waiting = (await countUndecided(pool)).filter(({ state }) => state === 'open');
  return waiting.map(({ kind, pairs, oldest }) => ({
    owner: 'identitovigilance',
    ...PAIR_WORK[kind],
    amount: counted(pairs, 'paire', 'paires'),
    oldest,
    path: '/console/doublons',
  }));
}

const CORRECTION_WORK = {
  opened: { title: 'Corrections à remettre', remedy: 'Imprimer la lettre, la remettre au patient, et le noter.' },
  handed: {
    title: 'Corrections demandées, en attente',
    remedy: 'Attendre le patient ou le service ; relancer au besoin.',
  },
  corrected: {
    title: 'Corrections annoncées, à vérifier',
    remedy: 'Vérifier auprès d’INSi ou sur le nouveau document, puis clore.',
  },
} as const;

async function correctionLines({ gateway: { pool } }: Visit): Promise<Work[]> {
  const [requests, open] = await Promise.all([correctionWork(pool), discrepancyWork(pool)]);
  const discrepancies = open && {
    owner: 'identitovigilance' as const,
    title: 'Traits contradictoires reçus d’une application',
    remedy: 'Relire le dispositif d’identité, puis garder les traits de l’identité ou retenir ceux reçus.',
    amount: counted(open.discrepancies, 'écart', 'écarts'),
    oldest: open.oldest,
    path: DISCREPANCIES,
  };
  const corrections = requests.flatMap(({ state, requests: count, oldest }): Work[] =>
    state === 'closed'
      ? []
      : [
          {
            owner: 'identitovigilance',
            ...CORRECTION_WORK[state],
            amount: counted(count, 'dossier', 'dossiers'),
            oldest,
            path: `${CORRECTIONS}?etat=${state}`,
          },
        ],
  );
  return discrepancies === undefined ? corrections : [discrepancies, ...corrections];
}

async function recallWork({ gateway }: Visit): Promise<Work[]> {
  const { open, toApprove, oldest } = await recallCounts(gateway.pool);
  const line = (title: string, remedy: string, count: number): Work[] => {
    if (count === 0 || oldest === null) return [];
    const amount = counted(count, 'rappel', 'rappels');
    return [{ owner: 'identitovigilance', title, remedy, amount, oldest, path: '/console/rappels' }];
  };
  const decide = 'Dire si c’est une autre personne, la même, ou une fausse alerte.';
  const approve = 'Relire les corrections préparées par une autre personne, puis les approuver.';
  return [
    ...line('Rappels à trancher ou à préparer', decide, open),
    ...line('Rappels à approuver', approve, toApprove),
  ];
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
  const [documents, messages, diffusion] = await Promise.all([
    refusedDocuments(gateway.pool, actor.eg, since),
    may(actor, 'messages.read') ? refusedMessages(gateway.pool, actor.eg, since) : [],
    may(actor, 'diffusion.read') ? refusedDiffusion(gateway.pool) : [],
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
  ];
}
