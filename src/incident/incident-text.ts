/** The incident to be read on the telephone, or pasted into a support desk. */
import type { Incident } from './incident.ts';

type Line = readonly [label: string, value: string | number | boolean | null | undefined];

export function incidentText(incident: Incident): string {
  const { document, sender, establishment, approvals, software } = incident;
  return [
    `DOSSIER D’INCIDENT, établi le ${incident.createdAt} (heures UTC)`,
    'Les traits du patient sont masqués. Le détail complet est dans incident.json.',
    section('Ce qui s’est passé', whyLines(incident.why)),
    section('À appeler, dans cet ordre', callLines(incident)),
    section('Document', [
      ['État', document.state],
      ['Identifiant unique (uniqueId)', document.uniqueId],
      ['Numéro chez l’émetteur', document.senderNumber],
      ['Document désigné', document.designates],
      ['setId', document.setId],
      ['Type', document.typeCode],
      ['Reçu le', document.receivedAt],
      ['Identifiant ici', document.id],
    ]),
    section('Émetteur', [
      ['Application', sender.application],
      ['Établissement (MSH-4)', sender.facility],
      ['Message', sender.messageKind],
      ['MSH-10', sender.messageControlId],
    ]),
    section('Structure et logiciel', [
      ['Entité juridique (FINESS EJ)', establishment.ej],
      ['Entité géographique (FINESS EG)', establishment.eg],
      ['Logiciel', `${software.name} ${software.version}`],
      ['Instance', software.instance],
      ['Homologation DMP', approvals.dmpHomologation],
      ['Autorisation INSi', approvals.insiAuthorisation],
    ]),
    ...incident.deliveries.map((delivery) =>
      section(`Envoi au ${delivery.destination}`, [
        ['État', delivery.state],
        ['Tentatives', delivery.attempts],
        ['Lot de soumission (uniqueId)', delivery.submissionSetUniqueId],
        ['entryUUID', delivery.entryUuid],
        ['Remplace', delivery.replacesUniqueId],
        ['Premier envoi', delivery.firstSentAt],
        ['Terminé', delivery.settledAt],
        ['Réponse', delivery.answer === null ? null : JSON.stringify(delivery.answer)],
      ]),
    ),
    ...incident.mails.map((mail) =>
      section(`Courriel ${mail.destination}`, [
        ['État', mail.state],
        ['Message-ID', mail.messageId],
        ['Tentatives', mail.attempts],
        ['Motif', mail.why?.ruleId],
        ['Réponse', mail.answer === null ? null : JSON.stringify(mail.answer)],
      ]),
    ),
    section(
      'Chronologie',
      incident.timeline.map(({ at, step, ruleId, detail }) => [at, told(step, ruleId, detail)]),
    ),
    section(
      'Recherches INSi, la plus récente d’abord',
      incident.insiCalls.map(({ at, outcome, ruleId, durationMs }) => [at, told(outcome, ruleId, `${durationMs} ms`)]),
    ),
    section(
      'Règles de conformité',
      incident.conformance.map(({ at, pack, outcome, failed }) => [at, `${pack} : ${outcome}, ${failed} en échec`]),
    ),
    ...incident.exchanges.map(({ direction, kind, at, lines }) =>
      [`\n== ${direction === 'received' ? 'Reçu' : 'Répondu'} : ${kind}, ${at}`, ...lines].join('\n'),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n')
    .concat('\n');
}

function whyLines(why: Incident['why']): Line[] {
  if (why === null) return [['Motif', 'aucun']];
  return [
    ['Règle', why.ruleId],
    ['Titre', why.title],
    ['Cause', why.cause],
    ['Précision', why.detail],
    ['Qui agit', why.owner],
    ['Comment corriger', why.remedy],
    ['Renvoi sans risque', why.safeToResend === true ? 'oui' : 'non'],
  ];
}

function callLines({ calls }: Incident): Line[] {
  if (calls.length === 0) return [['Personne', 'cela se règle dans l’établissement']];
  return calls.map(({ name, contact }, index) => [`${index + 1}. ${name}`, contact ?? 'contact non déclaré']);
}

function told(...parts: readonly (string | null)[]): string {
  return parts.filter((part) => part !== null && part !== '').join(', ');
}

/** Nothing where nothing is known. */
function section(title: string, lines: readonly Line[]): string {
  const known = lines.filter(([, value]) => value !== null && value !== undefined && value !== '');
  return known.length === 0
    ? ''
    : [`\n== ${title}`, ...known.map(([label, value]) => `${label} : ${value}`)].join('\n');
}
