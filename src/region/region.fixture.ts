/** An installation with a database of its own and a clock that tests move; documents and ledger lines to put in it. */
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import pino from 'pino';
import { benchConfig } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Pool } from '../store/db.ts';
import { sealChain } from '../store/proofs.ts';
import type { Figure } from '../store/region-figures.ts';
import { testPool } from '../store/store.fixture.ts';

export const REGION = { name: 'user:region', role: 'regional' } as const;

export interface House {
  readonly context: UseCaseContext;
  readonly pool: Pool;
  /** Moves the clock. */
  at(time: string): void;
}

export async function openHouse(t: TestContext, change?: (config: ConfigInput) => ConfigInput): Promise<House> {
  const { pool } = await testPool(t);
  let now = new Date('2026-11-23T08:00:00Z');
  const context: UseCaseContext = {
    config: benchConfig(change),
    pool,
    now: () => now,
    newUuid: randomUUID,
    log: pino({ level: 'silent' }),
  };
  return {
    context,
    pool,
    at: (time) => {
      now = new Date(time);
    },
  };
}

export interface LedgerLine {
  readonly eg: string;
  readonly at: Date;
  readonly destination: 'DMP' | 'DMP replacement' | 'DMP deletion';
}

/** Ledger lines, each of a document of its own. */
export async function addLedger(pool: Pool, lines: readonly LedgerLine[]): Promise<void> {
  const ids = await addDocuments(
    pool,
    lines.map(({ eg, at }) => ({ eg, at, state: 'accepted' as const, rule: null })),
  );
  await pool.query(
    `insert into ledger (at, ej, eg, document_id, destination, unique_id, type_code, submission_unique_id, document_sha1, oid)
     select at, '990000010', eg, id, destination, '1.2.' || n, '11490-0', '1.3.' || n, '', '1.2.250.1.213.1.4.10'
     from unnest($1::timestamptz[], $2::text[], $3::uuid[], $4::text[]) with ordinality as g (at, eg, id, destination, n)`,
    [lines.map(({ at }) => at), lines.map(({ eg }) => eg), ids, lines.map(({ destination }) => destination)],
  );
}

export async function seal(pool: Pool): Promise<void> {
  while ((await sealChain(pool, 'ledger')) > 0);
}

export interface SampleDocument {
  readonly eg: string;
  readonly at: Date;
  readonly state: 'accepted' | 'refused' | 'waiting' | 'withdrawn';
  readonly rule: string | null;
}

export async function addDocuments(pool: Pool, documents: readonly SampleDocument[]): Promise<string[]> {
  const ids = documents.map(() => randomUUID());
  await pool.query(
    `with message as (insert into inbound_message (received_at, transport, peer, sender, control_id, digest, kind, body, state)
       values (now(), 'http', '', 'REST|', $1, '', 'MDM', '', 'processed') returning id)
     insert into document (id, message_id, received_at, eg, ej, sender, control_id, kind, action, mime_type, ipp, ipp_domain,
       unique_id, type_code, title, notice, state, rule_id, updated_at)
     select g.id, message.id, g.at, g.eg, '990000010', 'REST|', '', 'raw', 'create', 'text/plain', 'P', '1.2.3', g.id::text,
       '11490-0', '', '{}', g.state, g.rule, g.at
     from message, unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::text[]) as g (id, at, eg, state, rule)`,
    [
      randomUUID(),
      ids,
      documents.map(({ at }) => at),
      documents.map(({ eg }) => eg),
      documents.map(({ state }) => state),
      documents.map(({ rule }) => rule),
    ],
  );
  return ids;
}

export function figure(parts: Partial<Figure> & Pick<Figure, 'eg' | 'month'>): Figure {
  return {
    ej: '990000010',
    added: 0,
    addedIns: null,
    addedNir: null,
    addedInsC: null,
    replaced: null,
    deleted: null,
    received: null,
    refused: null,
    waiting: null,
    identityKind: null,
    activeIdentities: null,
    qualifiedIdentities: null,
    steps: null,
    lastFedOn: null,
    products: [],
    blocks: [],
    ...parts,
  };
}

export function keyPair(): { readonly publicKey: string; readonly key: ReturnType<typeof generateKeyPairSync> } {
  const key = generateKeyPairSync('ed25519');
  return { key, publicKey: key.publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}
