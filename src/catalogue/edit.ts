/** What people change in the catalogue: each edit is kept whole, with who and when. */
import type { UseCaseContext } from '../queue/context.ts';
import { observatoryRules } from '../rules/observatory.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { insertCatalogueEdit } from '../store/catalogue.ts';
import type { Product, ProductFields } from './product.ts';
import { FIELD_NAMES, productWith, readCatalogue, sameField, seedOf } from './read.ts';
import { compactName } from './recognise.ts';
import { versionNumbers } from './version.ts';

/** Characters of each text. */
const LONGEST: Readonly<Record<Exclude<keyof ProductFields, 'api' | 'aliases' | 'retired'>, number>> = {
  name: 120,
  version: 40,
  contact: 300,
  compatibleVersion: 40,
  compatibleLink: 500,
  note: 2_000,
  source: 300,
  sourceDate: 10,
};
const MOST_ALIASES = 20;

export interface ProductEdit {
  /** Undefined: a product that the catalogue does not have yet. */
  readonly key?: string | undefined;
  /** The one that was read; another edit since is not overwritten. */
  readonly revision: number;
  readonly fields: ProductFields;
}

/** Records the edit; an edit that changes nothing is no edit. */
export async function editProduct(context: UseCaseContext, edit: ProductEdit, by: string): Promise<Result<Product>> {
  const fault = faultOf(edit.fields);
  if (fault !== undefined) return refuse(observatoryRules.productIncorrect, fault);
  const catalogue = await readCatalogue(context.pool);
  const key = edit.key ?? keyFor(edit.fields, catalogue);
  const before = catalogue.find((product) => product.key === key);
  if (edit.key !== undefined && before === undefined) return refuse(observatoryRules.productUnknown);
  const same = catalogue.find((product) => product.key !== key && isSame(product, edit.fields));
  if (same !== undefined && !edit.fields.retired) return refuse(observatoryRules.productTwice, { detail: same.key });
  if ((before?.revision ?? 0) !== edit.revision) return refuse(observatoryRules.productChanged);
  if (before !== undefined && FIELD_NAMES.every((name) => sameField(before, edit.fields, name))) return ok(before);
  const record = {
    product: key,
    revision: edit.revision + 1,
    at: context.now(),
    by,
    fields: overlay(key, edit.fields),
  };
  if (!(await insertCatalogueEdit(context.pool, record))) return refuse(observatoryRules.productChanged);
  return ok(productWith(key, record));
}

/** Only what differs from the data file: the rest follows the file when a later version of the program brings another. */
function overlay(key: string, fields: ProductFields): Readonly<Record<string, unknown>> {
  const seed = seedOf(key);
  const own = seed === undefined ? FIELD_NAMES : FIELD_NAMES.filter((name) => !sameField(seed, fields, name));
  return Object.fromEntries(own.map((name) => [name, fields[name]]));
}

function isSame(product: Product, { api, name, version }: ProductFields): boolean {
  return product.api === api && compactName(product.name) === compactName(name) && product.version === version;
}

/** A name for the entry that no other has. */
function keyFor({ name, version }: ProductFields, catalogue: readonly Product[]): string {
  const base = `${name} ${version}`
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const taken = new Set(catalogue.map(({ key }) => key));
  for (let n = 1; ; n += 1) {
    const key = n === 1 ? base : `${base}-${n}`;
    if (!taken.has(key)) return key;
  }
}

interface Fault {
  readonly location: string;
  readonly detail: string;
}

function faultOf(fields: ProductFields): Fault | undefined {
  for (const [name, most] of Object.entries(LONGEST) as [keyof typeof LONGEST, number][])
    if (fields[name].length > most) return { location: name, detail: `${most} caractères au plus` };
  if (compactName(fields.name) === '') return { location: 'name', detail: 'le nom du produit est attendu' };
  for (const name of ['version', 'compatibleVersion'] as const)
    if (versionNumbers(fields[name]) === undefined && (name === 'version' || fields[name] !== ''))
      return { location: name, detail: 'un numéro de version est attendu' };
  if (fields.aliases.length > MOST_ALIASES) return { location: 'aliases', detail: `${MOST_ALIASES} noms au plus` };
  for (const alias of fields.aliases)
    if (compactName(alias) === '' || alias.length > LONGEST.name)
      return { location: 'aliases', detail: `un nom de ${LONGEST.name} caractères au plus est attendu` };
  if (fields.compatibleLink !== '' && !isWebAddress(fields.compatibleLink))
    return { location: 'compatibleLink', detail: 'une adresse https est attendue' };
  if (fields.sourceDate !== '' && !/^\d{4}-\d{2}(-\d{2})?$/.test(fields.sourceDate))
    return { location: 'sourceDate', detail: 'une date AAAA-MM-JJ, ou un mois AAAA-MM, est attendue' };
  return undefined;
}

/** Shown as a link: nothing but the web. */
function isWebAddress(text: string): boolean {
  return URL.canParse(text) && new URL(text).protocol === 'https:';
}
