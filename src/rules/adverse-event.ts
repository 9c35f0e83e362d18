/** Refusals of the register of adverse events of identification. */
import type { Rule } from './rule.ts';

export const adverseEventRules = {
  stepNotPossible: {
    id: 'TDU-ID-215',
    title: "Cette étape ne suit pas l'état de l'événement indésirable",
    cause: "Un événement s'enregistre, se complète, puis se clôt ; un événement clos se rouvre d'abord.",
    owner: 'identitovigilance',
    remedy:
      "Recharger l'événement : il a pu avancer entre-temps. Clore ou rouvrir demande de dire comment ou pourquoi.",
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'practice.md 23',
  },
  numberInText: {
    id: 'TDU-ID-216',
    title: 'Le texte contient ce qui ressemble à un matricule INS ou à un NIR',
    cause: "Le registre s'exporte et se lit hors de la cellule : aucun matricule n'y est écrit.",
    owner: 'identitovigilance',
    remedy: "Retirer le numéro du texte ; désigner l'identité par sa fiche ou par son IPP.",
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md 24',
  },
  subjectUnknown: {
    id: 'TDU-ID-217',
    title: "Ce que l'événement désigne n'existe pas ou concerne une autre identité",
    cause:
      "L'identité, le document, l'établissement, le rappel ou la fusion n'est pas connu, ou n'est pas de cette identité.",
    owner: 'identitovigilance',
    remedy: "Ouvrir la fiche du patient concerné et choisir l'élément dans ce qu'elle montre.",
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md 23',
  },
  foundInTheFuture: {
    id: 'TDU-ID-218',
    title: "La date de découverte de l'événement est à venir",
    cause: "Un événement s'enregistre une fois découvert.",
    owner: 'identitovigilance',
    remedy: 'Corriger la date.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md 23',
  },
} satisfies Record<string, Rule>;
