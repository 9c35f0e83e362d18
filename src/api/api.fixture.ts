/** The API on a database of its own, without a listening socket. Every answer is held against the contract. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pino from 'pino';
import { Registry } from 'prom-client';
import { z } from 'zod';
import { createTestDatabase } from '../../test/support/database.ts';
import { nowhereConfig } from '../../test/support/nowhere.ts';
import { checkConfig } from '../config/load.ts';
import type { Config, ConfigInput } from '../config/schema.ts';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { registerMetrics } from '../indicators/metrics.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { ruleById } from '../rules/catalogue.ts';
import { openPool } from '../store/db.ts';
import { migrateUrl } from '../store/migrate.testing.ts';
import type { Role } from './access.ts';
import { registerApi } from './api.ts';
import type { FhirRoute } from './fhir/door.ts';
import { registerFhir } from './fhir/fhir.ts';
import type { RouteDefinition } from './route.ts';
import { createHttpServer } from './server.ts';
import { issueToken } from './tokens.ts';

/** Senders declared for one establishment each. */
export const SENDERS = { [DEMO_EG]: 'DPI-ESSAIS', [DEMO_SECOND_EG]: 'DPI-CANAL' } as const;
export const MAX_BODY_BYTES = 300_000;

export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly bytes: Buffer;
  /** Parsed when the answer is JSON. */
  readonly body: unknown;
}

interface Sent {
  /** The administrator of the whole installation unless told; null for no token at all. */
  readonly token?: string | null;
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string;
  readonly contentType?: string;
}

export interface ApiBench {
  readonly app: FastifyInstance;
  readonly context: UseCaseContext;
  readonly routes: readonly RouteDefinition[];
  readonly fhirRoutes: readonly FhirRoute[];
  /** `METHOD address` of everything that fastify answers below /api. */
  readonly registered: readonly string[];
  /** What was logged, one line each. */
  readonly logged: readonly string[];
  call(method: RouteDefinition['method'], path: string, sent?: Sent): Promise<Answer>;
  token(role: Role, eg?: string | null): Promise<string>;
  close(): Promise<void>;
}

function testConfig(packs: string): Config {
  const demonstration = nowhereConfig();
  const [model] = demonstration.sources;
  assert.ok(model);
  const sources: ConfigInput['sources'] = Object.entries(SENDERS).map(([eg, application]) => ({
    ...model,
    application,
    eg,
  }));
  const checked = checkConfig({
    ...demonstration,
    sources,
    conformance: { packs },
    data: packs,
    proof: { signature: 'own' },
  });
  assert.ok(checked.ok);
  return checked.config;
}

export async function startApi(): Promise<ApiBench> {
  const packs = mkdtempSync(join(tmpdir(), 'packs-'));
  const database = await createTestDatabase(migrateUrl);
  const pool = openPool(database.url, 4, () => undefined);
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const context: UseCaseContext = { config: testConfig(packs), pool, now: () => new Date(), newUuid: randomUUID, log };
  const metrics = new Registry();
  registerMetrics(metrics, pool);
  const app = createHttpServer({ maxBodyBytes: MAX_BODY_BYTES, log, pool, metrics });
  const registered: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) registered.push(`${one} ${url}`);
  });
  const routes = registerApi(app, context);
  const fhirRoutes = registerFhir(app, context);
  const token = (role: Role, eg: string | null = null): Promise<string> =>
    issueToken(pool, { name: `${role}-${eg ?? 'tout'}`, role, eg, now: context.now() });
  const administrator = await token('administrator');
  return {
    app,
    context,
    routes,
    fhirRoutes,
    registered,
    logged,
    token,
    call: async (method, path, sent = {}) => {
      const bearer = sent.token === undefined ? administrator : sent.token;
      const payload = sent.raw ?? (sent.body === undefined ? undefined : JSON.stringify(sent.body));
      const response = await app.inject({
        method,
        url: `/api/v1${path}`,
        headers: {
          ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          ...(payload === undefined ? {} : { 'content-type': sent.contentType ?? 'application/json' }),
        },
        ...(payload === undefined ? {} : { payload }),
      });
      const type = String(response.headers['content-type'] ?? '');
      const answer: Answer = {
        status: response.statusCode,
        type,
        headers: response.headers,
        bytes: response.rawPayload,
        body: type.includes('json') ? JSON.parse(response.payload) : undefined,
      };
      honoursContract(routes, method, path, answer);
      return answer;
    },
    close: async () => {
      await app.close();
      await pool.end();
      await database.drop();
      rmSync(packs, { recursive: true });
    },
  };
}

const problem = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  rule: z.string(),
  cause: z.string(),
  owner: z.string(),
  remedy: z.string(),
  safeToResend: z.boolean(),
  location: z.string().optional(),
});

/** A refusal is an entry of the catalogue; a success has the declared status and shape, and nothing besides. */
function honoursContract(routes: readonly RouteDefinition[], method: string, path: string, answer: Answer): void {
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  if (answer.status >= 400) {
    assert.match(answer.type, /^application\/problem\+json/);
    const found = problem.parse(answer.body);
    const rule = ruleById(found.rule);
    assert.ok(rule, `${found.rule} is not in the catalogue`);
    assert.deepEqual(
      [found.status, found.type, found.title, found.cause, found.remedy, found.owner],
      [answer.status, `urn:traitdunion:rule:${rule.id}`, rule.title, rule.cause, rule.remedy, rule.owner],
    );
    assert.equal(rule.http, answer.status);
    return;
  }
  const definition = routes.find((route) => route.method === method && fits(route.path, path));
  if (definition === undefined) return;
  assert.equal(answer.status, definition.status ?? 200);
  if (definition.binary) return;
  assert.deepEqual(definition.response.parse(answer.body), answer.body);
}

function fits(declared: string, path: string): boolean {
  return new RegExp(`^${declared.replace(/\{\w+\}/g, '[^/]+')}$`).test(path.split('?')[0] ?? '');
}

/** The rule of a problem. */
export function ruleOf(answer: Answer): string {
  return problem.parse(answer.body).rule;
}

/** The explanation of a problem, where it has one. */
export function detailOf(answer: Answer): string {
  return problem.parse(answer.body).detail ?? '';
}

const list = z.object({ items: z.array(z.record(z.string(), z.unknown())), next: z.string().nullable() });

/** Items and `next` of a list. */
export function listOfAnswer(answer: Answer): z.output<typeof list> {
  assert.equal(answer.status, 200, answer.bytes.toString('utf8'));
  return list.parse(answer.body);
}

/** Reads a list to its end by its `next`, and gives the pages. */
export async function pagesOf(bench: ApiBench, path: string): Promise<z.output<typeof list>['items'][]> {
  const pages: z.output<typeof list>['items'][] = [];
  for (let next: string | null = ''; next !== null; ) {
    const answer = listOfAnswer(await bench.call('GET', `${path}${next === '' ? '' : `&after=${next}`}`));
    pages.push(answer.items);
    next = answer.next;
  }
  return pages;
}

/** One field of an object answer, as text. */
export function fieldOf(answer: Answer, name: string): string {
  const value = z.record(z.string(), z.unknown()).parse(answer.body)[name];
  assert.equal(typeof value, 'string', `${name} of ${answer.bytes.toString('utf8')}`);
  return String(value);
}
