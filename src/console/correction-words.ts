/** Words of the corrections: sides, who corrects, states. */
import type { CorrectionAddressee, CorrectionSide } from '../ins/correction-route.ts';
import type { CorrectionState } from '../store/corrections.ts';
import type { Word } from './words.ts';

export const CORRECTIONS = '/console/corrections';

export const SIDES: Readonly<Record<CorrectionSide, string>> = {
  identity: 'Identité enregistrée ici',
  sender: 'Application émettrice',
  document: 'Document d’identité',
  registry: 'Registre consulté par INSi',
};

export const ADDRESSEES: Readonly<Record<CorrectionAddressee, string>> = {
  'identity-cell': 'Cellule d’identitovigilance',
  application: 'Service ou éditeur de l’application',
  'civil-status': 'État civil (mairie), pour un document français',
  prefecture: 'Préfecture, pour un titre de séjour',
  issuer: 'Autorité qui a délivré le document',
  insee: 'INSEE, personne née en France',
  cpam: 'CPAM, personne née à l’étranger',
};

export const CORRECTION_STATES: Readonly<Record<CorrectionState, Word>> = {
  opened: { tone: 'wait', label: 'Ouvert' },
  handed: { tone: 'wait', label: 'Remis' },
  corrected: { tone: 'doubt', label: 'Corrigé, à vérifier' },
  closed: { tone: 'idle', label: 'Clos' },
};

/** What the step is called on its button. */
export const CORRECTION_STEPS: Readonly<Record<CorrectionState, string>> = {
  opened: 'Ouvrir',
  handed: 'Demande remise au patient ou au service',
  corrected: 'Correction annoncée comme faite',
  closed: 'Clore le dossier',
};
