/** The catalogue as it is now: the data file, with what people said laid over it. */
import { type CatalogueEdit, catalogueEditsOf, lastCatalogueEdits } from '../store/catalogue.ts';
import type { Db } from '../store/db.ts';
import { SEED, SEED_DATE, SEED_SOURCE } from './october-2022.ts';
import type { Product, ProductFields, SeedProduct } from './product.ts';

const EMPTY: ProductFields = {
  api: 'V1',
  name: '',
  version: '',
  aliases: [],
  contact: '',
  compatibleVersion: '',
  compatibleLink: '',
  note: '',
  source: '',
  sourceDate: '',
  retired: false,
};

export const FIELD_NAMES = Object.keys(EMPTY) as readonly (keyof ProductFields)[];

function seedFields({ api, name, version, aliases = [] }: SeedProduct): ProductFields {
  return { ...EMPTY, api, name, version, aliases, source: SEED_SOURCE, sourceDate: SEED_DATE };
}

/** What the data file says of this product; undefined when it says nothing. */
export function seedOf(key: string): ProductFields | undefined {
  const seed = SEED.find((one) => one.key === key);
  return seed === undefined ? undefined : seedFields(seed);
}

export function sameField(a: ProductFields, b: ProductFields, name: keyof ProductFields): boolean {
  return JSON.stringify(a[name]) === JSON.stringify(b[name]);
}

/** One edit laid over the data file, whose other fields stay as the file says today. */
export function productWith(key: string, edit: CatalogueEdit | undefined): Product {
  const seed = seedOf(key);
  const fields: ProductFields = { ...(seed ?? EMPTY), ...(edit?.fields as Partial<ProductFields> | undefined) };
  return {
    ...fields,
    key,
    revision: edit?.revision ?? 0,
    editedAt: edit?.at ?? null,
    editedBy: edit?.by ?? null,
    seedDiffers: seed === undefined ? [] : FIELD_NAMES.filter((name) => !sameField(seed, fields, name)),
  };
}

/** Every product, retired ones too, by API, name and version. One statement: keep the answer for what you do in one go. */
export async function readCatalogue(db: Db): Promise<readonly Product[]> {
  const edits = new Map((await lastCatalogueEdits(db)).map((edit) => [edit.product, edit]));
  const keys = new Set([...SEED.map(({ key }) => key), ...edits.keys()]);
  return [...keys]
    .map((key) => productWith(key, edits.get(key)))
    .sort(
      (a, b) =>
        a.api.localeCompare(b.api) ||
        a.name.localeCompare(b.name, 'fr') ||
        a.version.localeCompare(b.version, 'fr', { numeric: true }),
    );
}

/** How it was at each edit, the last first. */
export async function historyOf(db: Db, key: string): Promise<readonly Product[]> {
  return (await catalogueEditsOf(db, key)).map((edit) => productWith(key, edit));
}
