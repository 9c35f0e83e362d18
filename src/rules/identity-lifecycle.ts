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
} satisfies Record<string, Rule>;
