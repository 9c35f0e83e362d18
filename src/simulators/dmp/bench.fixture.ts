/** A DMP without its network: the handler over a store in a fresh folder, removed after the test. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { SimRequest } from '../common/service.ts';
import { createStats, type StatsReport } from '../common/stats.ts';
import { certificates, EG, EJ, OTHER_EG, OTHER_EJ } from './certificates.fixture.ts';
import { controlRoutes } from './control.ts';
import { createHandler } from './handler.ts';
import { type Holdings, openHoldings } from './holdings.ts';
import { feedRequest, NOW, type Recipe } from './message.fixture.ts';
import { createMessageIds } from './message-ids.ts';
import { createOpenings } from './openings.ts';
import { type DmpSimulatorOptions, policyOf } from './options.ts';
import { createRefusalBoard } from './refusals.ts';

export interface TestAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly bytes: Buffer;
}

export interface TestDmp {
  readonly directory: string;
  readonly holdings: Holdings;
  readonly logged: readonly string[];
  send(request: SimRequest): Promise<TestAnswer>;
  control(route: string, body?: unknown): Promise<unknown>;
  stats(): StatsReport;
}

const STRUCTURES = [
  { ej: EJ, egs: [EG] },
  { ej: OTHER_EJ, egs: [OTHER_EG] },
];

export function optionsIn(directory: string): DmpSimulatorOptions {
  const { authority, server } = certificates();
  return {
    directory,
    tls: { ca: authority.pem, cert: server.pem, key: server.keyPem },
    port: 0,
    controlPort: 0,
    structures: STRUCTURES,
    profile: 'test',
    now: () => NOW,
    newUuid: randomUUID,
    nia: true,
    trustedSignerCa: authority.pem,
  };
}

export async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dmp-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function openTestDmp(t: TestContext, change: Partial<DmpSimulatorOptions> = {}): Promise<TestDmp> {
  const directory = change.directory ?? (await temporaryDirectory(t));
  const options = { ...optionsIn(directory), ...change };
  const holdings = await openHoldings(directory);
  t.after(() => holdings.close());
  const stats = createStats();
  const logged: string[] = [];
  const refusals = createRefusalBoard();
  const policy = policyOf(options);
  const openings = createOpenings(policy.openings, options.now);
  const context = { holdings, policy, newUuid: options.newUuid };
  const handler = createHandler({
    ...context,
    refusals,
    openings,
    stats,
    messageIds: createMessageIds(),
    log: (line) => logged.push(line),
  });
  const routes = controlRoutes(context, { stats, refusals, openings });
  return {
    directory,
    holdings,
    logged,
    async send(request) {
      const { status, headers, body } = await handler(request);
      return { status, contentType: headers['content-type'] ?? '', body: body.toString(), bytes: Buffer.from(body) };
    },
    async control(route, body) {
      const run = routes[route];
      if (run === undefined) throw new Error(`no route ${route}`);
      return run(body);
    },
    stats: () => stats.report(),
  };
}

export interface FaultCase {
  readonly what: string;
  readonly recipe: Recipe;
  readonly reason: RegExp;
  /** SOAP code or DMP subcode; s:Sender unless told. */
  readonly code?: string;
}

/** Each recipe gives a SOAP fault with its reason, and nothing is held. */
export async function refusesAll(t: TestContext, cases: readonly FaultCase[]): Promise<void> {
  const dmp = await openTestDmp(t);
  for (const { what, recipe, reason, code } of cases) {
    await t.test(what, async () => {
      const { status, body } = await dmp.send(feedRequest(recipe));
      assert.equal(status, 500);
      assert.match(/<s:Text[^>]*>(.*)<\/s:Text>/.exec(body)?.[1] ?? body, reason);
      assert.ok(body.includes(`>${code ?? 's:Sender'}<`), body);
      assert.equal(dmp.holdings.documents().length, 0);
    });
  }
}
