/** The register as a file for a spreadsheet. No trait and no number of a patient: the identity is named by our own id. */
import { type AdverseEvent, type EventFilter, listEvents } from '../store/adverse-events.ts';
import type { Db } from '../store/db.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';
import { eventReference } from './adverse-events.ts';

export const NATURE_LABELS: Readonly<Record<AdverseEvent['nature'], string>> = {
  'wrong-patient': 'Erreur de patient à l’accueil ou aux soins',
  duplicate: 'Doublon',
  collision: 'Collision : deux personnes sous un dossier',
  usurpation: 'Usurpation ou utilisation frauduleuse d’identité',
  'wrong-traits': 'Traits d’identité erronés',
  'wrong-ins': 'INS d’une autre personne',
  misfiled: 'Document dans le dossier d’une autre personne',
  other: 'Autre',
};

export const CONSEQUENCE_LABELS: Readonly<Record<AdverseEvent['consequence'], string>> = {
  unknown: 'Pas encore connue',
  stopped: 'Arrêté avant d’atteindre le patient',
  reached: 'A atteint le patient',
};

const TITLES = [
  'référence',
  'découvert le',
  'découvert par',
  'établissement',
  'nature',
  'conséquence',
  'description',
  'identité',
  'document',
  'rappel',
  'fusion',
  'état',
  'enregistré le',
  'clos le',
  'règlement',
];
const PAGE = 1_000;

/** The last found first. Memory stays that of a page. */
export async function* eventsCsv(db: Db, filter: EventFilter): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvLine(TITLES);
  for (let offset = 0; ; offset += PAGE) {
    const page = await listEvents(db, { ...filter, limit: PAGE, offset });
    yield page.map((event) => csvLine(cellsOf(event))).join('');
    if (page.length < PAGE) return;
  }
}

function cellsOf(event: AdverseEvent): string[] {
  return [
    eventReference(event),
    event.foundAt.toISOString(),
    event.foundBy,
    event.eg ?? '',
    NATURE_LABELS[event.nature],
    CONSEQUENCE_LABELS[event.consequence],
    event.description,
    event.identityId ?? '',
    event.documentId ?? '',
    event.recallId ?? '',
    event.mergeId ?? '',
    event.state === 'open' ? 'ouvert' : 'clos',
    event.recordedAt.toISOString(),
    event.settledAt?.toISOString() ?? '',
    event.settlement ?? '',
  ];
}
