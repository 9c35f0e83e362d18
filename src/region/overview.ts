/** The region as its pages and its API read it: months, establishments with what puts them at risk and what blocks them. */
import type { UseCaseContext } from '../queue/context.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { FigureOrigin, IdentityKind, NamedEstablishment, StoredFigure } from '../store/region-figures.ts';
import { type RegionMonth, regionEstablishments, regionMonths } from '../store/region-reads.ts';
import { monthAfter, monthOf, monthsBetween } from './month.ts';
import { LOOKED_BACK, type Risk, type RiskKind, riskRulesInForce, risksOf } from './risks.ts';

/** Months shown by default: three years. */
const MONTHS_SHOWN = 36;

export interface Standing extends NamedEstablishment {
  /** Of the last month that is known; null when nobody counted this establishment. */
  readonly last: StoredFigure | null;
  /** Documents added in the last complete month that is known, and that month; null when there is none. */
  readonly added: number | null;
  readonly addedMonth: string | null;
  readonly identityKind: IdentityKind | null;
  /** 0 to 1; null when unknown. */
  readonly qualifiedRate: number | null;
  readonly steps: number | null;
  readonly products: readonly string[];
  readonly origin: FigureOrigin | null;
  readonly risks: readonly Risk[];
  /** The three things that block most, in order. */
  readonly blocking: readonly Blocking[];
}

/** One blocking point, in words; `rule` where the catalogue explains it. */
export interface Blocking {
  readonly what: string;
  readonly rule: string | null;
  /** Where it is products: their keys. */
  readonly products?: readonly string[];
}

/** Months of the period, those without any figure included. */
export async function monthsOfRegion(
  { pool }: Pick<UseCaseContext, 'pool'>,
  scope: { readonly eg: string | null; readonly from: string; readonly to: string },
): Promise<RegionMonth[]> {
  const known = new Map((await regionMonths(pool, scope)).map((row) => [row.month, row]));
  return monthsBetween(scope.from, scope.to).map((month) => known.get(month) ?? { ...NOTHING, month });
}

const NOTHING: Omit<RegionMonth, 'month'> = {
  added: 0,
  addedIns: 0,
  addedNir: 0,
  addedInsC: 0,
  addedUnsaid: 0,
  replaced: 0,
  deleted: 0,
  ins: 0,
  nir: 0,
  insC: 0,
  own: 0,
  pushed: 0,
  imported: 0,
};

/** The default period: three years up to the present month. */
export function threeYears(now: Date): { from: string; to: string } {
  const to = monthOf(now);
  return { from: monthAfter(to, 1 - MONTHS_SHOWN), to };
}

/** Every establishment that this actor sees, as it stands at the end of `to`. */
export async function standings(
  context: Pick<UseCaseContext, 'pool' | 'now'>,
  { eg, to }: { readonly eg: string | null; readonly to: string },
): Promise<Standing[]> {
  const now = context.now();
  const [rows, settings] = await Promise.all([
    regionEstablishments(context.pool, { eg, to }, LOOKED_BACK),
    riskRulesInForce(context),
  ]);
  return rows.map(({ figures, ...named }) => ({
    ...named,
    ...standingOf(figures, risksOf(figures, settings, now), now),
  }));
}

function standingOf(
  figures: readonly StoredFigure[],
  risks: readonly Risk[],
  now: Date,
): Omit<Standing, keyof NamedEstablishment> {
  const known = <T>(read: (figure: StoredFigure) => T | null): T | null => {
    for (const figure of figures) {
      const value = read(figure);
      if (value !== null) return value;
    }
    return null;
  };
  const products = (figures[0]?.products ?? []).map(({ key }) => key);
  const identityKind = known((figure) => figure.identityKind);
  const steps = known((figure) => figure.steps);
  const complete = figures.find(({ month }) => month < monthOf(now));
  return {
    last: figures[0] ?? null,
    added: complete?.added ?? null,
    addedMonth: complete?.month ?? null,
    identityKind,
    qualifiedRate: known(({ activeIdentities, qualifiedIdentities }) =>
      activeIdentities === null || activeIdentities === 0 || qualifiedIdentities === null
        ? null
        : qualifiedIdentities / activeIdentities,
    ),
    steps,
    products,
    origin: figures[0]?.origin ?? null,
    risks,
    blocking: blockingOf({ products, risks, blocks: figures[0]?.blocks ?? [] }),
  };
}

