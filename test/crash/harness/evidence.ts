/** Collects what the database and the DMP simulator hold at the end of a run. */
import { z } from 'zod';
import { many, one, type Pool } from '../../../src/store/db.ts';
import { verifyChain } from '../../../src/store/proofs.ts';
import type { HeldByDmp, OurDocument } from './verdict.ts';

const search = z.object({
  items: z.array(z.object({ uniqueId: z.string(), title: z.string(), status: z.string(), hash: z.string() })),
});

/** Calls a control API; rejects on any other answer than 200. */
export async function command(url: string, method: 'POST' | 'DELETE', body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  if (response.status !== 200) throw new Error(`${method} ${url}: ${response.status} ${answer}`);
  return JSON.parse(answer);
}

export async function documentsAtDmp(control: string): Promise<HeldByDmp[]> {
  return search.parse(await command(`${control}/documents/search`, 'POST', {})).items;
}

export async function ourDocuments(pool: Pool): Promise<OurDocument[]> {
  return many<OurDocument>(
    pool,
    `select d.control_id as "controlId", d.title, d.unique_id as "uniqueId", d.state, d.rule_id as "ruleId",
       (select l.document_sha1 from ledger l where l.document_id = d.id order by l.id limit 1) as "ledgerSha1",
       array(select a.state from answer a where a.document_id = d.id order by a.created_at) as answers
     from document d order by d.received_at`,
  );
}

/** Those that the DMP turned out to hold, and those that had to be sent again. */
export async function reconciledDocuments(pool: Pool): Promise<number> {
  const { count } = await one<{ count: number }>(
    pool,
    `select count(distinct document_id) as count from document_event where step in ('reconciled', 'resend')`,
  );
  return count;
}

/** What must be true of the whole database, whatever was sent. One line for each thing that is not. */
export async function houseProblems(
  pool: Pool,
  admissions: readonly { controlId: string; ipp: string }[],
): Promise<string[]> {
  const { ledger, audit, tasks } = await one<{ ledger: number; audit: number; tasks: number }>(
    pool,
    `select (select count(*) from ledger) as ledger, (select count(*) from audit) as audit, (select count(*) from task) as tasks`,
  );
  const problems = tasks === 0 ? [] : [`${tasks} tasks are left`];
  for (const [chain, rows] of [
    ['ledger', ledger],
    ['audit', audit],
  ] as const) {
    const { links, brokenAt } = await verifyChain(pool, chain);
    if (brokenAt !== undefined) problems.push(`the chain of the ${chain} is broken at ${brokenAt}`);
    if (links !== rows) problems.push(`${rows - links} rows of the ${chain} are not sealed`);
  }
  const twice = await many<{ controlId: string }>(
    pool,
    `select control_id as "controlId" from inbound_message where state <> 'refused' group by control_id having count(*) > 1`,
  );
  problems.push(...twice.map(({ controlId }) => `${controlId} is stored several times`));
  const rows = await many<{ ipp: string }>(pool, 'select value as ipp from identity_identifier');
  const known = new Set(rows.map(({ ipp }) => ipp));
  const absent = admissions.filter(({ ipp }) => !known.has(ipp));
  return [...problems, ...absent.map(({ controlId }) => `${controlId} was acknowledged and its patient is unknown`)];
}
