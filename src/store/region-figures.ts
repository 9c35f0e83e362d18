/** Figures of the region by establishment and month. Counts only; each says its origin, and one origin of each month is counted. */
import { type Db, many, one } from './db.ts';

export type FigureOrigin = 'own' | 'pushed' | 'imported';
/** Kind of identity under which an establishment feeds the DMP: the oldest one that is still in use. */
export type IdentityKind = 'INS' | 'NIR' | 'INS-C';

/** Null: not known. */
export interface Counts {
  /** Documents added to the DMP in the month, first versions only. */
  readonly added: number | null;
  readonly addedIns: number | null;
  readonly addedNir: number | null;
  readonly addedInsC: number | null;
  readonly replaced: number | null;
  readonly deleted: number | null;
  /** Documents received in the month; of those, refused, and waiting when they were counted. */
  readonly received: number | null;
  readonly refused: number | null;
  readonly waiting: number | null;
  readonly identityKind: IdentityKind | null;
  readonly activeIdentities: number | null;
  readonly qualifiedIdentities: number | null;
  /** Steps of the plan reached, 0 to 5. */
  readonly steps: number | null;
  /** `AAAA-MM-JJ`: last day of the month with a document added. */
  readonly lastFedOn: string | null;
  /** Products still to migrate, by their key of the catalogue. */
  readonly products: readonly { readonly key: string }[];
  /** What holds documents back, by rule, the most frequent first. */
  readonly blocks: readonly { readonly rule: string; readonly documents: number }[];
}

export interface Figure extends Counts {
  readonly eg: string;
  readonly ej: string;
  /** `AAAA-MM` */
  readonly month: string;
}

export interface StoredFigure extends Figure {
  readonly origin: FigureOrigin;
  /** Key of an installation, source of an import, or `own`. */
  readonly source: string;
  readonly receivedAt: Date;
}

/** The counts as columns, the same names in every statement. */
const COUNTS = [
  'added',
  'added_ins',
  'added_nir',
  'added_insc',
  'replaced',
  'deleted',
  'received',
  'refused',
  'waiting',
  'identity_kind',
  'active_identities',
  'qualified_identities',
  'steps',
  'last_fed_on',
  'products',
  'blocks',
] as const;

const columns = (prefix: string): string => COUNTS.map((column) => `${prefix}${column}`).join(', ');
const same = (a: string, b: string): string => `(${columns(a)}) is not distinct from (${columns(b)})`;

export const FIGURE = `f.eg, f.ej, to_char(f.month, 'YYYY-MM') as month, f.origin, f.added, f.added_ins as "addedIns",
  f.added_nir as "addedNir", f.added_insc as "addedInsC", f.replaced, f.deleted, f.received, f.refused, f.waiting,
  f.identity_kind as "identityKind", f.active_identities as "activeIdentities",
  f.qualified_identities as "qualifiedIdentities", f.steps::int as steps, to_char(f.last_fed_on, 'YYYY-MM-DD') as "lastFedOn",
  f.products, f.blocks, f.source, f.received_at as "receivedAt"`;

export interface PutResult {
  readonly added: number;
  readonly replaced: number;
  readonly unchanged: number;
}

/**
 * Records figures of one origin, each whole: what was there is replaced. A figure equal to the one that is there changes
 * nothing. One that replaces what was given once its month was over is a correction, and the former goes to the history.
 */
