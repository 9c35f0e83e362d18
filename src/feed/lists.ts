/**
 * What must be fed and what can be fed (practice 11): the lists in force, and publishing a version. A process reads them
 * again every few seconds at most: they change a few times a year, and the gate asks for every document.
 */
import { documentType } from '../codes/document-types.ts';
import { type DocumentList, FEEDABLE_LIST, MANDATORY_LIST } from '../codes/feeding-lists.ts';
import { parseCivilDate } from '../ins/civil-date.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { policyRules } from '../rules/policy.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { insertList, type ListKind, lastLists, type PublishedList } from '../store/document-lists.ts';

export type ListsInForce = Readonly<Record<ListKind, DocumentList & Partial<PublishedList>>>;

/** How long another process may go on with the former version, milliseconds. */
const READ_AGAIN_MS = 10_000;

interface Known {
  readonly lists: ListsInForce;
  readonly feedable: ReadonlySet<string>;
  readonly readAt: number;
}

const known = new WeakMap<Db, Known>();

export async function listsInForce({ pool, now }: UseCaseContext): Promise<ListsInForce> {
  const at = now().getTime();
  const last = known.get(pool);
  if (last !== undefined && at >= last.readAt && at - last.readAt < READ_AGAIN_MS) return last.lists;
  const published = await lastLists(pool);
  const of = (kind: ListKind) => published.find((list) => list.kind === kind);
  const lists = { mandatory: of('mandatory') ?? MANDATORY_LIST, feedable: of('feedable') ?? FEEDABLE_LIST };
  known.set(pool, { lists, feedable: new Set(lists.feedable.entries.map(({ code }) => code)), readAt: at });
  return lists;
}

/** As last read by this process; undefined before that. */
export function feedableTypes({ pool }: Pick<UseCaseContext, 'pool'>): ReadonlySet<string> | undefined {
  return known.get(pool)?.feedable;
}

export type WantedList = DocumentList & { readonly kind: ListKind; readonly reason: string };

/** The next version, in force at once here and within seconds everywhere. Earlier ones stay as they were. */
export async function publishList(context: UseCaseContext, wanted: WantedList, actor: string): Promise<Result<number>> {
  const fault = faultOf(wanted);
  if (fault !== undefined) return refuse(policyRules.listInvalid, { detail: fault });
  const id = await insertList(context.pool, { ...wanted, actor, at: context.now() });
  known.delete(context.pool);
  return ok(id);
}

function faultOf({ version, source, dated, reason, entries }: WantedList): string | undefined {
  if (version === '' || source === '' || reason === '') return 'version, source et motif sont attendus';
  if (!parseCivilDate(dated).ok) return `date « ${dated} »`;
  if (entries.length === 0) return 'aucun type';
  const codes = entries.map(({ code }) => code);
  const unknown = codes.find((code) => documentType(code) === undefined);
  if (unknown !== undefined) return `type inconnu du JDV_J07 : ${unknown.slice(0, 40)}`;
  const twice = codes.find((code, index) => codes.indexOf(code) !== index);
  if (twice !== undefined) return `type cité deux fois : ${twice}`;
  const since = entries.find((entry) => entry.since !== undefined && !parseCivilDate(entry.since).ok)?.since;
  return since === undefined ? undefined : `date « ${since} »`;
}