const MOST_BLOCKING = 3;
/** Risks that say why, before those that only say that; the others follow in the order of the rules. */
const TELLING: readonly RiskKind[] = ['no-feed', 'no-counts'];

/** What stops everything first, then what holds most documents back, then the product to replace, then the rest. */
function blockingOf({
  products,
  risks,
  blocks,
}: {
  readonly products: readonly string[];
  readonly risks: readonly Risk[];
  readonly blocks: StoredFigure['blocks'];
}): Blocking[] {
  const said = ({ rule, detail }: Risk): Blocking => ({
    what: `${rule.title.replace(/^Vigilance : /, '')} (${detail})`,
    rule: rule.id,
  });
  const stopped = risks.filter(({ kind }) => TELLING.includes(kind)).map(said);
  const others = risks.filter(({ kind }) => !TELLING.includes(kind)).map(said);
  const held = blocks.map(({ rule, documents }) => ({
    what: `${ruleById(rule)?.title ?? rule} (${documents} document${documents > 1 ? 's' : ''})`,
    rule,
  }));
  const product =
    products.length === 0 ? [] : [{ what: `produit à migrer : ${products.join(', ')}`, rule: null, products }];
  const [first, ...lesser] = held;
  return [...stopped, ...(first === undefined ? [] : [first]), ...product, ...others, ...lesser].slice(
    0,
    MOST_BLOCKING,
  );
}

/** The same product in several establishments: where it still has to be migrated. */
export interface ProductPlaces {
  readonly key: string;
  readonly establishments: readonly NamedEstablishment[];
}

/** The most spread first. */
export function productsToMigrate(rows: readonly Standing[]): ProductPlaces[] {
  const places = new Map<string, NamedEstablishment[]>();
  for (const { products, eg, ej, name, legalName } of rows)
    for (const key of products) places.set(key, [...(places.get(key) ?? []), { eg, ej, name, legalName }]);
  return [...places]
    .map(([key, establishments]) => ({ key, establishments }))
    .sort((a, b) => b.establishments.length - a.establishments.length || (a.key < b.key ? -1 : 1));
}

export interface StandingFilter {
  readonly search?: string | undefined;
  /** `old`: INS-C or NIR. */
  readonly kind?: IdentityKind | 'unknown' | 'old' | '' | undefined;
  readonly product?: string | undefined;
  readonly risk?: RiskKind | 'any' | '' | undefined;
  readonly steps?: number | 'unknown' | undefined;
  readonly origin?: FigureOrigin | 'none' | '' | undefined;
}

/** What a figure of the dashboard opens. */
export function filterStandings(rows: readonly Standing[], filter: StandingFilter): Standing[] {
  const { search = '', kind = '', product = '', risk = '', steps, origin = '' } = filter;
  const words = search.toLocaleLowerCase('fr');
  return rows.filter(
    (row) =>
      (words === '' ||
        [row.eg, row.ej, row.name, row.legalName].some((text) => text.toLocaleLowerCase('fr').includes(words))) &&
      isOfKind(row, kind) &&
      (product === '' || row.products.includes(product)) &&
      (risk === '' || (risk === 'any' ? row.risks.length > 0 : row.risks.some((one) => one.kind === risk))) &&
      (steps === undefined || row.steps === (steps === 'unknown' ? null : steps)) &&
      (origin === '' || row.origin === (origin === 'none' ? null : origin)),
  );
}

function isOfKind({ identityKind }: Standing, kind: NonNullable<StandingFilter['kind']>): boolean {
  switch (kind) {
    case '':
      return true;
    case 'old':
      return identityKind === 'INS-C' || identityKind === 'NIR';
    case 'unknown':
      return identityKind === null;
    default:
      return identityKind === kind;
  }
}
