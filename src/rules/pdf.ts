import type { Rule } from './rule.ts';

/** Rules `TDU-DOC-1nn`: PDF and images received, banner and DataMatrix INS. */
export const pdfRules = {
  pdfUnreadable: {
    id: 'TDU-DOC-101',
    title: 'PDF illisible ou incomplet',
    cause:
      'Le fichier reçu n’est pas un PDF, ou il a été coupé ou abîmé pendant sa fabrication ou son transport : ses pages ne peuvent pas être lues.',
    owner: 'éditeur du DPI',
    remedy: 'Ouvrez le document dans le logiciel qui l’a produit, vérifiez qu’il s’affiche, puis renvoyez-le.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'hostile.md, PDF / images',
  },
  pdfTooLarge: {
    id: 'TDU-DOC-102',
    title: 'Document trop volumineux',
    cause: 'Le fichier, le nombre de pages ou la taille d’une page dépasse la limite admise par l’établissement.',
    owner: 'éditeur du DPI',
    remedy:
      'Réduisez le document (résolution des images, nombre de pages) ou scindez-le, puis renvoyez-le. La limite est un réglage de l’exploitation.',
    retry: 'after-correction',
    safeToResend: true,
    http: 413,
    source: 'hostile.md, PDF / images',
  },
  pdfEncrypted: {
    id: 'TDU-DOC-103',
    title: 'PDF chiffré ou protégé par mot de passe',
    cause:
      'Le document est chiffré, ou des restrictions d’usage lui ont été posées. Il ne peut être ni marqué de l’identité, ni archivé tel quel dans un DMP.',
    owner: 'éditeur du DPI',
    remedy: 'Produisez le document sans mot de passe ni restriction, puis renvoyez-le.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md 13 ; PDF/A-1 interdit le chiffrement',
  },
  pdfSigned: {
    id: 'TDU-DOC-104',
    title: 'PDF signé électroniquement : aucun marquage possible',
    cause:
      'Le document porte une signature électronique ou un champ de signature. Y ajouter l’identité ou le DataMatrix rendrait la signature invalide.',
    owner: 'éditeur du DPI',
    remedy:
      'Faites poser l’identité INS et le DataMatrix par le logiciel producteur avant la signature, ou désactivez le marquage pour cette application.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md 13',
  },
  noFreeZone: {
    id: 'TDU-DOC-105',
    title: 'Pas de zone libre pour le cartouche d’identité',
    cause:
      'La première page n’a pas d’espace blanc assez grand pour recevoir l’identité INS et le DataMatrix sans recouvrir de contenu.',
    owner: 'éditeur du DPI',
    remedy:
      'Réservez une zone blanche dans le modèle du document (en haut de la première page), ou demandez à l’exploitation d’ajouter une page de garde pour cette application.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md 13 ; EXI DIF 02',
  },
  symbolNotEncodable: {
    id: 'TDU-DOC-106',
    title: 'DataMatrix INS impossible à produire',
    cause:
      'Le contenu du DataMatrix comporte un caractère qui n’y est pas permis ou dépasse la capacité d’un symbole carré.',
    owner: 'identitovigilance',
    remedy:
      'Vérifiez les traits de l’identité (caractères, longueur) ; signalez le cas à l’exploitation s’ils sont justes.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'ins.md 6.2',
  },
  markingNotVerified: {
    id: 'TDU-DOC-107',
    title: 'Marquage du PDF non vérifié',
    cause:
      'Après marquage, la page relue n’est pas conforme : le DataMatrix ne redonne pas exactement l’identité, ou le reste de la page a changé d’aspect. Le document marqué a été écarté.',
    owner: 'exploitation',
    remedy:
      'Transmettez le document d’origine à l’exploitation. Le producteur peut aussi poser lui-même l’identité INS et le DataMatrix.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice.md 13',
  },
  bannerNotPrintable: {
    id: 'TDU-DOC-108',
    title: 'Cartouche d’identité impossible à imprimer',
    cause:
      'Un nom comporte un caractère que la police du cartouche ne peut pas dessiner, ou la nature du matricule (NIR ou NIA) est inconnue.',
    owner: 'identitovigilance',
    remedy: 'Vérifiez les noms utilisés et la nature du matricule de cette identité.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'ins.md 6.3',
  },
  imageUnreadable: {
    id: 'TDU-DOC-109',
    title: 'Image illisible',
    cause: 'Le fichier n’est pas une image valide du format annoncé, ou il a été coupé ou abîmé.',
    owner: 'éditeur du DPI',
    remedy: 'Vérifiez que l’image s’affiche, puis renvoyez-la.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'hostile.md, PDF / images',
  },
  scanTypeUnknown: {
    id: 'TDU-DOC-110',
    title: 'Type de fichier non pris en charge pour la lecture d’un DataMatrix',
    cause: 'Les DataMatrix sont recherchés dans les PDF et dans les images PNG et JPEG seulement.',
    owner: 'éditeur du DPI',
    remedy: 'Convertissez le fichier en PDF, PNG ou JPEG.',
    retry: 'after-correction',
    safeToResend: true,
    http: 415,
    source: 'design.md 10',
  },
  pdfNotProcessable: {
    id: 'TDU-DOC-111',
    title: 'PDF trop complexe à traiter',
    cause:
      'Le traitement du document a dépassé la durée ou la mémoire admises : ses pages sont anormalement complexes.',
    owner: 'éditeur du DPI',
    remedy: 'Produisez le document sous une forme plus simple (sans dessins ni images démesurés), puis renvoyez-le.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'hostile.md, PDF / images',
  },
  pdfActive: {
    id: 'TDU-DOC-112',
    title: 'PDF à contenu actif ou à pièce jointe',
    cause:
      'Le document contient un programme (JavaScript), une action qui lance un logiciel ou un fichier joint : il pourrait agir sur le poste de qui l’ouvre, et la norme PDF/A-1 l’interdit.',
    owner: 'éditeur du DPI',
    remedy:
      'Produisez le document en PDF/A-1, sans programme, sans action ni pièce jointe, puis renvoyez-le. Une pièce jointe se transmet comme un document à part.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'hostile.md, PDF / images ; ISO 19005-1, 6.1.11 et 6.6.1',
  },
  rtfActive: {
    id: 'TDU-DOC-113',
    title: 'RTF à contenu actif',
    cause:
      'Le document contient un objet d’un autre logiciel, un champ qui en lance un ou un modèle à charger : il pourrait agir sur le poste de qui l’ouvre.',
    owner: 'éditeur du DPI',
    remedy: 'Produisez le document en PDF, ou en RTF sans objet, champ DDE ni modèle lié, puis renvoyez-le.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'hostile.md, PDF / images',
  },
  textUnreadable: {
    id: 'TDU-DOC-114',
    title: 'Texte illisible ou incomplet',
    cause:
      'Le texte ou le RTF est coupé, n’en est pas un, n’est pas dans le jeu de caractères annoncé (MSH-18, charset), ou contient un caractère qui ne peut pas être dessiné.',
    owner: 'éditeur du DPI',
    remedy: 'Vérifiez que le document s’affiche, puis renvoyez-le, de préférence en PDF.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'hostile.md, PDF / images',
  },
  notConvertible: {
    id: 'TDU-DOC-115',
    title: 'Document que la passerelle ne convertit pas en PDF',
    cause: 'La configuration demande un PDF, et ce format (ou cette forme de TIFF) ne s’y convertit pas fidèlement.',
    owner: 'interopérabilité',
    remedy: 'Faire produire un PDF par l’application, ou déclarer ce format « keep » pour cette source.',
    retry: 'after-correction',
    safeToResend: true,
    http: 422,
    source: 'practice 13',
  },
} satisfies Record<string, Rule>;
