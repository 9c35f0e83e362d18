/** Kinds of documents that funding programmes speak of, as codes: versioned data, published with every export. */

interface DocumentKind {
  readonly id: string;
  readonly label: string;
  /** JDV_J07. */
  readonly types: readonly string[];
}

export interface DocumentKinds {
  readonly version: string;
  readonly source: string;
  /** AAAA-MM-JJ. */
  readonly dated: string;
  readonly kinds: readonly DocumentKind[];
}

/** What no kind names: listed with its code, counted under no objective. */
const OTHER_KIND = 'other';

export const DOCUMENT_KINDS: DocumentKinds = {
  version: '1',
  source:
    'Codes du JDV_J07-XdsTypeCode-CISIS (2024-09-27) ; leur rattachement aux domaines des programmes est le nôtre, faute de table publiée',
  dated: '2026-11-23',
  kinds: [
    { id: 'discharge', label: 'Lettre de liaison et compte rendu de séjour', types: ['11490-0', '34112-3'] },
    { id: 'operative', label: 'Compte rendu opératoire', types: ['34874-8'] },
    { id: 'consultation', label: 'Compte rendu de consultation', types: ['11488-4', '34749-2', '78513-9', '93024-8'] },
    { id: 'imaging', label: 'Compte rendu d’imagerie', types: ['18748-4'] },
    { id: 'biology', label: 'Compte rendu de biologie', types: ['11502-2'] },
    { id: 'emergency', label: 'Compte rendu de passage aux urgences', types: ['15507-7', '60280-5'] },
    { id: 'medicines', label: 'Prescription de produits de santé', types: ['57833-6'] },
    {
      id: 'prescription',
      label: 'Autre prescription',
      types: [
        '57828-6',
        '57832-8',
        '75468-9',
        'PRESC-AAT',
        'PRESC-BIO',
        'PRESC-INF',
        'PRESC-KINE',
        'PRESC-ORTHOPHO',
        'PRESC-ORTHOPTIE',
        'PRESC-PEDI',
      ],
    },
  ],
};

export function kindOfType(typeCode: string, { kinds }: DocumentKinds = DOCUMENT_KINDS): string {
  return kinds.find(({ types }) => types.includes(typeCode))?.id ?? OTHER_KIND;
}

export function kindLabel(id: string, { kinds }: DocumentKinds = DOCUMENT_KINDS): string {
  return kinds.find((kind) => kind.id === id)?.label ?? 'Autre document';
}
