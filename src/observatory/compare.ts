/** What was declared against what is seen, and what vendors no longer maintain: differences named. */
import { compactName, compareVersions, isOfLine, versionNumbers } from '../catalogue/index.ts';
import type { EntryFields, InventoryEntry } from '../store/inventory.ts';
import type { SeenApplication, SeenUse, UnseenSource } from './seen.ts';

/**
 * `undeclared`: seen, neither in the configuration nor in the inventory. `source-unseen`, `inventory-unseen`: declared there,
 * never seen. `version-behind`, `version-ahead`, `api`, `identity`: seen otherwise than the inventory says.
 */
export type DifferenceKind =
  | 'undeclared'
  | 'source-unseen'
  | 'inventory-unseen'
  | 'version-behind'
  | 'version-ahead'
  | 'api'
  | 'identity';

export interface Difference {
  readonly kind: DifferenceKind;
  readonly eg: string;
  readonly application: string;
  readonly facility: string;
  readonly product: string;
  /** In the words of each side; empty where there is nothing to say. */
  readonly declared: string;
  readonly seen: string;
}

export function differencesOf(
  applications: readonly SeenApplication[],
  unseen: readonly UnseenSource[],
  installed: readonly InventoryEntry[],
): Difference[] {
  const matched = new Set<SeenApplication>();
  const ofInventory = installed.flatMap((entry) => {
    const own = applications.filter((seen) => concerns(entry, seen));
    for (const seen of own) matched.add(seen);
    return ofEntry(entry, own);
  });
  const nothing = { product: '', declared: '', seen: '' };
  const undeclared = applications
    .filter((seen) => seen.declared !== 'yes' && !matched.has(seen))
    .map(({ eg, application, facility, declared }) => ({
      ...nothing,
      ...{ kind: 'undeclared' as const, eg, application, facility },
      // A wildcard lets it in without naming it.
      declared: declared === 'wildcard' ? '*' : '',
    }));
  const silent = unseen.map((source) => ({ ...nothing, kind: 'source-unseen' as const, ...source }));
  return [...undeclared, ...silent, ...ofInventory];
}

/** By the names of MSH-3 and MSH-4 where the inventory gives them, else by the name of the product. */
function concerns({ eg, fields }: InventoryEntry, seen: SeenApplication): boolean {
  if (eg !== seen.eg) return false;
  const { application = '', facility = '', product = '' } = fields;
  if (application !== '') return application === seen.application && (facility === '' || facility === seen.facility);
  return usesOf(product, seen).length > 0 || compactName(seen.application) === compactName(product);
}

function usesOf(product: string, { uses }: SeenApplication): SeenUse[] {
  return uses.filter(
    (use) =>
      compactName(use.product) === compactName(product) ||
      (use.recognition !== undefined && compactName(use.recognition.product.name) === compactName(product)),
  );
}

function ofEntry({ eg, fields }: InventoryEntry, own: readonly SeenApplication[]): Difference[] {
  const { product = '', version = '', application = '', facility = '' } = fields;
  const [first] = own;
  const about = {
    eg,
    application: first?.application ?? application,
    facility: first?.facility ?? facility,
    product,
  };
  if (first === undefined)
    return [{ ...about, kind: 'inventory-unseen', declared: [product, version].join(' ').trim(), seen: '' }];
  const named = own.flatMap((seen) => usesOf(product, seen));
  const uses = named.length > 0 ? named : own.flatMap((seen) => seen.uses);
  return [...versionDifference(about, fields, named), ...otherDifferences(about, fields, uses)];
}

type About = Pick<Difference, 'eg' | 'application' | 'facility' | 'product'>;

/** Against the use that was seen last: after an update both versions have been seen. */
function versionDifference(about: About, { version = '' }: EntryFields, named: readonly SeenUse[]): Difference[] {
  const last = named
    .filter(({ productVersion }) => versionNumbers(productVersion) !== undefined)
    .toSorted((a, b) => b.lastSeen.getTime() - a.lastSeen.getTime())[0];
  const declared = versionNumbers(version);
  const seen = versionNumbers(last?.productVersion ?? '');
  if (last === undefined || declared === undefined || seen === undefined || isOfLine(seen, declared)) return [];
  const kind = compareVersions(seen, declared) < 0 ? 'version-behind' : 'version-ahead';
  return [{ ...about, kind, declared: version, seen: last.productVersion }];
}

