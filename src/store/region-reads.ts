/** What the region's pages read: months already added up by establishment. No ledger, no document is looked at here. */
import { type Db, many, maybe } from './db.ts';
import { FIGURE, type NamedEstablishment, type StoredFigure } from './region-figures.ts';

/** `eg` null: all of the region. Months are `AAAA-MM`, both included. */
export interface RegionScope {
  readonly eg: string | null;
  readonly from: string;
  readonly to: string;
}

export interface RegionMonth {
  readonly month: string;
  readonly added: number;
  readonly addedIns: number;
  readonly addedNir: number;
  readonly addedInsC: number;
  /** Of `added`, what came without a kind of identity. */
  readonly addedUnsaid: number;
  readonly replaced: number;
  readonly deleted: number;
  /** Establishments by the kind of identity under which they feed; those that say none are not counted. */
  readonly ins: number;
  readonly nir: number;
  readonly insC: number;
  /** Establishments with a figure, by its origin. */
  readonly own: number;
  readonly pushed: number;
  readonly imported: number;
}

export async function regionMonths(db: Db, { eg, from, to }: RegionScope): Promise<RegionMonth[]> {
  return many<RegionMonth>(
    db,
    `select to_char(month, 'YYYY-MM') as month, coalesce(sum(added), 0)::bigint as added,
       coalesce(sum(added_ins), 0)::bigint as "addedIns", coalesce(sum(added_nir), 0)::bigint as "addedNir",
       coalesce(sum(added_insc), 0)::bigint as "addedInsC",
       coalesce(sum(added - coalesce(added_ins, 0) - coalesce(added_nir, 0) - coalesce(added_insc, 0)), 0)::bigint as "addedUnsaid",
       coalesce(sum(replaced), 0)::bigint as replaced, coalesce(sum(deleted), 0)::bigint as deleted,
       count(*) filter (where identity_kind = 'INS') as ins, count(*) filter (where identity_kind = 'NIR') as nir,
       count(*) filter (where identity_kind = 'INS-C') as "insC", count(*) filter (where origin = 'own') as own,
       count(*) filter (where origin = 'pushed') as pushed, count(*) filter (where origin = 'imported') as imported
     from region_figure where shown and month between $2::date and $3::date and ($1::text is null or eg = $1)
     group by region_figure.month order by region_figure.month`,
    [eg, `${from}-01`, `${to}-01`],
  );
}

export interface RegionEstablishment extends NamedEstablishment {
  /** The figures that count, from the last month back; none for an establishment that nobody counted. */
  readonly figures: readonly StoredFigure[];
}

/** By name. */
export async function namedEstablishments(db: Db, eg: string | null): Promise<NamedEstablishment[]> {
  return many<NamedEstablishment>(
    db,
    `select eg, ej, name, legal_name as "legalName" from region_establishment where $1::text is null or eg = $1 order by name, eg`,
    [eg],
  );
}

/** Every establishment with its last months up to `to`, by name. */
export async function regionEstablishments(
  db: Db,
  { eg, to }: Omit<RegionScope, 'from'>,
  months: number,
): Promise<RegionEstablishment[]> {
  const named = await namedEstablishments(db, eg);
  const figures = await many<StoredFigure>(
    db,
    `select ${FIGURE} from region_establishment e cross join lateral (
       select * from region_figure r where r.eg = e.eg and r.shown and r.month <= $2::date order by r.month desc limit $3) f
     where $1::text is null or e.eg = $1 order by f.eg, f.month desc`,
    [eg, `${to}-01`, months],
  );
  const byEg = Map.groupBy(figures, (figure) => figure.eg);
  return named.map((row) => ({ ...row, figures: byEg.get(row.eg) ?? [] }));
}

/** The figures that count of a period, by establishment and month. */
export async function shownFigures(db: Db, { eg, from, to }: RegionScope): Promise<StoredFigure[]> {
  return many<StoredFigure>(
    db,
    `select ${FIGURE} from region_figure f where f.shown and f.month between $2::date and $3::date
       and ($1::text is null or f.eg = $1) order by f.eg, f.month`,
    [eg, `${from}-01`, `${to}-01`],
  );
}

/** Every figure of one establishment, of whatever origin, counted or not: the last month first. */
export async function figuresOfEstablishment(
  db: Db,
  { eg, from, to }: { eg: string; from: string; to: string },
): Promise<(StoredFigure & { readonly shown: boolean })[]> {
  return many<StoredFigure & { shown: boolean }>(
    db,
    `select ${FIGURE}, f.shown from region_figure f where f.eg = $1 and f.month between $2::date and $3::date
     order by f.month desc, f.shown desc, f.origin`,
    [eg, `${from}-01`, `${to}-01`],
  );
}

/** The oldest month that there is a figure of; undefined when there is none. */
export async function firstMonth(db: Db, eg: string | null): Promise<string | undefined> {
  const row = await maybe<{ month: string }>(
    db,
    `select to_char(month, 'YYYY-MM') as month from region_figure
     where shown and ($1::text is null or eg = $1) order by region_figure.month limit 1`,
    [eg],
  );
  return row?.month;
}
