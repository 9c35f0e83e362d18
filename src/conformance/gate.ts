/**
 * The gate of the rule packs: what leaves is checked by those in service, for its sender and its day. Which ones are in
 * service is known beforehand: without any, a document costs nothing here.
 */
import type { UseCaseContext } from '../queue/context.ts';
import { conformanceRules } from '../rules/conformance.ts';
import type { Refusal } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import {
  type InstalledPack,
  type Judgement,
  judgementsOf,
  type PackMode,
  packsInService,
  putJudgement,
} from '../store/rule-packs.ts';
import { createChecker } from '../wire/schematron/isolated-check.ts';
import { rulePackOf, sourceNameOf } from './packs.ts';
import { type Said, saidBy } from './verdict.ts';

type Checked = Pick<DocumentRecord, 'kind' | 'sender' | 'eg'>;

export interface Judged {
  /** What stops it; undefined when it may leave. */
  readonly refusal?: Refusal;
  /** For its timeline. */
  readonly warnings: readonly Refusal[];
  readonly judgements: readonly Judgement[];
}

export interface Conformance {
  /** Is any pack in service? */
  readonly active: () => boolean;
  /** `seen`: packs that have already looked at it. */
  readonly check: (document: Checked, cda: Uint8Array, seen?: ReadonlySet<string>) => Promise<Judged>;
  /** Looks now at which packs are in service. */
  readonly refresh: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Of an installation that declares no folder of packs. */
export const NO_CONFORMANCE: Conformance = {
  active: () => false,
  check: async () => ({ warnings: [], judgements: [] }),
  refresh: async () => undefined,
  stop: async () => undefined,
};

export async function startConformance(context: UseCaseContext): Promise<Conformance> {
  const { conformance } = context.config;
  if (conformance === undefined) return NO_CONFORMANCE;
  const { threads, timeoutMs, memoryMb, refreshMs } = conformance;
  const checker = createChecker({ threads, timeoutMs, memoryMb });
  let packs: readonly InstalledPack[] = [];
  const refresh = async (): Promise<void> => {
    packs = await packsInService(context.pool);
  };
  await refresh();
  const timer = setInterval(() => {
    // What is in service stays so while the database is away.
    refresh().catch((error: unknown) => context.log.warn({ err: error }, 'rule packs not read'));
  }, refreshMs);
  timer.unref();
  return {
    active: () => packs.length > 0,
    check: async (document, cda, seen) => {
      const source = sourceNameOf(context.config, document);
      const judged: { pack: InstalledPack; said: Said; ms: number }[] = [];
      for (const pack of packs.filter((one) => applies(one, source, context.now()) && !seen?.has(one.id))) {
        const rules = rulePackOf(context.config, pack);
        const start = performance.now();
        const verdict = await checker.check(rules, cda);
        judged.push({ pack, said: saidBy(rules, verdict), ms: Math.round(performance.now() - start) });
      }
      return conclude(document.kind, source, judged, context.now());
    },
    refresh,
    stop: async () => {
      clearInterval(timer);
      await checker.close();
    },
  };
}

/** What was ready before a pack was put in service has not been seen by it: undefined when it may leave. */
export async function refusalOfUnseen(
  { pool }: UseCaseContext,
  conformance: Conformance | undefined,
  document: DocumentRecord,
  cda: Uint8Array,
): Promise<Refusal | undefined> {
  if (conformance?.active() !== true) return undefined;
  const seen = new Set((await judgementsOf(pool, document.id)).map(({ packId }) => packId));
  const { refusal, judgements } = await conformance.check(document, cda, seen);
  if (judgements.length > 0) await transaction(pool, (tx) => recordJudgements(tx, document.id, judgements));
  return refusal;
}

/** In the transaction that says what became of the document. */
export async function recordJudgements(tx: Db, documentId: string, judgements: readonly Judgement[]): Promise<void> {
  for (const judgement of judgements) await putJudgement(tx, documentId, judgement);
}

function modeFor({ mode, sourceModes }: InstalledPack, source: string): PackMode {
  return sourceModes[source] ?? mode;
}

/** Days are those of the installation's time: a pack is published for a date, not for an instant. */
function applies(pack: InstalledPack, source: string, now: Date): boolean {
  const today = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' }).format(now);
  const { validFrom, validUntil } = pack;
  if (modeFor(pack, source) === 'off') return false;
  return (validFrom === null || validFrom <= today) && (validUntil === null || today <= validUntil);
}

function conclude(
  kind: Checked['kind'],
  source: string,
  judged: readonly { readonly pack: InstalledPack; readonly said: Said; readonly ms: number }[],
  at: Date,
): Judged {
  const stops = kind === 'cda' ? conformanceRules.receivedNotConformant : conformanceRules.builtNotConformant;
  const refusals: Refusal[] = [];
  const warnings: Refusal[] = [];
  const judgements = judged.map(({ pack, said, ms }): Judgement => {
    const { outcome, failed, failures, undecided } = said;
    const blocks = outcome === 'failed' && modeFor(pack, source) === 'block';
    const refusal =
      outcome === 'failed' ? refusalOf(blocks ? stops : conformanceRules.observed, pack, said) : undecided;
    if (refusal !== undefined) (blocks ? refusals : warnings).push(refusal);
    return { packId: pack.id, at, outcome, ruleId: refusal?.rule.id ?? null, failed, ms, failures };
  });
  const [refusal] = refusals;
  return { ...(refusal === undefined ? {} : { refusal }), warnings, judgements };
}

/** Names the first assert, its place and how many others there are. */
function refusalOf(rule: Refusal['rule'], { name, version }: InstalledPack, { failed, failures }: Said): Refusal {
  const [first] = failures;
  const others = failed > 1 ? ` (et ${failed - 1} autre(s))` : '';
  const what = first === undefined ? '' : ` : ${first.text.slice(0, 240)} – ${first.location}`;
  return {
    rule,
    detail: `${name} ${version}${what}${others}`,
    ...(first === undefined ? {} : { location: first.location }),
  };
}
