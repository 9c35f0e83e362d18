/** Documents that wait for a DMP that is down: a few that the gateway itself held back, and as many copies of one as wanted. */

import { many, one, type Pool } from '../../src/store/db.ts';
import { createMllpClient } from '../../src/wire/hl7v2/mllp-client.ts';
import type { Patient } from '../../test/crash/harness/population.ts';
import { documentMessage } from '../pipeline/documents.ts';
import { admit, type Gateway, untilCount } from '../support/gateway.ts';
import { letterPdf } from '../support/letter.ts';

/** More than the failures that open the circuit of the DMP. */
const SENT = 8;
const PDF_BYTES = 20_000;
/** Rows of one statement. */
const AT_ONCE = 10_000;

/** The circuit is open and `waiting` documents are ready when it resolves. */
export async function holdBack(gateway: Gateway, of: Patient, waiting: number): Promise<void> {
  const { target, pool } = gateway;
  await admit(gateway, [of]);
  const client = createMllpClient({ host: '127.0.0.1', port: target.port, timeoutMs: 60_000 });
  const pdf = await letterPdf(PDF_BYTES);
  for (let number = 1; number <= SENT; number++) {
    const outcome = await client.send(documentMessage('cda', of, number, pdf).bytes);
    if (outcome.kind !== 'answered' || !outcome.message.includes('MSA|AA|')) throw new Error('not acknowledged');
  }
  await client.close();
  const open = `select count(*) as count from service_circuit where service = 'DMP' and state <> 'closed'`;
  await untilCount(pool, open, 1, 'the circuit did not open');
  await untilCount(pool, `select count(*) as count from document where state = 'ready'`, SENT, 'not held back');
  await multiply(pool, Math.max(0, waiting - SENT));
  await pool.query('analyze inbound_message, document, delivery, document_event, task');
}

/**
 * The copies differ by what must be unique. They share the message of the first, which is what a try would read; the messages
 * beside them are there for their indexes and carry one byte. Their tasks are due: while the circuit is open none is claimed
 * but the probe's.
 */
async function multiply(pool: Pool, count: number): Promise<void> {
  const model = await one<{ id: string; messageId: number; deliveryId: string }>(
    pool,
    `select d.id, d.message_id as "messageId", l.id as "deliveryId" from document d join delivery l on l.document_id = d.id
     where d.state = 'ready' order by d.message_id limit 1`,
  );
  const [document, delivery] = [`md5('document ' || n)::uuid`, `md5('delivery ' || n)::uuid`];
  const copies: readonly Copy[] = [
    {
      table: 'inbound_message',
      where: ['id', model.messageId],
      changed: { control_id: `'B-' || n`, digest: `sha256(n::text::bytea)`, body: `'\\x00'::bytea` },
    },
    {
      table: 'document',
      where: ['id', model.id],
      changed: { id: document, control_id: `'B-' || n`, unique_id: `'1.2.3.4.567.8.9.79.' || n` },
    },
    { table: 'delivery', where: ['id', model.deliveryId], changed: { id: delivery, document_id: document } },
    { table: 'document_event', where: ['document_id', model.id], changed: { document_id: document } },
    {
      table: 'task',
      where: ['subject', model.deliveryId],
      changed: {
        subject: `(${delivery})::text`,
        state: `'ready'`,
        run_at: 'now()',
        worker: 'null',
        leased_until: 'null',
      },
    },
  ];
  for (let from = 1; from <= count; from += AT_ONCE)
    for (const copy of copies) await copyRows(pool, copy, from, Math.min(count, from + AT_ONCE - 1));
}

interface Copy {
  readonly table: string;
  /** Column and value of the rows to copy. */
  readonly where: readonly [string, string | number];
  /** SQL by column, of the copy's number `n`; the other columns are those of the model. */
  readonly changed: Readonly<Record<string, string>>;
}

async function copyRows(pool: Pool, { table, where: [key, value], changed }: Copy, from: number, to: number) {
  const columns = await many<{ name: string }>(
    pool,
    `select column_name as name from information_schema.columns
     where table_schema = 'public' and table_name = $1 and is_identity = 'NO' and is_generated = 'NEVER' order by ordinal_position`,
    [table],
  );
  const names = columns.map(({ name }) => name);
  const values = names.map((name) => changed[name] ?? `model.${name}`);
  await pool.query(
    `insert into ${table} (${names.join(', ')}) select ${values.join(', ')}
     from ${table} model cross join generate_series($2::int, $3::int) n where model.${key} = $1`,
    [value, from, to],
  );
}
