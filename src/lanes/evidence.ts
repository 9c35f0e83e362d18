/** Evidence about a flow, gathered when somebody asks: its own documents, the audits of its templates, the access to API V2. */
import { FEEDABLE_LIST } from '../codes/feeding-lists.ts';
import type { Lane } from '../config/migration-schema.ts';
import type { Source } from '../config/schema.ts';
import { configuredCertificates, inspectCertificate } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { ruleById } from '../rules/catalogue.ts';
import { lastLists } from '../store/document-lists.ts';
import {
  type Counted,
  type FlowCounts,
  flowCounts,
  lastTemplateAudits,
  type ShadowCount,
  shadowCounts,
  typesOfFlow,
  unmappedOfFlow,
} from '../store/lane-evidence.ts';
import type { LaneFlow } from '../store/lanes.ts';
import { type Evidence, type Reason, reasonsAgainst } from './blocking.ts';
import { nextLane } from './machine.ts';

const DAY_MS = 86_400_000;
/** Codes that a reason names. */
const MOST_NAMED = 8;

/** A flow as it stands: what passed, what the shadow said, and what stands against its next lane. */
export interface FlowReport {
  readonly counts: FlowCounts;
  readonly shadow: readonly ShadowCount[];
  /** What stands against the next lane. */
  readonly against: readonly Reason[];
}

export async function reportOf(context: UseCaseContext, flow: LaneFlow): Promise<FlowReport> {
  const { evidence, ...seen } = await gather(context, flow);
  const next = nextLane(flow.lane);
  return { ...seen, against: next === undefined ? [] : reasonsAgainst(next, evidence, context.config.lanes) };
}

async function gather(
  context: UseCaseContext,
  flow: LaneFlow,
): Promise<Omit<FlowReport, 'against'> & { readonly evidence: Evidence }> {
  const { config, pool } = context;
  const { windowDays, quietDays, templateDays } = config.lanes;
  const source = sourceOfFlow(context, flow);
  const since = daysBefore(context, windowDays);
  const software = source?.migration?.software ?? flow.application;
  const [counts, quiet, types, unmapped, shadow, audits, lists, certificateFaults] = await Promise.all([
    flowCounts(pool, flow.id, since),
    flowCounts(pool, flow.id, daysBefore(context, quietDays)),
    typesOfFlow(pool, flow.id, since),
    unmappedOfFlow(pool, flow.id),
    shadowCounts(pool, flow.id, since),
    lastTemplateAudits(pool, flow.eg, software),
    lastLists(pool),
    faultsOfCertificates(context),
  ]);
  const feedable = new Set(
    (lists.find(({ kind }) => kind === 'feedable') ?? FEEDABLE_LIST).entries.map(({ code }) => code),
  );
  const oldest = daysBefore(context, templateDays);
  const recent = audits.filter(({ at }) => at >= oldest);
  const evidence: Evidence = {
    dmp: config.dmp === undefined ? 'undeclared' : 'declared',
    homologation: homologationOf(context),
    certificateFaults,
    documents: counts.documents,
    qualified: counts.qualified,
    typesNotFeedable: named(types.filter(({ code }) => code !== '' && !feedable.has(code))),
    unmapped: named(unmapped),
    shadow: judged(shadow),
    stamped: source?.stampRawPdf === true,
    templates: { audited: recent.length, wrong: recent.filter(({ right }) => !right).map(({ template }) => template) },
    onTheirWay: counts.onTheirWay,
    waiting: counts.waiting,
    lately: quiet.byTheOldWay,
  };
  return { counts, shadow, evidence };
}

/** What stands against one lane, as of now. */
export async function reasonsFor(context: UseCaseContext, flow: LaneFlow, to: Lane): Promise<readonly Reason[]> {
  return reasonsAgainst(to, (await gather(context, flow)).evidence, context.config.lanes);
}

/** The declaration of a flow; undefined once it was taken out of the configuration. */
function sourceOfFlow({ config }: UseCaseContext, flow: LaneFlow): Source | undefined {
  return config.sources.find(
    ({ eg, application, facility }) => eg === flow.eg && application === flow.application && facility === flow.facility,
  );
}

function daysBefore({ now }: UseCaseContext, days: number): Date {
  return new Date(now().getTime() - days * DAY_MS);
}

function homologationOf({ config }: UseCaseContext): Evidence['homologation'] {
  const number = config.dmp?.homologation ?? '';
  if (number === '') return 'absent';
  // The demonstration talks to its own simulator: its number is the one that is wanted there.
  return /DEMO/i.test(number) && config.installation !== 'demonstration' ? 'demonstration' : 'present';
}

async function faultsOfCertificates({ config, now }: UseCaseContext): Promise<string[]> {
  const certificates = configuredCertificates(config).filter(({ use }) => use === 'dmp');
  const states = await Promise.all(
    certificates.map(async ({ name, files, expectation }) => ({
      name,
      state: await inspectCertificate(files, expectation, now()),
    })),
  );
  return states.flatMap(({ name, state }) => [...new Set(state.unfit)].map((fault) => `${name} : ${fault}`));
}

/** « Non transmissible » is no refusal of the flow: an opposition, a type that nobody feeds. */
function judged(shadow: readonly ShadowCount[]): Evidence['shadow'] {
  const total = (some: readonly ShadowCount[]) => some.reduce((sum, { documents }) => sum + documents, 0);
  const isRefused = ({ outcome, ruleId }: ShadowCount) =>
    outcome === 'refused' && ruleById(ruleId ?? '')?.retry !== 'never';
  return { checked: total(shadow), refused: total(shadow.filter(isRefused)) };
}

function named(counted: readonly Counted[]): string[] {
  const first = counted.slice(0, MOST_NAMED).map(({ code, documents }) => `${code} (${documents})`);
  return counted.length > MOST_NAMED ? [...first, `et ${counted.length - MOST_NAMED} autres`] : first;
}
