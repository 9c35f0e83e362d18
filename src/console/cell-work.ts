/** The lists of the identitovigilance cell: what each is, how much waits, since when, and where it is worked on. */
import { may } from '../api/access.ts';
import type { Owner } from '../rules/rule.ts';
import { eventWork } from '../store/adverse-events.ts';
import { countUndecided, type PairKind } from '../store/candidate-pairs.ts';
import { doubtfulIdentities, validatedUnasked } from '../store/cell-lists.ts';
import { identitiesToCheck, identitiesToSettle } from '../store/console-lists.ts';
import { type CorrectionState, correctionWork } from '../store/corrections.ts';
import { discrepancyWork } from '../store/discrepancies.ts';
import { recallCounts } from '../store/recalls.ts';
import { CORRECTIONS } from './correction-words.ts';
import { DISCREPANCIES } from './discrepancies-page.ts';
import { EVENTS } from './event-words.ts';
import { QUALIFY } from './qualify-page.ts';
import type { Visit } from './visit.ts';

export type CellGroup = 'qualify' | 'differences' | 'pairs' | 'recalls' | 'verification' | 'events';

export interface CellList {
  readonly group: CellGroup;
  readonly owner: Owner;
  readonly title: string;
  readonly remedy: string;
  readonly count: number;
  readonly unit: readonly [singular: string, plural: string];
  /** Null when nothing waits. */
  readonly oldest: Date | null;
  readonly path: string;
}

type Line = Omit<CellList, 'group' | 'owner' | 'unit'>;
const NOTHING = { count: 0, oldest: null } as const;
const IDENTITIES = ['identité', 'identités'] as const;

/** Every list that this person may open, in the order of the work, also those where nothing waits. */
export async function cellLists(visit: Visit): Promise<CellList[]> {
  if (!may(visit.actor, 'patients.read')) return [];
  const parts = await Promise.all([
    toQualify(visit),
    differences(visit),
    pairs(visit),
    may(visit.actor, 'recalls.read') ? recalls(visit) : [],
    corrections(visit),
    events(visit),
  ]);
  return parts.flat();
}

async function toQualify({ gateway: { pool }, actor }: Visit): Promise<CellList[]> {
  const [unchecked, unasked, doubtful] = await Promise.all([
    identitiesToCheck(pool),
    validatedUnasked(pool),
    doubtfulIdentities(pool),
  ]);
  const qualifies = may(actor, 'patients.qualify');
  const checks = (['RECUP', 'PROV'] as const).map((status): CellList => {
    const known = unchecked.find((each) => each.status === status);
    return {
      group: 'qualify',
      owner: 'bureau des entrées',
      title:
        status === 'RECUP' ? 'INS récupérée, dispositif d’identité à contrôler' : 'Identité provisoire à contrôler',
      remedy: 'Contrôler un dispositif d’identité à haut niveau de confiance et l’enregistrer.',
      count: known?.identities ?? 0,
      oldest: known?.oldest ?? null,
      unit: IDENTITIES,
      path: qualifies ? `${QUALIFY}?statut=${status}` : `/console/patients?statut=${status}`,
    };
  });
  const line = (given: Line): CellList => ({
    ...given,
    group: 'qualify',
    owner: 'identitovigilance',
    unit: IDENTITIES,
  });
  return [
    ...checks,
    line({
      title: 'Identité validée, INS jamais demandée',
      remedy: 'Demander la recherche INSi depuis la fiche du patient.',
      ...unasked,
      path: '/console/patients?statut=VALI&insi=none',
    }),
    line({
      title: 'Identité douteuse',
      remedy: 'Vérifier l’identité avec le patient, puis lever le doute ou corriger les traits.',
      ...doubtful,
      path: '/console/patients?attribut=douteuse',
    }),
  ];
}

const SETTLE = {
  discrepancy: {
    title: 'Traits différents entre INSi et l’identité locale',
    remedy: 'Comparer les deux colonnes au dispositif d’identité, puis trancher.',
    path: `${DISCREPANCIES}#insi`,
  },
  'not-found': {
    title: 'INSi ne trouve aucune identité',
    remedy: 'Relire les traits sur le dispositif d’identité, corriger, puis demander de nouveau.',
    path: '/console/patients?insi=not-found',
  },
  several: {
    title: 'INSi trouve plusieurs identités',
    remedy: 'Compléter les traits (lieu et prénoms de naissance), puis demander de nouveau.',
    path: '/console/patients?insi=several',
  },
  failed: {
    title: 'Recherche INSi impossible',
    remedy: 'Lire la raison sur la fiche du patient.',
    path: '/console/patients?insi=failed',
  },
  blocked: {
    title: 'Doublon possible : INS déjà portée par une autre identité',
    remedy: 'Comparer les deux identités ; aucune fusion n’est automatique.',
    path: '/console/patients?insi=blocked',
  },
} as const;

