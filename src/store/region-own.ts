/** What this installation counts of itself for the region: the ledger as it grows, and how the months stand. */
import { type Db, many, one } from './db.ts';
import { FIGURE, type StoredFigure } from './region-figures.ts';

/** One process of the installation counts at a time. */
const LOCK = 7_031_065;
/** Links of the ledger counted in one transaction. */
const STEP = 20_000;

/**
 * Adds to the months what the ledger holds since the last time, once each: links are counted by their position in the
 * seal, which has no gap and never moves, whatever the order in which rows were committed. Gives how many were counted.
 */
export async function countLedger(tx: Db, at: Date): Promise<number> {
  const { position } = await one<{ position: number }>(tx, 'select position from region_ledger_mark for update');
  const { last } = await one<{ last: number }>(
    tx,
    'select least(coalesce(max(id), 0), $1::bigint + $2) as last from ledger_seal',
    [position, STEP],
  );
  if (last <= position) return 0;
  await tx.query(
    `insert into region_figure as f (eg, month, origin, ej, added, added_ins, replaced, deleted, last_fed_on, identity_kind, source, received_at)
     select l.eg, date_trunc('month', l.at at time zone 'Europe/Paris')::date, 'own', max(l.ej),
       count(*) filter (where l.destination = 'DMP'), count(*) filter (where l.destination = 'DMP'),
       count(*) filter (where l.destination = 'DMP replacement'), count(*) filter (where l.destination = 'DMP deletion'),
       max((l.at at time zone 'Europe/Paris')::date) filter (where l.destination <> 'DMP deletion'),
       case when bool_or(l.destination = 'DMP') then 'INS' end, 'own', $3
     from ledger_seal s join ledger l on l.id = s.ledger_id where s.id > $1 and s.id <= $2
     group by 1, 2 order by 1, 2
     on conflict (eg, month, origin) do update set added = coalesce(f.added, 0) + excluded.added,
       added_ins = coalesce(f.added_ins, 0) + excluded.added_ins, replaced = coalesce(f.replaced, 0) + excluded.replaced,
       deleted = coalesce(f.deleted, 0) + excluded.deleted, last_fed_on = greatest(f.last_fed_on, excluded.last_fed_on),
       identity_kind = coalesce(f.identity_kind, excluded.identity_kind), received_at = excluded.received_at`,
    [position, last, at],
  );
  await hideOthers(tx);
  await tx.query('update region_ledger_mark set position = $1', [last]);
  return last - position;
}

export interface MonthState {
  readonly eg: string;
  readonly received: number;
  readonly refused: number;
  readonly waiting: number;
  readonly blocks: readonly { readonly rule: string; readonly documents: number }[];
}

/** Documents received in a period by establishment, what became of them, and what holds them back. */
export async function documentsOfMonth(db: Db, from: Date, to: Date): Promise<MonthState[]> {
  return many<MonthState>(
    db,
    `with seen as (select eg, rule_id, count(*) as documents,
         count(*) filter (where state in ('refused', 'unreadable')) as refused,
         count(*) filter (where state in ('waiting', 'unknown', 'received') or (state = 'ready' and rule_id is not null)) as waiting
       from document where received_at >= $1 and received_at < $2 group by eg, rule_id)
     select eg, sum(documents)::bigint as received, sum(refused)::bigint as refused, sum(waiting)::bigint as waiting,
       coalesce((jsonb_agg(jsonb_build_object('rule', rule_id, 'documents', refused + waiting)
         order by refused + waiting desc, rule_id) filter (where rule_id is not null and refused + waiting > 0)), '[]') as blocks
     from seen group by eg`,
    [from, to],
  );
}

export interface IdentityState {
  readonly eg: string;
  readonly active: number;
  readonly qualified: number;
}

/** Identities with a stay in the period by establishment: the active file of docs/fr/identitovigilance.md. */
export async function identitiesOfMonth(db: Db, from: Date, to: Date): Promise<IdentityState[]> {
  return many<IdentityState>(
    db,
    `select s.eg, count(distinct i.id) as active, count(distinct i.id) filter (where i.status = 'QUAL') as qualified
     from stay s join identity i on i.id = s.identity_id
     where s.state in ('open', 'closed') and s.admitted_at < $2 and (s.discharged_at is null or s.discharged_at >= $1)
       and i.active and not i.fictive group by s.eg`,
    [from, to],
  );
}

export interface OldWays {
  readonly eg: string;
  readonly insC: number;
  readonly nir: number;
}

