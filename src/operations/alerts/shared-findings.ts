/** What the database tells of the whole installation: services, queues, documents, proofs, answers. */
import { findSource } from '../../config/lookup.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { type TaskKind, WORKER_LOCK_CLASS } from '../../queue/tasks.ts';
import { alertRules } from '../../rules/alerts.ts';
import { ruleById } from '../../rules/catalogue.ts';
import { diffusionRules } from '../../rules/diffusion.ts';
import { mssanteInRules } from '../../rules/mssante-in.ts';
import { recallRules } from '../../rules/recall.ts';
import { failedNotices } from '../../store/alert-notices.ts';
import { allCircuits } from '../../store/circuits.ts';
import { refusedDiffusion } from '../../store/console-lists.ts';
import { listMailboxes } from '../../store/mailboxes.ts';
import {
  answersPendingSince,
  backlogs,
  lastHeard,
  livingWorkers,
  readyWithoutAcceptance,
  unknownSince,
  unsealedSince,
  waitingSince,
} from '../../store/observations.ts';
import { undecidedSince } from '../../store/recalls.ts';
import { listSubscribers } from '../../store/subscribers.ts';
import { CHAIN_NAMES, type Finding, lasting, minutesBefore } from './finding.ts';

const DAY_MINUTES = 1_440;

const LOOKS = [
  services,
  acceptance,
  queues,
  waiting,
  unknown,
  answers,
  seals,
  notices,
  silentSenders,
  subscribers,
  mailboxes,
  recalls,
];

/** Quick questions, one after the other: the watch must not take the place of those who work. */
export async function sharedFindings(context: UseCaseContext): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const look of LOOKS) found.push(...(await look(context)));
  return found;
}

