import type { Rule } from './rule.ts';

/** The application that makes the document is set up to make PDF/A-1b. */
const PRODUCER = {
  owner: 'éditeur du DPI',
  retry: 'after-correction',
  safeToResend: true,
  http: 422,
  source: 'dmp.md 5 (PDF/A-1) ; ISO 19005-1',
} as const;

/** Rules `TDU-PDFA-nnn`: whether a raw PDF is a PDF/A-1b, and its conversion by Ghostscript (docs/fr/pdfa.md). */
export const pdfARules = {
  observed: {
    ...PRODUCER,
    id: 'TDU-PDFA-001',
    title: 'PDF qui n’est pas un PDF/A-1b',
    cause:
      'Le PDF contient ce que la norme PDF/A-1 interdit, ou ne contient pas ce qu’elle exige (articles en détail). Le DMP demande du PDF/A-1 ; ce document est parti tel quel, comme la source le prévoit.',
    remedy:
      'Simple signalement : réglez l’export PDF/A-1b dans le logiciel producteur, ou faites passer la source à « convert » ou « refuse ».',
  },
  refused: {
    ...PRODUCER,
    id: 'TDU-PDFA-002',
    title: 'PDF refusé : ce n’est pas un PDF/A-1b',
    cause:
      'Le PDF contient ce que la norme PDF/A-1 interdit, ou ne contient pas ce qu’elle exige (articles en détail), et la source est réglée pour le refuser.',
    remedy: 'Produisez le document en PDF/A-1b dans le logiciel d’origine, puis renvoyez-le.',
  },
  signed: {
    ...PRODUCER,
    id: 'TDU-PDFA-003',
    title: 'PDF signé qui n’est pas un PDF/A-1b',
    cause:
      'Le document est signé électroniquement : le convertir rendrait sa signature invalide. Il n’est pas converti.',
    remedy: 'Produisez le document en PDF/A-1b avant de le signer, puis renvoyez-le.',
    source: 'practice.md 13',
  },
  converted: {
    ...PRODUCER,
    id: 'TDU-PDFA-004',
    title: 'PDF converti en PDF/A-1b',
    cause:
      'Le PDF reçu n’était pas un PDF/A-1b ; la passerelle l’a converti avec Ghostscript, relu, et comparé à l’original (pages, tailles, texte, aspect).',
    owner: 'aucun',
    remedy:
      'Rien à faire. L’original et la version à envoyer se comparent dans la console. Régler l’export PDF/A-1b du logiciel producteur évite la conversion.',
  },
  notConverted: {
    ...PRODUCER,
    id: 'TDU-PDFA-005',
    title: 'PDF impossible à convertir en PDF/A-1b',
    cause:
      'Ghostscript n’a pas rendu de document dans les limites de durée, de mémoire et de taille, ou ce qu’il a rendu n’est toujours pas un PDF/A-1b.',
    remedy: 'Produisez le document en PDF/A-1b dans le logiciel d’origine, puis renvoyez-le.',
  },
  changed: {
    ...PRODUCER,
    id: 'TDU-PDFA-006',
    title: 'Conversion écartée : le document n’est plus le même',
    cause:
      'Le document converti n’a pas les mêmes pages, les mêmes tailles de page, le même texte ou le même aspect que l’original : il a été écarté.',
    remedy: 'Produisez le document en PDF/A-1b dans le logiciel d’origine, puis renvoyez-le.',
  },
} as const satisfies Record<string, Rule>;
