import type { Rule } from './rule.ts';

/** The content is gone by a rule of the site; identity, states, proofs and metadata stay. */
function prunes(id: string, title: string, cause: string): Rule {
  return {
    id,
    title,
    cause,
    owner: 'aucun',
    remedy:
      "Aucune action. Si le contenu est de nouveau nécessaire, faire renvoyer le document par l'application qui l'a produit.",
    retry: 'never',
    safeToResend: true,
    http: 410,
    source: 'practice 23',
  };
}

/** Rules `TDU-RET-nnn`: why a content is no longer here. */
export const retentionRules = {
  acceptedBody: prunes(
    'TDU-RET-001',
    'Contenu purgé après acceptation par le DMP',
    'Le document est au DMP depuis plus longtemps que la durée de conservation des contenus acceptés (retention.acceptedDays).',
  ),
  withdrawnBody: prunes(
    'TDU-RET-002',
    'Contenu purgé après la fin du traitement',
    'Le document non transmis a dépassé la durée de conservation (retention.withdrawnDays).',
  ),
  refusedBody: prunes(
    'TDU-RET-003',
    'Contenu purgé après un refus',
    'Le document refusé ou illisible a dépassé la durée de conservation (retention.refusedDays).',
  ),
  admissionBody: prunes(
    'TDU-RET-004',
    "Message d'admission purgé",
    "Le message a été traité et a dépassé la durée de conservation (retention.admissionDays) ; l'identité reste.",
  ),
  stoppedMessage: prunes(
    'TDU-RET-005',
    'Message arrêté purgé',
    'Le message arrêté par une règle a dépassé la durée de conservation (retention.stoppedDays).',
  ),
  answers: prunes(
    'TDU-RET-006',
    'Texte des acquittements métier purgé',
    "L'acquittement métier a été remis et a dépassé la durée de conservation (retention.answerDays).",
  ),
  technical: prunes(
    'TDU-RET-007',
    'Lignes techniques purgées',
    'Sessions expirées, appels INSi, flux disparus et alertes terminées ont dépassé leur durée de conservation.',
  ),
  askTheSender: {
    id: 'TDU-RET-020',
    title: 'Contenu purgé : le faire renvoyer par le DPI',
    cause: "Cette action a besoin du contenu du document, qu'une règle de conservation a purgé.",
    owner: 'éditeur du DPI',
    remedy: "Faire renvoyer le document par l'application qui l'a produit, avec le même identifiant unique.",
    retry: 'after-correction',
    safeToResend: true,
    http: 410,
    source: 'practice 23',
  },
} satisfies Record<string, Rule>;
