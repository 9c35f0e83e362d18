/** The judgement of a replay: what the connectors were told against what the DMP holds. Pure. */
import type { Counted, Held } from './measure.ts';
import { total } from './measure.ts';
import { type Sent, titleOf } from './traffic.ts';

export interface Verdict {
  readonly documents: number;
  readonly accepted: number;
  readonly duplicated: number;
  readonly lost: number;
  /** Per cent of the documents of the first month that went the old way, of the last month that the gateway sent by API V2. */
  readonly v1Before: number;
  readonly v2After: number;
  readonly td00Forwarded: number;
  readonly inscForwarded: number;
  /** What must not be, in French. */
  readonly problems: readonly string[];
}

export interface Evidence {
  /** Documents that were to be sent. */
  readonly planned: number;
  readonly sent: readonly Sent[];
  readonly held: readonly Held[];
  readonly counts: readonly Counted[];
  readonly gatewayCertificate: string;
  readonly firstMonth: string;
  readonly lastMonth: string;
}

const WORST = 5;

export function judge(evidence: Evidence): Verdict {
  const { planned, sent, held, counts, gatewayCertificate } = evidence;
  const documents = sent.filter(({ order }) => order.kind !== 'deletion');
  const done = documents.filter(({ ended }) => ended.said !== 'refused');
  const byTitle = new Map<string, Held[]>();
  for (const one of held) byTitle.set(one.title, [...(byTitle.get(one.title) ?? []), one]);
  const copies = ({ order }: Sent): number => byTitle.get(titleOf(order.number))?.length ?? 0;
  const lost = done.filter((one) => copies(one) === 0);
  const doubled = documents.filter((one) => copies(one) > 1);
  const byGateway = ({ certificate }: Counted): boolean => certificate === gatewayCertificate;
  const share = (month: string, ofThem: (one: Counted) => boolean): number => {
    const fed = (one: Counted): boolean =>
      one.month === month && one.transaction === 'TD2.1' && one.outcome === 'success';
    const all = total(counts, fed);
    return all === 0 ? 0 : (100 * total(counts, (one) => fed(one) && ofThem(one))) / all;
  };
  return {
    documents: planned,
    accepted: done.length,
    duplicated: doubled.reduce((sum, one) => sum + copies(one) - 1, 0),
    lost: lost.length + (planned - documents.length),
    v1Before: share(evidence.firstMonth, (one) => !byGateway(one)),
    v2After: share(
      evidence.lastMonth,
      (one) => byGateway(one) && one.apiVersion === 'V2' && one.identityKind !== 'INS-C',
    ),
    td00Forwarded: total(counts, (one) => byGateway(one) && one.transaction === 'TD0.0'),
    inscForwarded: total(counts, (one) => byGateway(one) && one.identityKind === 'INS-C'),
    problems: [
      ...some(
        'refusé',
        sent.filter(({ ended }) => ended.said === 'refused'),
        ({ hospital, order, ended }) =>
          `${order.kind} ${order.number} (${hospital.profile.name} ${hospital.profile.version}) : ${ended.said === 'refused' ? ended.reason : ''}`,
      ),
      ...some('perdu', lost, ({ uniqueId }) => uniqueId),
      ...some('en double', doubled, ({ uniqueId }) => uniqueId),
      ...wrongStates(sent, held),
      ...some('inconnu des connecteurs', strangers(documents, held), ({ uniqueId, title }) => `${uniqueId} ${title}`),
    ],
  };
}

/** A replaced document is deprecated, a deleted one deleted, every other one in force. */
function wrongStates(sent: readonly Sent[], held: readonly Held[]): string[] {
  const expected = new Map<string, string>();
  for (const { order, hospital, uniqueId, ended } of sent) {
    if (ended.said === 'refused') continue;
    expected.set(uniqueId, order.kind === 'deletion' ? 'Deleted' : 'Approved');
    if (order.kind === 'replacement' && order.about !== undefined)
      expected.set(`${hospital.oid}.${order.about}`, 'Deprecated');
  }
  const wrong = held.filter(({ uniqueId, status }) => (expected.get(uniqueId) ?? status) !== status);
  return some('dans un autre état', wrong, ({ uniqueId, status }) => `${uniqueId} ${status}`);
}

function strangers(documents: readonly Sent[], held: readonly Held[]): Held[] {
  const titles = new Set(documents.map(({ order }) => titleOf(order.number)));
  return held.filter(({ title }) => !titles.has(title));
}

function some<T>(what: string, found: readonly T[], words: (one: T) => string): string[] {
  if (found.length === 0) return [];
  return [`${found.length} ${what} : ${found.slice(0, WORST).map(words).join(' ; ')}`];
}
