/** The register of adverse events of identification: what was found, whom it concerns, each step of it. */
import { type Db, many, maybe, one } from './db.ts';

export const EVENT_NATURES = [
  'wrong-patient',
  'duplicate',
  'collision',
  'usurpation',
  'wrong-traits',
  'wrong-ins',
  'misfiled',
  'other',
] as const;
export type EventNature = (typeof EVENT_NATURES)[number];

/** Whether it reached the patient. `unknown`: not yet known. */
export const EVENT_CONSEQUENCES = ['unknown', 'stopped', 'reached'] as const;
export type EventConsequence = (typeof EVENT_CONSEQUENCES)[number];
export type EventState = 'open' | 'settled';
export type EventStepName = 'recorded' | 'noted' | 'linked' | 'settled' | 'reopened';

export interface AdverseEvent {
  readonly id: string;
  readonly number: number;
  readonly nature: EventNature;
  readonly consequence: EventConsequence;
  readonly description: string;
  readonly foundAt: Date;
  readonly foundBy: string;
  readonly eg: string | null;
  readonly identityId: string | null;
  readonly documentId: string | null;
  readonly recallId: string | null;
  readonly mergeId: string | null;
  readonly state: EventState;
  readonly recordedAt: Date;
  readonly recordedBy: string;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
  readonly settlement: string | null;
}

export interface EventStep {
  readonly at: Date;
  readonly actor: string;
  readonly step: EventStepName;
  readonly note: string | null;
}

const SELECT = `select id, number, nature, consequence, description, found_at as "foundAt", found_by as "foundBy", eg,
  identity_id as "identityId", document_id as "documentId", recall_id as "recallId", merge_id as "mergeId", state,
  recorded_at as "recordedAt", recorded_by as "recordedBy", settled_at as "settledAt", settled_by as "settledBy", settlement
  from adverse_event`;

export type NewEvent = Pick<
  AdverseEvent,
  | 'id'
  | 'nature'
  | 'consequence'
  | 'description'
  | 'foundAt'
  | 'foundBy'
  | 'eg'
  | 'identityId'
  | 'documentId'
  | 'recordedAt'
  | 'recordedBy'
>;

/** Writes it, open. */
export async function insertEvent(tx: Db, event: NewEvent): Promise<AdverseEvent> {
  const { number } = await one<{ number: number }>(
    tx,
    `insert into adverse_event (id, nature, consequence, description, found_at, found_by, eg, identity_id, document_id, state,
       recorded_at, recorded_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11) returning number`,
    [
      event.id,
      event.nature,
      event.consequence,
      event.description,
      event.foundAt,
      event.foundBy,
      event.eg,
      event.identityId,
      event.documentId,
      event.recordedAt,
      event.recordedBy,
    ],
  );
  const nothing = { recallId: null, mergeId: null, settledAt: null, settledBy: null, settlement: null };
  return { ...event, ...nothing, number, state: 'open' };
}

/** Writes what a step changed; what was found, when and by whom never changes. */
export async function updateEvent(tx: Db, event: AdverseEvent): Promise<void> {
  await tx.query(
    `update adverse_event set consequence = $2, recall_id = $3, merge_id = $4, state = $5, settled_at = $6, settled_by = $7,
       settlement = $8 where id = $1`,
    [
      event.id,
      event.consequence,
      event.recallId,
      event.mergeId,
      event.state,
      event.settledAt,
      event.settledBy,
      event.settlement,
    ],
  );
}

export async function addEventStep(tx: Db, id: string, { at, actor, step, note }: EventStep): Promise<void> {
  await tx.query('insert into adverse_event_step (event_id, at, actor, step, note) values ($1, $2, $3, $4, $5)', [
    id,
    at,
    actor,
    step,
    note,
  ]);
}

export async function eventStepsOf(db: Db, id: string): Promise<EventStep[]> {
  return many<EventStep>(
    db,
    'select at, actor, step, note from adverse_event_step where event_id = $1 order by adverse_event_step.id',
    [id],
  );
}

export async function eventById(db: Db, id: string): Promise<AdverseEvent | undefined> {
  return maybe<AdverseEvent>(db, `${SELECT} where id = $1`, [id]);
}

/** Same, locked until the transaction ends. */
export async function lockEvent(tx: Db, id: string): Promise<AdverseEvent | undefined> {
  return maybe<AdverseEvent>(tx, `${SELECT} where id = $1 for update`, [id]);
}

export async function eventsAbout(db: Db, identityId: string): Promise<AdverseEvent[]> {
  return many<AdverseEvent>(db, `${SELECT} where identity_id = $1 order by found_at desc, number desc`, [identityId]);
}

export interface EventFilter {
  readonly state?: EventState | undefined;
  readonly nature?: EventNature | undefined;
  readonly eg?: string | undefined;
  /** Found in this period: `from` included, `to` excluded. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
}

/** The last found first. */
export async function listEvents(
  db: Db,
  filter: EventFilter & { readonly limit: number; readonly offset: number },
): Promise<AdverseEvent[]> {
  return many<AdverseEvent>(
    db,
    `${SELECT} where ($1::text is null or state = $1) and ($2::text is null or nature = $2) and ($3::text is null or eg = $3)
       and ($4::timestamptz is null or found_at >= $4) and ($5::timestamptz is null or found_at < $5)
     order by found_at desc, number desc limit $6 offset $7`,
    [
      filter.state ?? null,
      filter.nature ?? null,
      filter.eg ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.limit,
      filter.offset,
    ],
  );
}

/** Those that nobody has settled, and the oldest. */
export async function eventWork(db: Db): Promise<{ events: number; oldest: Date | null }> {
  return one(db, `select count(*) as events, min(found_at) as oldest from adverse_event where state = 'open'`, []);
}