async function differences({ gateway: { pool } }: Visit): Promise<CellList[]> {
  const [toSettle, open] = await Promise.all([identitiesToSettle(pool), discrepancyWork(pool)]);
  const answers = (['discrepancy', 'not-found', 'several', 'failed', 'blocked'] as const).map((state): CellList => {
    const known = toSettle.find(({ insiState }) => insiState === state);
    return {
      group: state === 'blocked' ? 'pairs' : 'differences',
      owner: 'identitovigilance',
      ...SETTLE[state],
      count: known?.identities ?? 0,
      oldest: known?.oldest ?? null,
      unit: IDENTITIES,
    };
  });
  const received: CellList = {
    group: 'differences',
    owner: 'identitovigilance',
    title: 'Traits contradictoires reçus d’une application',
    remedy: 'Relire le dispositif d’identité, puis garder les traits de l’identité ou retenir ceux reçus.',
    count: open?.discrepancies ?? 0,
    oldest: open?.oldest ?? null,
    unit: ['écart', 'écarts'],
    path: DISCREPANCIES,
  };
  return [...answers, received];
}

const PAIR_WORK: Readonly<Record<PairKind, { readonly title: string; readonly remedy: string }>> = {
  'same-ins': {
    title: 'Deux dossiers réclament la même INS',
    remedy: 'Comparer les deux dossiers : fusionner, ou corriger celui qui a tort. Rien ne part pour le second.',
  },
  duplicate: {
    title: 'Doublons possibles à examiner',
    remedy: 'Comparer les deux dossiers, puis décider ; rien n’est fusionné d’office.',
  },
};

async function pairs({ gateway: { pool } }: Visit): Promise<CellList[]> {
  const waiting = (await countUndecided(pool)).filter(({ state }) => state === 'open');
  return (['same-ins', 'duplicate'] as const).map((kind) => {
    const known = waiting.find((each) => each.kind === kind);
    return {
      group: 'pairs',
      owner: 'identitovigilance',
      ...PAIR_WORK[kind],
      count: known?.pairs ?? 0,
      oldest: known?.oldest ?? null,
      unit: ['paire', 'paires'],
      path: '/console/doublons',
    };
  });
}

async function recalls({ gateway: { pool } }: Visit): Promise<CellList[]> {
  const { open, toApprove, oldestOpen, oldestToApprove } = await recallCounts(pool);
  const line = (title: string, remedy: string, count: number, oldest: Date | null): CellList => ({
    group: 'recalls',
    owner: 'identitovigilance',
    title,
    remedy,
    count,
    oldest,
    unit: ['rappel', 'rappels'],
    path: '/console/rappels',
  });
  const decide = 'Dire si c’est une autre personne, la même, ou une fausse alerte.';
  const approve = 'Relire les corrections préparées par une autre personne, puis les approuver.';
  return [
    line('Rappels à trancher ou à préparer', decide, open, oldestOpen),
    line('Rappels à approuver', approve, toApprove, oldestToApprove),
  ];
}

const CORRECTION_WORK: Readonly<
  Record<Exclude<CorrectionState, 'closed'>, { readonly title: string; readonly remedy: string }>
> = {
  opened: { title: 'Corrections à remettre', remedy: 'Imprimer la lettre, la remettre au patient, et le noter.' },
  handed: {
    title: 'Corrections demandées, en attente',
    remedy: 'Attendre le patient ou le service ; relancer au besoin.',
  },
  corrected: {
    title: 'Corrections annoncées, à vérifier',
    remedy: 'Vérifier auprès d’INSi ou sur le nouveau document, puis clore.',
  },
};

async function corrections({ gateway: { pool } }: Visit): Promise<CellList[]> {
  const requests = await correctionWork(pool);
  return (['opened', 'handed', 'corrected'] as const).map((state) => {
    const known = requests.find((each) => each.state === state);
    const { count, oldest } = known === undefined ? NOTHING : { count: known.requests, oldest: known.oldest };
    return {
      group: 'recalls',
      owner: 'identitovigilance',
      ...CORRECTION_WORK[state],
      count,
      oldest,
      unit: ['dossier', 'dossiers'],
      path: `${CORRECTIONS}?etat=${state}`,
    };
  });
}

async function events({ gateway: { pool } }: Visit): Promise<CellList[]> {
  const { events: count, oldest } = await eventWork(pool);
  return [
    {
      group: 'events',
      owner: 'identitovigilance',
      title: 'Événements indésirables ouverts',
      remedy: 'Compléter, lier au rappel ou à la fusion, puis clore en disant comment.',
      count,
      oldest,
      unit: ['événement', 'événements'],
      path: `${EVENTS}?etat=open`,
    },
  ];
}
