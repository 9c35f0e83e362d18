/** The promises of design 6, judged on what the three sides hold at the end: senders, our database, the DMP. Pure. */

export interface SentDocument {
  readonly controlId: string;
  readonly title: string;
  /** SHA-1 of a CDA that had to go through byte-identical. */
  readonly sha1?: string;
  /** Later messages replace or delete it: in the end it is replaced or deleted, whichever of them came first to the DMP. */
  readonly superseded?: true;
  readonly acknowledged: boolean;
}

export interface OurDocument {
  readonly controlId: string;
  readonly title: string;
  readonly uniqueId: string;
  readonly state: string;
  readonly ruleId: string | null;
  /** From the ledger; null without an entry. */
  readonly ledgerSha1: string | null;
  /** Answers owed to the sender, by state. */
  readonly answers: readonly string[];
}

export interface HeldByDmp {
  readonly uniqueId: string;
  readonly title: string;
  readonly status: string;
  readonly hash: string;
}

export interface Evidence {
  readonly sent: readonly SentDocument[];
  readonly ours: readonly OurDocument[];
  readonly atDmp: readonly HeldByDmp[];
  /** What the sender heard in the end: by MSH-10, `Y` or `N`, as often as it came. */
  readonly heard: ReadonlyMap<string, readonly string[]>;
}

export interface Verdict {
  readonly acknowledged: number;
  readonly accepted: number;
  /** Replaced or deleted by a later message, and those messages that deleted. */
  readonly superseded: number;
  readonly waiting: number;
  readonly refused: number;
  readonly unknown: number;
  /** Acknowledged without a final or explained state. */
  readonly lost: number;
  /** Two living documents at the DMP for one of the sender, or two of ours for one message. */
  readonly duplicated: number;
  /** Everything that was promised and is not so, one line each; losses and duplicates included. */
  readonly problems: readonly string[];
}

export function judge(evidence: Evidence): Verdict {
  const { sent, ours } = evidence;
  const lost = lostDocuments(evidence);
  const duplicated = duplicates(evidence);
  const count = (...states: string[]): number => ours.filter(({ state }) => states.includes(state)).length;
  return {
    acknowledged: sent.filter(({ acknowledged }) => acknowledged).length,
    accepted: count('accepted'),
    superseded: count(...SUPERSEDED),
    waiting: count('waiting'),
    refused: count('refused', 'withdrawn', 'unreadable'),
    unknown: count('unknown'),
    lost: lost.length,
    duplicated: duplicated.length,
    problems: [...lost, ...duplicated, ...differences(evidence), ...disorder(evidence), ...answersMissing(evidence)],
  };
}

/** At the end of their life: they were in the DMP, and are alive there no more. */
const SUPERSEDED = ['replaced', 'deleted'];
const EXPLAINED = new Set(['waiting', 'refused', 'withdrawn', 'unreadable', 'unknown']);

function lostDocuments({ sent, ours }: Evidence): string[] {
  const byControlId = Map.groupBy(ours, ({ controlId }) => controlId);
  return sent.flatMap(({ controlId, acknowledged }) => {
    if (!acknowledged) return [];
    const documents = byControlId.get(controlId) ?? [];
    if (documents.length === 0) return [`lost: ${controlId} was acknowledged and has no document`];
    return documents
      .filter(
        ({ state, ruleId }) =>
          state !== 'accepted' && !SUPERSEDED.includes(state) && !(EXPLAINED.has(state) && ruleId !== null),
      )
      .map(({ state }) => `lost: ${controlId} was acknowledged and is left ${state} without a reason`);
  });
}

function duplicates({ ours, atDmp }: Evidence): string[] {
  const living = atDmp.filter(({ status }) => status === 'Approved');
  return [
    ...repeated(living.map(({ title }) => title)).map((title) => `duplicated: « ${title} » lives twice at the DMP`),
    ...repeated(ours.map(({ controlId }) => controlId)).map((id) => `duplicated: ${id} made several documents`),
  ];
}

function repeated(values: readonly string[]): string[] {
  return [...Map.groupBy(values, (value) => value)].flatMap(([value, all]) => (all.length > 1 ? [value] : []));
}

/** Accepted here if and only if alive there, with the same bytes; a received CDA is the sender's to the byte. */
function differences({ sent, ours, atDmp }: Evidence): string[] {
  const living = new Map(atDmp.filter(({ status }) => status === 'Approved').map((held) => [held.uniqueId, held]));
  const accepted = ours.filter(({ state }) => state === 'accepted');
  const known = new Set(accepted.map(({ uniqueId }) => uniqueId));
  const sources = new Map(sent.map((document) => [document.controlId, document]));
  return [
    ...accepted.flatMap((document) => {
      const held = living.get(document.uniqueId);
      if (held === undefined) return [`${document.controlId} is accepted here and not alive at the DMP`];
      const source = sources.get(document.controlId);
      return [
        ...(held.hash === document.ledgerSha1 ? [] : [`${document.controlId}: the ledger has not the hash of the DMP`]),
        ...(source?.sha1 === undefined || source.sha1 === held.hash
          ? []
          : [`${document.controlId}: the CDA at the DMP is not the one received`]),
      ];
    }),
    ...[...living.values()]
      .filter(({ uniqueId }) => !known.has(uniqueId))
      .map(({ title }) => `« ${title} » is alive at the DMP and not accepted here`),
    ...ours
      .filter(({ state, ledgerSha1 }) => state !== 'accepted' && !SUPERSEDED.includes(state) && ledgerSha1 !== null)
      .map(({ controlId }) => `${controlId} is in the ledger and not accepted`),
  ];
}

/** What replaces or deletes never overtakes what it is about: each version ends where its messages lead it. */
function disorder({ sent, ours }: Evidence): string[] {
  const sources = new Map(sent.map((document) => [document.controlId, document]));
  return ours.flatMap(({ controlId, state, ruleId }) => {
    const source = sources.get(controlId);
    if (source?.acknowledged !== true || EXPLAINED.has(state)) {
      const stopped = source?.superseded === true && state === 'refused';
      return stopped ? [`${controlId} is refused (${ruleId}), not replaced or deleted`] : [];
    }
    const expected = source.superseded === true ? SUPERSEDED : ['accepted'];
    return expected.includes(state) ? [] : [`${controlId} is ${state}, not ${expected.join(' or ')}`];
  });
}

/** At least once, and never the wrong news. */
function answersMissing({ ours, heard }: Evidence): string[] {
  return ours.flatMap(({ controlId, state, answers }) => {
    const news = heard.get(controlId) ?? [];
    const done = state === 'accepted' || SUPERSEDED.includes(state);
    const expected = done ? 'Y' : 'N';
    const over = done || state === 'refused' || state === 'withdrawn' || state === 'unreadable';
    if (!over) return news.length === 0 ? [] : [`${controlId} was answered before its end`];
    return [
      ...(news.includes(expected) ? [] : [`${controlId}: the sender never heard ${expected}`]),
      ...(news.every((flag) => flag === expected) ? [] : [`${controlId}: the sender heard the wrong outcome`]),
      ...(answers.length === 1 && answers[0] === 'delivered' ? [] : [`${controlId}: answers ${answers.join(', ')}`]),
    ];
  });
}
