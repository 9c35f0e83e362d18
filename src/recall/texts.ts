/** What people are told of a recall, in French, without any trait of the patient: the console gives the rest to who may. */
import { establishmentOf } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import type { RecallItemView, RecallNotice } from '../store/recall-items.ts';
import type { Recall } from '../store/recalls.ts';

const HOUR_MS = 3_600_000;
/** Documents named in one message. */
const MOST_LISTED = 50;

const PARIS = new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris', dateStyle: 'short', timeStyle: 'short' });

function frenchInstant(at: Date): string {
  return `${PARIS.format(at)} (heure de Paris)`;
}

/** Until when a breach of personal data is notified. */
export function notificationDeadline(
  { recalls }: Pick<Config, 'recalls'>,
  { openedAt }: Pick<Recall, 'openedAt'>,
): Date {
  return new Date(openedAt.getTime() + recalls.notificationHours * HOUR_MS);
}

export function noticeText(
  config: Config,
  recall: Recall,
  notice: Pick<RecallNotice, 'recipient' | 'documents'>,
  items: readonly RecallItemView[],
): { subject: string; text: string } {
  const lines = {
    author: () => authorLines(items),
    'data-protection-officer': () => officerLines(config, recall, items),
    'regional-referent': () => referentLines(config, items),
  }[notice.recipient]();
  const subject = {
    author: 'Documents retirés d’un DMP où ils n’auraient pas dû se trouver',
    'data-protection-officer':
      'Violation de données personnelles : documents transmis sous l’identité d’une autre personne',
    'regional-referent': 'Événement d’identitovigilance : documents transmis sous l’INS d’une autre personne',
  }[notice.recipient];
  const end = [
    '',
    `Rappel ${recall.id}, préparé par ${person(recall.preparedBy)}, approuvé par ${person(recall.approvedBy)}.`,
    'Ce message ne contient aucun trait d’identité du patient : la page du rappel, dans la console, donne le détail aux personnes habilitées.',
    `Installation ${config.software.instance}`,
  ];
  return { subject: `[Trait d'Union] ${subject}`, text: [...lines, ...end].join('\n') };
}

function person(name: string | null): string {
  return (name ?? 'personne').replace(/^(user|token):/, '');
}

function authorLines(items: readonly RecallItemView[]): string[] {
  return [
    items.length === 1
      ? 'Un document dont vous êtes l’auteur a été transmis au DMP d’une autre personne que son patient. Sa suppression est demandée.'
      : `${items.length} documents dont vous êtes l’auteur ont été transmis au DMP d’une autre personne que leur patient. Leur suppression est demandée.`,
    '',
    ...items
      .slice(0, MOST_LISTED)
      .map(
        ({ sentAt, reference, resend }) =>
          `- transmis le ${sentAt === null ? 'date inconnue' : frenchInstant(sentAt)}, identifiant ${reference ?? 'inconnu'} : ${RESENDS[resend]}`,
      ),
    ...(items.length > MOST_LISTED ? [`- et ${items.length - MOST_LISTED} autres`] : []),
    '',
    'Si une décision de soins a pu s’appuyer sur ces documents dans le mauvais dossier, prévenez les personnes concernées.',
  ];
}

const RESENDS = {
  rebuild: 'il repartira pour le bon patient dès que son identité sera qualifiée',
  'ask-sender': 'il est à produire et à envoyer de nouveau pour le bon patient, depuis votre logiciel',
  none: 'il ne peut pas être supprimé par le téléservice ; le support du DMP est saisi',
} as const;

function officerLines(config: Config, recall: Recall, items: readonly RecallItemView[]): string[] {
  return [
    'Des documents médicaux ont été transmis au DMP sous l’identité nationale de santé (INS) d’une autre personne que leur patient.',
    '',
    `Constaté le : ${frenchInstant(recall.openedAt)}`,
    `Délai de notification à la CNIL : ${config.recalls.notificationHours} heures, soit avant le ${frenchInstant(notificationDeadline(config, recall))}`,
    ...counts(config, items),
    'Personnes concernées : le patient des documents, et le titulaire du DMP où ils ont été visibles.',
    'Mesures prises : suppression demandée dans le DMP, auteurs et référent régional prévenus, INS retirée ou identité gelée tant que la question est ouverte.',
  ];
}

function referentLines(config: Config, items: readonly RecallItemView[]): string[] {
  return [
    'Une erreur d’identité a conduit à transmettre des documents sous l’INS d’une autre personne.',
    '',
    ...counts(config, items),
    'La cellule d’identitovigilance de l’établissement reste votre interlocutrice pour l’analyse de l’événement.',
  ];
}

function counts(config: Config, items: readonly RecallItemView[]): string[] {
  const dates = items.flatMap(({ sentAt }) => (sentAt === null ? [] : [sentAt.getTime()]));
  const egs = [...new Set(items.flatMap(({ eg }) => (eg === null ? [] : [eg])))];
  return [
    `Documents : ${items.length}${dates.length === 0 ? '' : `, transmis entre le ${frenchInstant(new Date(Math.min(...dates)))} et le ${frenchInstant(new Date(Math.max(...dates)))}`}`,
    `Établissements : ${egs.map((eg) => `${establishmentOf(config, eg).geographic.name} (${eg})`).join(', ')}`,
  ];
}

/**
 * For the support of the DMP: what it does not let us take out. No INS: it is given by the channel that the support asks
 * for, to the person who opens the incident there.
 */
export function incidentText(config: Config, recall: Recall, items: readonly RecallItemView[]): string {
  return [
    'FICHE D’INCIDENT : documents à retirer d’un DMP',
    '',
    `Rappel : ${recall.id}`,
    `Constaté le : ${frenchInstant(recall.openedAt)}`,
    `Logiciel : ${config.software.name} ${config.software.version}`,
    ...(config.dmp === undefined ? [] : [`Numéro d’homologation DMP : ${config.dmp.homologation}`]),
    'Motif : documents transmis sous l’INS d’une autre personne que leur patient ; leur suppression (TD3.3c) n’a pas abouti.',
    'L’INS concernée est donnée au support par la voie qu’il demande ; elle ne figure pas sur cette fiche.',
    ...items.flatMap((item, index) => ['', `Document ${index + 1}`, ...incidentLines(config, item)]),
    '',
  ].join('\n');
}

function incidentLines(config: Config, item: RecallItemView): string[] {
  const { eg, reference, entryUuid, submissionUniqueId, sentAt, ruleId, detail, requestOutcome } = item;
  const answer = requestOutcome === null || requestOutcome === undefined ? [] : [JSON.stringify(requestOutcome)];
  return [
    ...(eg === null ? [] : [`Établissement : ${establishmentOf(config, eg).geographic.name} (FINESS ${eg})`]),
    `Identifiant du document (uniqueId) : ${reference ?? 'inconnu'}`,
    ...(entryUuid === null ? [] : [`Fiche (entryUUID) à l’acceptation : ${entryUuid}`]),
    ...(submissionUniqueId === null ? [] : [`Lot de soumission : ${submissionUniqueId}`]),
    ...(sentAt === null ? [] : [`Transmis le : ${frenchInstant(sentAt)}`]),
    ...(ruleId === null ? [] : [`Motif : ${ruleId}${detail === null ? '' : ` (${detail})`}`]),
    ...answer.map((text) => `Réponse du DMP : ${text}`),
  ];
}
