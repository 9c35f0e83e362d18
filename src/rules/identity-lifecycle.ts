import type { Rule } from './rule.ts';

/** Rules `TDU-ID-100` to `TDU-ID-139`: locked traits, discrepancies, INS history, correction of registers. */
export const identityLifecycleRules = {
  traitsLocked: {
    id: 'TDU-ID-100',
    title: 'Les traits stricts de cette identité sont verrouillés',
    cause:
      "Un dispositif d'identité a été contrôlé ou l'INS a été récupérée : les traits ne changent que par un déverrouillage, qui retire ces preuves.",
    owner: 'identitovigilance',
    remedy:
      "Relire le dispositif d'identité. Si le trait est faux, déverrouiller avec un motif ; indiquer le dispositif qui montre la nouvelle valeur pour garder la validation.",
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    source: 'EXI SI 08, ins.md 3',
  },
  unlockNotAllowed: {
    id: 'TDU-ID-101',
    title: "Ce geste revient à la cellule d'identitovigilance",
    cause: 'Déverrouiller des traits, lever un doute ou trancher un écart engage une identité déjà contrôlée.',
    owner: 'identitovigilance',
    remedy: "Transmettre le dossier à la cellule d'identitovigilance ; elle voit la même fiche.",
    retry: 'never',
    safeToResend: true,
    http: 403,
    source: 'practice.md 2',
  },
  nothingToCorrect: {
    id: 'TDU-ID-102',
    title: 'Aucun trait ne change',
    cause: "Les valeurs données sont déjà celles de l'identité.",
    owner: 'aucun',
    remedy: "Aucune action : l'identité porte déjà ces traits.",
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'EXI REC 07',
  },
  deviceConditionToConfirm: {
    id: 'TDU-ID-103',
    title: 'La condition de ce dispositif est à confirmer',
    cause:
      'Ce dispositif ne vaut contrôle que par dérogation, quand une personne confirme que la condition est remplie.',
    owner: 'bureau des entrées',
    remedy: "Confirmer la condition, ou contrôler un dispositif d'identité à haut niveau de confiance.",
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'RNIV 1 §3.3.3, EXI SI 10',
  },
  otherInsReturned: {
    id: 'TDU-ID-104',
    title: "INSi rend une autre INS que celle de l'identité, sans lien connu avec elle",
    cause:
      "L'INS rendue n'est ni celle de l'identité ni une INS qui lui succède : l'historique d'INSi ne cite pas l'ancienne. Ce peut être une autre personne.",
    owner: 'identitovigilance',
    remedy:
      "Relire le dispositif d'identité. Si l'ancienne INS est fausse, rétrograder l'identité avec un motif, puis relancer l'appel INSi ; ce qui est parti sous l'ancienne INS est à examiner.",
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    source: 'practice.md 23, ins.md 1',
  },
  documentFormerIns: {
    id: 'TDU-ID-105',
    title: 'Le document porte une INS antérieure de ce patient',
    cause:
      "L'INS du document a été celle de cette personne (NIA devenu NIR, changement d'état civil, correction du registre) ; elle ne l'est plus.",
    owner: 'éditeur du DPI',
    remedy:
      "Reprendre l'INS en vigueur dans l'application, puis renvoyer le document : un CDA reçu n'est jamais modifié ici.",
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    hl7: { ack: 'AE', err3: '207', err5: '904' },
    source: 'ins.md 1, practice.md 12',
  },
  formerInsAlone: {
    id: 'TDU-ID-106',
    title: 'Le document ne désigne son patient que par une INS antérieure',
    cause:
      "L'INS du document a été celle d'un patient connu ici : un rapprochement possible, jamais fait sans une personne.",
    owner: 'éditeur du logiciel émetteur',
    remedy: "Renvoyer le document avec l'IPP du patient ou son INS en vigueur.",
    retry: 'after-correction',
    safeToResend: true,
    http: 409,
    hl7: { ack: 'AE', err3: '204', err5: '902' },
    source: 'ins.md 1',
  },
} satisfies Record<string, Rule>;
