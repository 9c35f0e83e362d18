/** A PostgreSQL database of its own for a test: cloned from a template that is prepared once. */
import { createHash, randomUUID } from 'node:crypto';
import { after } from 'node:test';
import pg from 'pg';
import { startTestServer, type TestServer } from './server.ts';

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** `npm test` shares one server by TEST_DATABASE_URL; a test file run by itself starts its own and stops it. */
const sharedUrl = process.env.TEST_DATABASE_URL;
let ownServer: Promise<TestServer> | undefined;
// Without a runner (`npm run hostile`) nobody asks for it, and a hook would print the result of no test.
if (sharedUrl === undefined && process.env.NODE_TEST_CONTEXT !== undefined)
  after(async () => (await ownServer)?.stop());

/** For a program that is not a test: the server that it made databases on. */
export async function stopOwnServer(): Promise<void> {
  if (process.env.NODE_TEST_CONTEXT === undefined) await (await ownServer)?.stop();
}

async function serverUrl(): Promise<string> {
  if (sharedUrl !== undefined) return sharedUrl;
  ownServer ??= startTestServer((line) => console.error(line));
  return (await ownServer).url;
}

/**
 * A new database on which `prepare` has been run (migrations, fixed data). Preparations of the same text are run once
 * per server and cloned, so `prepare` must not depend on variables around it that change. Drop it after the test.
 */
export async function createTestDatabase(prepare: (url: string) => Promise<void>): Promise<TestDatabase> {
  const server = await serverUrl();
  const template = `tdu_template_${createHash('sha256').update(prepare.toString()).digest('hex').slice(0, 16)}`;
  await withClient(server, async (client) => {
    await client.query('SELECT pg_advisory_lock(hashtext($1))', [template]);
    await ensureTemplate(client, template, () => prepare(databaseUrl(server, template)));
  });
  const name = `tdu_test_${randomUUID().replaceAll('-', '')}`;
  await withClient(server, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${template}`));
  return {
    url: databaseUrl(server, name),
    async drop() {
      await withClient(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Only a preparation that ended is marked as a template; one that was cut is begun again. */
async function ensureTemplate(client: pg.Client, template: string, prepare: () => Promise<void>): Promise<void> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate', [template]);
  if (found.rowCount === 1) return;
  await client.query(`DROP DATABASE IF EXISTS ${template} WITH (FORCE)`);
  await client.query(`CREATE DATABASE ${template}`);
  await prepare();
  await client.query(`ALTER DATABASE ${template} IS_TEMPLATE true`);
}

function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** A session ends with its advisory locks. */
async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