/**
 * Documents that left by an old way, of the flows that migrate: what the lanes decided, not what a ledger proves. An old
 * platform behind an HL7 flow is counted with API V1 (inferred: nobody sees what it sends).
 */
export async function oldWaysOfMonth(db: Db, from: Date, to: Date): Promise<OldWays[]> {
  return many<OldWays>(
    db,
    `select f.eg, count(*) filter (where f.way <> 'xds-v2') as "insC", count(*) filter (where f.way = 'xds-v2') as nir
     from migration_flow f join document_lane d on d.flow_id = f.id
     where d.decided_at >= $1 and d.decided_at < $2 and d.carrier = 'old' group by f.eg`,
    [from, to],
  );
}

export interface OwnState {
  readonly eg: string;
  readonly ej: string;
  /** `AAAA-MM` */
  readonly month: string;
  readonly addedInsC: number;
  readonly addedNir: number;
  readonly received: number;
  readonly refused: number;
  readonly waiting: number;
  readonly blocks: MonthState['blocks'];
  readonly activeIdentities: number;
  readonly qualifiedIdentities: number;
  /** Null for a month that is over: what was last known of it stays. */
  readonly present: { readonly steps: number | null; readonly products: readonly { readonly key: string }[] } | null;
}

/** The oldest way in use is the kind of identity of the month. */
const KIND = `case when g."addedInsC" > 0 then 'INS-C' when g."addedNir" > 0 then 'NIR' end`;

/** How months stand: over what stood before, beside what the ledger counted. */
export async function putOwnState(tx: Db, states: readonly OwnState[], at: Date): Promise<void> {
  await tx.query(
    `insert into region_figure as f (eg, month, origin, ej, added, added_ins, added_nir, added_insc, replaced, deleted,
       received, refused, waiting, identity_kind, active_identities, qualified_identities, steps, products, blocks, source, received_at)
     select g.eg, (g.month || '-01')::date, 'own', g.ej, g."addedNir" + g."addedInsC", 0, g."addedNir", g."addedInsC", 0, 0,
       g.received, g.refused, g.waiting, ${KIND}, g."activeIdentities", g."qualifiedIdentities",
       (g.present->>'steps')::smallint, coalesce(nullif(g.present, 'null')->'products', '[]'), g.blocks, 'own', $2
     from jsonb_to_recordset($1::jsonb) as g(eg text, ej text, month text, "addedInsC" int, "addedNir" int, received int,
       refused int, waiting int, "activeIdentities" int, "qualifiedIdentities" int, present jsonb, blocks jsonb)
     order by g.eg, g.month
     on conflict (eg, month, origin) do update set ej = excluded.ej, added_nir = excluded.added_nir,
       added_insc = excluded.added_insc, added = coalesce(f.added_ins, 0) + excluded.added,
       received = excluded.received, refused = excluded.refused, waiting = excluded.waiting,
       active_identities = excluded.active_identities, qualified_identities = excluded.qualified_identities,
       blocks = excluded.blocks, received_at = excluded.received_at,
       identity_kind = coalesce(excluded.identity_kind, case when f.added_ins > 0 then 'INS' end)`,
    [JSON.stringify(states), at],
  );
  const present = states.flatMap(({ eg, month, present: known }) => (known === null ? [] : [{ eg, month, ...known }]));
  await tx.query(
    `update region_figure f set steps = g.steps, products = g.products
     from jsonb_to_recordset($1::jsonb) as g(eg text, month text, steps smallint, products jsonb)
     where f.origin = 'own' and f.eg = g.eg and f.month = (g.month || '-01')::date`,
    [JSON.stringify(present)],
  );
  await hideOthers(tx);
}

/** What is computed here is what counts, whatever else came for the same months. */
async function hideOthers(tx: Db): Promise<void> {
  await tx.query(
    `update region_figure f set shown = false from region_figure o
     where o.eg = f.eg and o.month = f.month and o.origin = 'own' and f.origin <> 'own' and f.shown`,
  );
}

/** Every figure of this installation, the oldest first. */
export async function ownFigures(db: Db): Promise<StoredFigure[]> {
  return many<StoredFigure>(db, `select ${FIGURE} from region_figure f where f.origin = 'own' order by f.month, f.eg`);
}

/** Until the end of the transaction; false while another process counts. */
export async function lockOwnCount(tx: Db): Promise<boolean> {
  return (await one<{ locked: boolean }>(tx, 'select pg_try_advisory_xact_lock($1) as locked', [LOCK])).locked;
}