async function services({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const before = minutesBefore(now(), config.alerts.thresholds.serviceDownMinutes);
  return (await allCircuits(pool))
    .filter(({ state, since }) => state !== 'closed' && since <= before)
    .map(({ service, since, lastError }) => ({
      rule: alertRules.serviceDown,
      subject: service,
      severity: 'critical',
      detail: `ne répond plus depuis ${lasting(now().getTime() - since.getTime())}${lastError === null ? '' : ` : ${lastError}`}`,
    }));
}

async function acceptance({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const { noAcceptanceMinutes } = config.alerts.thresholds;
  const ready = await readyWithoutAcceptance(pool, minutesBefore(now(), noAcceptanceMinutes));
  if (ready === 0) return [];
  const detail = `aucune acceptation depuis ${lasting(noAcceptanceMinutes * 60_000)}, ${ready} document(s) prêt(s) au moins`;
  return [{ rule: alertRules.nothingAccepted, subject: 'DMP', severity: 'critical', detail }];
}

const QUEUES: Readonly<Record<TaskKind, string>> = {
  message: 'lecture des messages',
  insi: 'appels INSi',
  verify: 'vérification des INS',
  release: 'libération des documents',
  document: 'préparation des documents',
  deliver: 'envoi au DMP',
  reconcile: 'questions au DMP',
  answer: 'acquittements métier',
  notice: 'alertes',
  bulk: 'opérations en masse',
  mapping: 'documents d’une correspondance',
  match: 'recherche de doublons',
  'match-run': 'recherche de doublons sur toute la base',
  recall: 'rappels',
  'recall-notice': 'messages des rappels',
  'patient-import': 'import de patients',
  'dmp-state': 'test d’existence du DMP',
  resume: 'reprise des envois suspendus',
  mail: 'courriels MSSanté',
  'incoming-mail': 'ouverture des courriels MSSanté reçus',
  'mail-handover': 'remise au DPI des documents reçus par MSSanté',
  'mail-reply': 'réponses aux courriels MSSanté reçus',
  rehearsal: 'répétition d’un paquet de règles',
  lane: 'documents d’un flux qui a changé de voie',
  relay: 'messages remis à l’ancienne plateforme',
};

async function queues({ pool, config }: UseCaseContext): Promise<Finding[]> {
  const { backlogMinutes, workersSilentMinutes } = config.alerts.thresholds;
  const due = await backlogs(pool);
  const late: Finding[] = due
    .filter(({ seconds }) => seconds > backlogMinutes * 60)
    .map(({ kind, tasks, seconds }) => ({
      rule: alertRules.backlogOld,
      subject: `File : ${QUEUES[kind as TaskKind] ?? kind}`,
      severity: 'warning',
      detail: `${tasks} en attente, la plus ancienne depuis ${lasting(seconds * 1_000)}`,
    }));
  const tasks = due.reduce((sum, queue) => sum + queue.tasks, 0);
  const forgotten = due.some(({ seconds }) => seconds > workersSilentMinutes * 60);
  if (!forgotten || (await livingWorkers(pool, WORKER_LOCK_CLASS)) > 0) return late;
  const detail = `${tasks} tâche(s) attendent`;
  return [...late, { rule: alertRules.workersSilent, subject: 'Installation', severity: 'critical', detail }];
}

async function waiting({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const groups = await waitingSince(pool, minutesBefore(now(), config.alerts.thresholds.waitingDays * DAY_MINUTES));
  return groups.map(({ eg, ruleId, documents, oldest }) => {
    const rule = ruleById(ruleId ?? '');
    const reason = rule === undefined ? '' : ` (${rule.title} ; ${rule.owner})`;
    return {
      rule: alertRules.waitingOld,
      subject: `Établissement ${eg} · ${ruleId ?? 'sans raison connue'}`,
      severity: 'warning',
      detail: `${documents} document(s), le plus ancien depuis ${lasting(now().getTime() - oldest.getTime())}${reason}`,
      eg,
    };
  });
}

async function unknown({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const groups = await unknownSince(pool, minutesBefore(now(), config.alerts.thresholds.unknownMinutes));
  return groups.map(({ eg, documents, oldest }) => ({
    rule: alertRules.unknownOld,
    subject: `Établissement ${eg}`,
    severity: 'warning',
    detail: `${documents} envoi(s), le plus ancien depuis ${lasting(now().getTime() - oldest.getTime())}`,
    eg,
  }));
}

async function answers({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const groups = await answersPendingSince(pool, minutesBefore(now(), config.alerts.thresholds.answersMinutes));
  return groups.map(({ sender, eg, answers: count, oldest }) => ({
    rule: alertRules.answersUndelivered,
    subject: `Application ${nameOf(sender)}`,
    severity: 'warning',
    detail: `${count} acquittement(s), le plus ancien depuis ${lasting(now().getTime() - oldest.getTime())}`,
    eg,
  }));
}

async function seals({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const before = minutesBefore(now(), config.alerts.thresholds.sealerLateMinutes);
  const found: Finding[] = [];
  for (const chain of ['ledger', 'audit'] as const) {
    const oldest = await unsealedSince(pool, chain);
    if (oldest === undefined || oldest > before) continue;
    const detail = `des lignes attendent depuis ${lasting(now().getTime() - oldest.getTime())}`;
    found.push({ rule: alertRules.sealerLate, subject: CHAIN_NAMES[chain], severity: 'warning', detail });
  }
  return found;
}

async function notices({ pool, now }: UseCaseContext): Promise<Finding[]> {
  const failed = await failedNotices(pool, minutesBefore(now(), DAY_MINUTES));
  if (failed === 0) return [];
  const detail = `${failed} message(s) abandonné(s) depuis 24 heures`;
  return [{ rule: alertRules.noticesFailed, subject: 'Envoi des alertes', severity: 'warning', detail }];
}

async function silentSenders({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const watched = config.sources.filter(({ silentAfterMinutes }) => silentAfterMinutes !== undefined);
  if (watched.length === 0) return [];
  const heard = await lastHeard(pool);
  return watched.flatMap((source): Finding[] => {
    const own = heard.filter((flow) => findSource(config, flow.application, flow.facility) === source);
    const last = Math.max(...own.map(({ lastSeen }) => lastSeen.getTime()));
    const silentMs = now().getTime() - last;
    // One that was never heard is being installed: nothing was usual yet.
    if (own.length === 0 || silentMs <= (source.silentAfterMinutes ?? 0) * 60_000) return [];
    return [
      {
        rule: alertRules.senderSilent,
        subject: `Application ${nameOf(`${source.application}|${source.facility}`)}`,
        severity: 'warning',
        detail: `dernier message il y a ${lasting(silentMs)}`,
        eg: source.eg,
      },
    ];
  });
}

async function subscribers({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  if (config.diffusion.subscribers.length === 0) return [];
  const before = minutesBefore(now(), config.diffusion.alertMinutes);
  const since = (date: Date): string => lasting(now().getTime() - date.getTime());
  const declared = (await listSubscribers(pool)).filter(({ enabled }) => enabled);
  const away = declared.flatMap(({ name, failingSince, waiting: queued, lastError }): Finding[] => {
    if (failingSince === null || failingSince > before) return [];
    const detail = `sans réponse depuis ${since(failingSince)} (${lastError ?? 'cause inconnue'}), ${queued} message(s) en attente`;
    return [{ rule: diffusionRules.subscriberAway, subject: `Abonné ${name}`, severity: 'warning', detail }];
  });
  const refusals = (await refusedDiffusion(pool)).filter(({ oldest }) => oldest <= before);
  const bySubscriber = Map.groupBy(refusals, ({ subscriber }) => subscriber);
  const refused = [...bySubscriber].map(([subscriber, groups]): Finding => {
    const oldest = groups.reduce((first, group) => (group.oldest < first ? group.oldest : first), now());
    const messages = groups.reduce((sum, group) => sum + group.messages, 0);
    const detail = `${messages} message(s), le plus ancien depuis ${since(oldest)}`;
    return { rule: diffusionRules.refusalsWaiting, subject: `Abonné ${subscriber}`, severity: 'warning', detail };
  });
  return [...away, ...refused];
}

/** Documents for patients of ours wait in a mailbox that nobody can read. */
async function mailboxes({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  if (config.incomingMail.mailboxes.length === 0) return [];
  const before = minutesBefore(now(), config.alerts.thresholds.serviceDownMinutes);
  return (await listMailboxes(pool)).flatMap(({ name, enabled, failingSince, lastError }): Finding[] => {
    if (!enabled || failingSince === null || failingSince > before) return [];
    const detail = `injoignable depuis ${lasting(now().getTime() - failingSince.getTime())} (${lastError ?? 'cause inconnue'})`;
    return [{ rule: mssanteInRules.mailboxAway, subject: `Boîte ${name}`, severity: 'warning', detail }];
  });
}

/** Told again each day, until somebody decides or approves (practice 23). */
async function recalls({ pool, config, now }: UseCaseContext): Promise<Finding[]> {
  const open = await undecidedSince(pool, minutesBefore(now(), config.recalls.remindAfterHours * 60));
  return open.map(({ id, path, openedAt }) => {
    const openMs = now().getTime() - openedAt.getTime();
    return {
      rule: recallRules.undecided,
      subject: `Rappel ${id.slice(0, 8)}`,
      severity: path === 'wrong-person' ? 'critical' : 'warning',
      detail: `ouvert depuis ${lasting(openMs)}, ${path === 'doubt' ? 'l’identité est gelée' : 'corrections à préparer ou à approuver'}`,
      step: String(Math.floor(openMs / (DAY_MINUTES * 60_000))),
    };
  });
}

/** `MSH-3|MSH-4` for a reader. */
function nameOf(sender: string): string {
  const [application = '', facility = ''] = sender.split('|');
  return facility === '' || facility === '*' ? application : `${application} (${facility})`;
}
