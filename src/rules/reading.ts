import type { Rule } from './rule.ts';

/** What a professional can put right alone. */
function readerRule(id: string, http: number, title: string, cause: string, remedy: string, source: string): Rule {
  const owner = 'professionnel de santé';
  return { id, title, cause, owner, remedy, retry: 'after-correction', safeToResend: true, http, source };
}

/** Rules `TDU-LEC-nnn`: reading the DMP, and showing a document. 020 and above are about the document itself. */
export const readingRules = {
  notProfessional: readerRule(
    'TDU-LEC-001',
    403,
    'Le DMP se consulte avec une authentification de professionnel de santé',
    'La session est celle d’un compte local, ou l’habilitation ne désigne pas un établissement.',
    'Se connecter avec Pro Santé Connect, et choisir l’établissement pour lequel on agit.',
    'dmp.md 1.6',
  ),
  reasonMissing: readerRule(
    'TDU-LEC-002',
    400,
    'Le motif d’accès est incomplet',
    'Une consultation s’ouvre pour un motif ; un bris de glace demande en plus ses raisons, écrites.',
    'Choisir le motif, et pour un bris de glace écrire pourquoi le patient ne peut pas être interrogé.',
    'dmp.md 2.3 (TRE_R248)',
  ),
  regulationNotAllowed: readerRule(
    'TDU-LEC-003',
    403,
    'L’accès en régulation médicale n’est pas ouvert à ce professionnel',
    'L’établissement ne l’a pas habilité pour le centre 15.',
    'Demander l’habilitation à l’administration de l’installation, ou choisir un autre motif.',
    'dmp.md 1.6',
  ),
  dmpAbsent: readerRule(
    'TDU-LEC-004',
    409,
    'Ce patient n’a pas de DMP',
    'Le DMP ne connaît aucun dossier pour cette INS.',
    'Rien n’est à consulter. Le patient peut activer Mon espace santé.',
    'dmp.md 7',
  ),
  dmpClosed: readerRule(
    'TDU-LEC-005',
    409,
    'Le DMP de ce patient est fermé',
    'Le dossier a été fermé : il ne se consulte plus.',
    'En parler au patient : lui seul peut le rouvrir, dans Mon espace santé.',
    'dmp.md 7',
  ),
  authorisationMissing: readerRule(
    'TDU-LEC-006',
    403,
    'L’accès au DMP de ce patient n’est pas autorisé à ce professionnel',
    'Le DMP ne connaît pas d’autorisation en cours pour ce professionnel.',
    'Après accord du patient, déclarer l’autorisation (bouton « Déclarer l’autorisation »), puis rechercher.',
    'dmp.md 7 (TD0.3)',
  ),
  blocked: {
    ...readerRule(
      'TDU-LEC-007',
      403,
      'Le patient a bloqué l’accès de ce professionnel',
      'Le blocage vaut pour tous les motifs d’accès.',
      'En parler au patient : lui seul lève un blocage, dans Mon espace santé.',
      'dmp.md 7',
    ),
    retry: 'never',
  },
  consultationEnded: readerRule(
    'TDU-LEC-008',
    403,
    'La consultation est terminée',
    'Elle dure un temps limité, et finit aussi avec la session : rien n’en est gardé.',
    'Donner de nouveau le motif d’accès.',
    'practice.md 24',
  ),
  documentNotListed: readerRule(
    'TDU-LEC-009',
    404,
    'Ce document n’est pas dans la liste consultée',
    'Un document ne s’ouvre que depuis la liste que le DMP vient de donner pour ce patient.',
    'Rechercher de nouveau, puis ouvrir le document depuis la liste.',
    'dmp.md 1.6',
  ),
  sizeDiffers: {
    id: 'TDU-LEC-010',
    title: 'Le document reçu n’a pas la taille annoncée',
    cause: 'Le DMP annonce une taille et en donne une autre : le document a été altéré ou coupé. Il n’est pas montré.',
    owner: 'CNAM',
    remedy: 'Rouvrir le document. Si cela se répète, le signaler au support du GIE SESAM-Vitale avec son identifiant.',
    retry: 'after-correction',
    safeToResend: true,
    http: 502,
    source: 'dmp.md 3.3',
  },
  otherPatient: {
    id: 'TDU-LEC-011',
    title: 'Le document ne parle pas de ce patient',
    cause:
      'L’INS, le nom, le prénom, le sexe ou la date de naissance écrits dans le document ne sont pas ceux du patient. Il n’est pas montré.',
    owner: 'identitovigilance',
    remedy:
      'Le signaler à l’identitovigilance : document rangé dans le DMP d’un autre, ou identité à vérifier. Ne pas en tenir compte pour le soin.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'design.md 6, promise 4',
  },
  patientUnknown: {
    id: 'TDU-LEC-012',
    title: 'Rien ne dit de quel patient parle ce document',
    cause: 'Son format ne porte pas l’identité du patient, ou elle y manque : la comparaison est impossible.',
    owner: 'interopérabilité',
    remedy: 'Consulter ce document dans le DMP par l’accès web des professionnels.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'design.md 6, promise 4',
  },
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
