import type { Rule } from './rule.ts';

/** Rules `TDU-LEC-nnn`: reading the DMP, and showing a document. 020 and above are about the document itself. */
export const readingRules = {
  viewTooComplex: {
    id: 'TDU-LEC-020',
    title: 'Le document est trop complexe pour être affiché ici',
    cause:
      'Ses tableaux, ses images ou son imbrication dépassent ce que l’affichage sûr accepte. Rien n’en est montré à moitié.',
    owner: 'interopérabilité',
    remedy: 'Enregistrer le document et l’ouvrir avec le logiciel métier ; le signaler à l’éditeur qui l’a produit.',
    retry: 'never',
    safeToResend: true,
    http: 422,
    source: 'hostile.md, CDA display',
  },
  notDisplayable: {
    id: 'TDU-LEC-021',
    title: 'Le contenu du document ne s’affiche pas',
    cause:
      'Son format n’est pas de ceux que l’affichage sûr connaît, ou son contenu ne correspond pas au format annoncé.',
    owner: 'interopérabilité',
    remedy: 'Enregistrer le document et l’ouvrir avec le logiciel qui convient.',
    retry: 'never',
    safeToResend: true,
    http: 422,
    source: 'dmp.md 5',
  },
} satisfies Record<string, Rule>;
