/** A console on a database of its own, with a clock that tests move. */
import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createTestDatabase } from '../../test/support/database.ts';
import type { Role } from '../api/access.ts';
import { createHttpServer } from '../api/server.ts';
import { type ConfigInput, configSchema } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { openPool } from '../store/db.ts';
import { migrateUrl } from '../store/migrate.testing.ts';
import { registerConsole } from './console.ts';
import { createConsoleUser } from './users.ts';
import type { PageDefinition } from './visit.ts';

export const EG = '990000028';
export const OTHER_EG = '990000036';
export const PASSWORD = 'Mot de passe d’essai';
/** 23/11/2026 14:05:30 in Paris. */
const START = new Date('2026-11-23T13:05:30Z');

/** The services are declared, never called. */
const NO_KEYS = { ca: 'none', cert: 'none', key: 'none' };

export interface ConsoleBench {
  readonly app: FastifyInstance;
  readonly pages: readonly PageDefinition[];
  readonly gateway: UseCaseContext;
  /** Moves the clock. */
  readonly wait: (ms: number) => void;
  /** An account with this role; returns its login. */
  readonly user: (role: Role, eg?: string) => Promise<string>;
}

/** What a test gives to have things closed when it ends, before the test server itself is. */
interface Ends {
  after(close: () => Promise<void>): void;
}

export async function createConsoleBench(t: Ends, settings: Partial<ConfigInput> = {}): Promise<ConsoleBench> {
  const database = await createTestDatabase(migrateUrl);
  const pool = openPool(database.url, 5, () => undefined);
  let now = START;
  const log = pino({ level: 'error' }, process.stderr);
  const config = configSchema.parse({
    installation: 'demonstration',
    context: 1,
    data: '/nowhere',
    legalEntities: [
      {
        finess: '990000010',
        name: 'Centre hospitalier de Démonstration',
        documentRoot: '1.2.3.4.567.8.9.20',
        geographicEntities: [
          { finess: EG, name: 'Hôpital des Essais', sector: 'SA01' },
          { finess: OTHER_EG, name: 'Hôpital du Canal', sector: 'SA01' },
        ],
      },
    ],
    identificationDomains: [{ oid: '1.2.3.4.567.8.9.10' }],
    acceptedInsOids: ['1.2.250.1.213.1.4.10'],
    sources: [{ application: '*', eg: EG, ippDomain: '1.2.3.4.567.8.9.10' }],
    software: { version: '0.1.0', instance: randomUUID() },
    insi: { url: 'https://insi.invalid', tls: NO_KEYS, authorisation: 'DEMO-INSI-0001' },
    dmp: {
      url: 'https://dmp.invalid',
      tls: NO_KEYS,
      signature: { cert: 'none', key: 'none' },
      homologation: 'DEMO-DMP-0001',
      sourceId: '1.2.3.4.567.8.9.30',
      responsible: { id: '801234567897', family: 'MARTIN', given: 'CLAIRE' },
    },
    ...settings,
  });
  const gateway: UseCaseContext = { config, pool, now: () => now, newUuid: randomUUID, log };
  const app = createHttpServer({ maxBodyBytes: 1_000_000, log, pool, metrics: new Registry() });
  const pages = registerConsole(app, gateway);
  await app.ready();
  t.after(async () => {
    await app.close();
    await pool.end();
    await database.drop();
  });
  return {
    app,
    pages,
    gateway,
    wait: (ms) => {
      now = new Date(now.getTime() + ms);
    },
    user: async (role, eg) => {
      const login = `${role}${eg ?? ''}`;
      await createConsoleUser(pool, { login, displayName: 'Claire Martin', role, eg: eg ?? null, password: PASSWORD });
      return login;
    },
  };
}

/** A connected browser, as far as `inject` goes. */
export interface Visitor {
  get(url: string): Promise<{ status: number; body: string; headers: Record<string, unknown> }>;
  post(url: string, fields: Record<string, string>): Promise<{ status: number; body: string; location: string }>;
  /** The token of the session's forms. */
  readonly csrf: string;
  readonly cookie: string;
}

export async function connect(app: FastifyInstance, login: string): Promise<Visitor> {
  const answer = await submitForm(app, '/console/connexion', '', { identifiant: login, 'mot-de-passe': PASSWORD });
  const cookie = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const get = async (url: string) => {
    const page = await app.inject({ url, headers: { cookie } });
    return { status: page.statusCode, body: page.body, headers: page.headers };
  };
  const csrf = /name="jeton" value="([^"]+)"/.exec((await get('/console/')).body)?.[1] ?? '';
  return {
    get,
    csrf,
    cookie,
    post: async (url, fields) => {
      const page = await submitForm(app, url, cookie, { jeton: csrf, ...fields });
      return { status: page.statusCode, body: page.body, location: String(page.headers.location ?? '') };
    },
  };
}

export function submitForm(app: FastifyInstance, url: string, cookie: string, fields: Record<string, string>) {
  return app.inject({
    method: 'POST',
    url,
    headers: { cookie, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams(fields).toString(),
  });
}
