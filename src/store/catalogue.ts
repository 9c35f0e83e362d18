/** Edits of the catalogue of products: none is ever changed or taken away. */
import { type Db, many } from './db.ts';

export interface CatalogueEdit {
  readonly product: string;
  readonly revision: number;
  readonly at: Date;
  readonly by: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

const COLUMNS = 'product, revision, at, by_actor as by, fields';

/** The last edit of each product that was edited. */
export async function lastCatalogueEdits(db: Db): Promise<CatalogueEdit[]> {
  return many<CatalogueEdit>(
    db,
    `select distinct on (product) ${COLUMNS} from catalogue_edit order by product, revision desc`,
  );
}

/** The last first. */
export async function catalogueEditsOf(db: Db, product: string): Promise<CatalogueEdit[]> {
  return many<CatalogueEdit>(db, `select ${COLUMNS} from catalogue_edit where product = $1 order by revision desc`, [
    product,
  ]);
}

/** False when another edit took this revision first. */
export async function insertCatalogueEdit(db: Db, edit: CatalogueEdit): Promise<boolean> {
  const { rowCount } = await db.query(
    `insert into catalogue_edit (product, revision, at, by_actor, fields) values ($1, $2, $3, $4, $5)
     on conflict do nothing`,
    [edit.product, edit.revision, edit.at, edit.by, JSON.stringify(edit.fields)],
  );
  return rowCount === 1;
}