function otherDifferences(
  about: About,
  { api = '', identity = '' }: EntryFields,
  uses: readonly SeenUse[],
): Difference[] {
  const apis = [...new Set(uses.map((use) => use.api))];
  const kinds = [...new Set(uses.flatMap(({ identities }) => identities.map(({ kind }) => kind)))];
  const found: Difference[] = [];
  if (api !== '' && !apis.includes(api)) found.push({ ...about, kind: 'api', declared: api, seen: apis.join(', ') });
  if (identity !== '' && kinds.length > 0 && !kinds.some((kind) => kind === identity))
    found.push({ ...about, kind: 'identity', declared: identity, seen: kinds.join(', ') });
  return found;
}

/** `ended`: its maintenance is over. `ending`: it will be, on a day that is known. `unlisted`: its vendor declares others. */
export type MaintenanceStanding = 'ended' | 'ending' | 'unlisted';

export interface Obsolete {
  readonly eg: string;
  readonly application: string;
  readonly facility: string;
  readonly product: string;
  readonly version: string;
  /** Seen in traffic, or only said by the inventory. */
  readonly from: 'seen' | 'inventory';
  readonly standing: MaintenanceStanding;
  /** AAAA-MM-JJ; empty when the vendor says none. */
  readonly endOfMaintenance: string;
  readonly compatibleVersion: string;
  readonly link: string;
  readonly source: string;
}

type Held = Pick<Obsolete, 'eg' | 'application' | 'facility' | 'product' | 'version' | 'from'>;

/** What is here and that its vendor declares over, or soon over, or not at all. `today`: AAAA-MM-JJ. */
export function obsoleteHere(
  applications: readonly SeenApplication[],
  installed: readonly InventoryEntry[],
  versions: readonly InventoryEntry[],
  today: string,
): Obsolete[] {
  const seen: Held[] = applications.flatMap(({ eg, application, facility, uses }) =>
    uses
      .filter(({ product, recognition }) => product !== '' || recognition !== undefined)
      .map((use) => ({
        ...{ eg, application, facility, from: 'seen' as const },
        product: use.recognition?.product.name ?? use.product,
        version: use.productVersion === '' ? (use.recognition?.version ?? '') : use.productVersion,
      })),
  );
  const said = new Set(seen.map(({ eg, product }) => `${eg} ${compactName(product)}`));
  const held = installed
    // What is seen says more than what was written down.
    .filter(({ eg, fields }) => !said.has(`${eg} ${compactName(fields.product ?? '')}`))
    .map(
      ({ eg, fields: { product = '', version = '', application = '', facility = '' } }): Held => ({
        ...{ eg, application, facility, product, version },
        from: 'inventory',
      }),
    );
  return [...seen, ...held].flatMap((one) => standingOf(one, versions, today) ?? []);
}

function standingOf(held: Held, versions: readonly InventoryEntry[], today: string): Obsolete | undefined {
  const own = versions.filter(({ fields }) => compactName(fields.product ?? '') === compactName(held.product));
  const numbers = versionNumbers(held.version);
  if (own.length === 0 || numbers === undefined) return undefined;
  const line = own
    .map(({ fields }) => ({ fields, listed: versionNumbers(fields.version ?? '') ?? [] }))
    .filter(({ listed }) => listed.length > 0 && isOfLine(numbers, listed))
    .sort((a, b) => b.listed.length - a.listed.length)[0];
  const { endOfMaintenance = '', compatibleVersion = '', link = '', source = '' } = line?.fields ?? {};
  if (line === undefined) return { ...held, standing: 'unlisted', endOfMaintenance, compatibleVersion, link, source };
  if (endOfMaintenance === '') return undefined;
  const standing = endOfMaintenance < today ? 'ended' : 'ending';
  return { ...held, standing, endOfMaintenance, compatibleVersion, link, source };
}