export async function putFigures(
  tx: Db,
  figures: readonly Figure[],
  given: { readonly origin: FigureOrigin; readonly source: string; readonly at: Date },
): Promise<PutResult> {
  if (figures.length === 0) return { added: 0, replaced: 0, unchanged: 0 };
  const result = await one<{ added: number; replaced: number }>(
    tx,
    `with given as (select * from jsonb_to_recordset($1::jsonb) as g(eg text, ej text, month date, added int, added_ins int,
         added_nir int, added_insc int, replaced int, deleted int, received int, refused int, waiting int,
         identity_kind text, active_identities int, qualified_identities int, steps smallint, last_fed_on date,
         products jsonb, blocks jsonb)),
     changed as (select g.* from given g left join region_figure f
         on f.eg = g.eg and f.month = g.month and f.origin = $2 where f.eg is null or not ${same('f.', 'g.')} or f.ej <> g.ej),
     kept as (insert into region_figure_history (eg, month, origin, figure, source, received_at, replaced_at)
       select f.eg, f.month, f.origin, to_jsonb(f) - 'shown' - 'source' - 'received_at', f.source, f.received_at, $4
       from region_figure f join changed c on c.eg = f.eg and c.month = f.month and f.origin = $2
       where f.received_at >= (f.month + interval '1 month') at time zone 'Europe/Paris'),
     put as (insert into region_figure as f (eg, ej, month, ${columns('')}, origin, source, received_at)
       select eg, ej, month, ${columns('')}, $2, $3, $4 from changed order by eg, month
       on conflict (eg, month, origin) do update set ej = excluded.ej, source = excluded.source,
         received_at = excluded.received_at, ${COUNTS.map((column) => `${column} = excluded.${column}`).join(', ')}
       returning (xmax = 0) as fresh)
     select count(*) filter (where fresh) as added, count(*) filter (where not fresh) as replaced from put`,
    [JSON.stringify(figures.map(rowOf)), given.origin, given.source, given.at],
  );
  await chooseShown(tx, figures);
  await tx.query(
    `insert into region_establishment (eg, ej, name, updated_at)
     select distinct on (eg) eg, ej, eg, $3 from unnest($1::text[], $2::text[]) as g (eg, ej) order by eg on conflict do nothing`,
    [figures.map(({ eg }) => eg), figures.map(({ ej }) => ej), given.at],
  );
  return { ...result, unchanged: figures.length - result.added - result.replaced };
}

function rowOf(figure: Figure): Record<string, unknown> {
  return {
    eg: figure.eg,
    ej: figure.ej,
    month: `${figure.month}-01`,
    added: figure.added,
    added_ins: figure.addedIns,
    added_nir: figure.addedNir,
    added_insc: figure.addedInsC,
    replaced: figure.replaced,
    deleted: figure.deleted,
    received: figure.received,
    refused: figure.refused,
    waiting: figure.waiting,
    identity_kind: figure.identityKind,
    active_identities: figure.activeIdentities,
    qualified_identities: figure.qualifiedIdentities,
    steps: figure.steps,
    last_fed_on: figure.lastFedOn,
    products: figure.products,
    blocks: figure.blocks,
  };
}

/** An establishment and month that came by several ways is counted once: what is computed here before what others say. */
async function chooseShown(tx: Db, figures: readonly Pick<Figure, 'eg' | 'month'>[]): Promise<void> {
  await tx.query(
    `update region_figure f set shown = (f.origin = best.origin)
     from (select distinct on (r.eg, r.month) r.eg, r.month, r.origin from region_figure r
       join unnest($1::text[], $2::date[]) as given (eg, month) on given.eg = r.eg and given.month = r.month
       order by r.eg, r.month, array_position(array['own', 'pushed', 'imported'], r.origin)) best
     where f.eg = best.eg and f.month = best.month and f.shown <> (f.origin = best.origin)`,
    [figures.map(({ eg }) => eg), figures.map(({ month }) => `${month}-01`)],
  );
}

export interface NamedEstablishment {
  readonly eg: string;
  readonly ej: string;
  readonly name: string;
  readonly legalName: string;
}

/** Names of the region's establishments; the last name of each is the one that stays. */
export async function nameEstablishments(db: Db, rows: readonly NamedEstablishment[], at: Date): Promise<void> {
  const last = [...new Map(rows.map((row) => [row.eg, row])).values()];
  const column = (key: keyof NamedEstablishment): string[] => last.map((row) => row[key]);
  await db.query(
    `insert into region_establishment as e (eg, ej, name, legal_name, updated_at)
     select eg, ej, name, legal_name, $5 from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as g (eg, ej, name, legal_name)
     order by eg on conflict (eg) do update set ej = excluded.ej, name = excluded.name, legal_name = excluded.legal_name, updated_at = excluded.updated_at
     where (e.ej, e.name, e.legal_name) <> (excluded.ej, excluded.name, excluded.legal_name)`,
    [column('eg'), column('ej'), column('name'), column('legalName'), at],
  );
}

export interface Correction {
  readonly month: string;
  readonly origin: FigureOrigin;
  readonly added: number | null;
  readonly identityKind: IdentityKind | null;
  readonly source: string;
  readonly receivedAt: Date;
  readonly replacedAt: Date;
}

/** What was corrected of an establishment, the last correction first. */
export async function correctionsOf(db: Db, eg: string, limit: number): Promise<Correction[]> {
  return many<Correction>(
    db,
    `select to_char(month, 'YYYY-MM') as month, origin, (figure->>'added')::int as added,
       figure->>'identity_kind' as "identityKind", source, received_at as "receivedAt", replaced_at as "replacedAt"
     from region_figure_history where eg = $1 order by id desc limit $2`,
    [eg, limit],
  );
}
