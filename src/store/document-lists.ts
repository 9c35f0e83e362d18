/** Published versions of the two lists of practice 11. */
import type { DocumentList } from '../codes/feeding-lists.ts';
import { type Db, many, one } from './db.ts';

export type ListKind = 'mandatory' | 'feedable';

export interface PublishedList extends DocumentList {
  readonly id: number;
  readonly kind: ListKind;
  readonly reason: string;
  readonly actor: string;
  readonly at: Date;
}

const COLUMNS = `id, kind, version, source, to_char(dated, 'YYYY-MM-DD') as dated, entries, reason, by_actor as actor, at`;

/** The last of each kind. */
export async function lastLists(db: Db): Promise<PublishedList[]> {
  return many<PublishedList>(db, `select distinct on (kind) ${COLUMNS} from document_list order by kind, id desc`);
}

/** The last first. */
export async function versionsOfList(db: Db, kind: ListKind, limit: number): Promise<PublishedList[]> {
  return many<PublishedList>(db, `select ${COLUMNS} from document_list where kind = $1 order by id desc limit $2`, [
    kind,
    limit,
  ]);
}

export async function insertList(tx: Db, list: Omit<PublishedList, 'id'>): Promise<number> {
  const { kind, version, source, dated, entries, reason, actor, at } = list;
  const row = await one<{ id: number }>(
    tx,
    `insert into document_list (kind, version, source, dated, entries, reason, by_actor, at)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
    [kind, version, source, dated, JSON.stringify(entries), reason, actor, at],
  );
  return row.id;
}
