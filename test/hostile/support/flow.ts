/**
 * Patients and documents through a whole installation, for the cases that make its peers fail: everything is sent over
 * MLLP, everything is judged at the end by the verdict of the crash harness.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { many, one, openPool, type Pool } from '../../../src/store/db.ts';
import { createMllpClient, type MllpClient } from '../../../src/wire/hl7v2/mllp-client.ts';
import { command, documentsAtDmp, houseProblems, ourDocuments } from '../../crash/harness/evidence.ts';
import { type Installation, type InstallationOptions, startInstallation } from '../../crash/harness/installation.ts';
import {
  admissionOf,
  chainOf,
  documentOf,
  establishment,
  letter,
  type Outgoing,
  type Patient,
  patient,
} from '../../crash/harness/population.ts';
import { noSendings, sendAll, sendOnce, sentDocuments } from '../../crash/harness/senders.ts';
import { judge, type Verdict } from '../../crash/harness/verdict.ts';

export type ServiceFault = 'down' | 'slow' | 'reset' | 'lost-answer' | 'soap-fault' | 'http-500';

export interface Flow {
  readonly installation: Installation;
  readonly pool: Pool;
  readonly patients: readonly Patient[];
  /** INSi learns of the patients; without it they stay unknown. */
  known(): Promise<void>;
  /** Each admission until it is acknowledged; gives the slowest acknowledgement of a first attempt, milliseconds. */
  admit(): Promise<Intake>;
  qualified(withinMs: number): Promise<void>;
  /** The next so many documents, spread over the patients. */
  send(count: number): Promise<Intake>;
  /** The next so many, each with its replacement and the deletion of that: to be delivered when the case says. */
  chains(count: number): readonly (readonly Outgoing[])[];
  deliver(messages: readonly Outgoing[]): Promise<Intake>;
  fault(service: 'insi' | 'dmp', fault: ServiceFault, more?: { rate?: number; delayMs?: number }): Promise<void>;
  clear(service: 'insi' | 'dmp'): Promise<void>;
  /** Milliseconds until nothing is left to do; rejects after `withinMs`. */
  drained(withinMs: number): Promise<number>;
  verdict(): Promise<Verdict>;
  close(): Promise<void>;
}

export interface Intake {
  /** Messages that were not acknowledged at the first attempt. */
  readonly refused: number;
  readonly slowestMs: number;
}

export interface FlowOptions extends Omit<InstallationOptions, 'establishments'> {
  readonly patients: number;
  readonly establishments?: number;
}

const SENDERS = 4;

export async function openFlow(options: FlowOptions): Promise<Flow> {
  const establishments = Array.from({ length: options.establishments ?? 1 }, (_, index) => establishment(index));
  const installation = await startInstallation({ ...options, establishments });
  const pool = openPool(installation.postgres.url, 4, () => undefined);
  const patients = Array.from({ length: options.patients }, (_, i) =>
    patient(i, establishments[i % establishments.length]),
  );
  const pdf = await letter();
  const sent: Outgoing[] = [];
  const sendings = noSendings();
  await installation.gateway.whenReady();
  const clients = Array.from({ length: SENDERS }, () =>
    createMllpClient({ host: '127.0.0.1', port: installation.mllpPort, timeoutMs: 30_000 }),
  );
  const deliver = (messages: readonly Outgoing[]): Promise<Intake> => {
    sent.push(...messages);
    return deliverAll(clients, messages, sendings);
  };
  let documents = 0;
  /** Numbers not used yet, and whose documents they are. */
  const next = (count: number): { of: Patient; number: number }[] => {
    const first = documents;
    documents += count;
    return Array.from({ length: count }, (_, index) => first + index).map((number) => {
      const of = patients[number % patients.length];
      if (of === undefined) throw new Error('no patient');
      return { of, number };
    });
  };
  return {
    installation,
    pool,
    patients,
    async known() {
      await command(`${installation.insi}/identities`, 'POST', { identities: patients.map(({ person }) => person) });
    },
    admit: () => deliver(patients.map(admissionOf)),
    async qualified(withinMs) {
      const question = `select count(*) as count from identity where status = 'QUAL'`;
      await waitUntil(`${patients.length} patients qualified`, withinMs, async () => {
        return (await one<{ count: number }>(pool, question)).count >= patients.length;
      });
    },
    send: (count) => deliver(next(count).map(({ of, number }) => documentOf(of, number, pdf))),
    chains: (count) => next(count).map(({ of, number }) => chainOf(of, number, pdf)),
    deliver,
    async fault(service, fault, more = {}) {
      await command(`${installation[service]}/faults`, 'POST', { fault, rate: 1, ...more });
    },
    async clear(service) {
      await command(`${installation[service]}/faults`, 'DELETE');
    },
    drained: (withinMs) => drained(pool, withinMs),
    async verdict() {
      const verdict = judge({
        sent: sentDocuments(sent, sendings),
        ours: await ourDocuments(pool),
        atDmp: await documentsAtDmp(installation.dmp),
        heard: installation.answers.heard,
      });
      const problems = [...verdict.problems, ...(await houseProblems(pool, []))];
      return { ...verdict, problems };
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await pool.end();
      await installation.close(false);
    },
  };
}

/** Messages of one document stay with one sender, in order. */
async function deliverAll(
  clients: readonly MllpClient[],
  messages: readonly Outgoing[],
  sendings: ReturnType<typeof noSendings>,
): Promise<Intake> {
  let refused = 0;
  let slowestMs = 0;
  const one = async (client: MllpClient, message: Outgoing): Promise<void> => {
    const { bytes, ...made } = message.make();
    const { controlId, document } = message;
    if (document !== undefined) sendings.documents.set(controlId, { title: document.title, ...made });
    const startedAt = performance.now();
    const said = await sendOnce(client, controlId, bytes);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    if (said === 'AA') {
      sendings.acknowledged.set(controlId, 1);
      return;
    }
    refused += 1;
    await sendAll(
      client,
      [message],
      sendings,
      async () => undefined,
      () => false,
    );
  };
  const byDocument = [...Map.groupBy(messages, ({ controlId }) => controlId.replace(/-[RS]$/, '')).values()];
  await Promise.all(
    clients.map(async (client, index) => {
      for (const [rank, versions] of byDocument.entries())
        if (rank % clients.length === index) for (const message of versions) await one(client, message);
    }),
  );
  return { refused, slowestMs: Math.round(slowestMs) };
}

async function drained(pool: Pool, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  const question = `select (select count(*) from task) + (select count(*) from ledger) - (select count(*) from ledger_seal)
    + (select count(*) from audit) - (select count(*) from audit_seal) as left`;
  await waitUntil('nothing left to do', withinMs, async () => (await one<{ left: number }>(pool, question)).left === 0);
  return Math.round(performance.now() - startedAt);
}

/** Rejects with `what` after so long. */
export async function waitUntil(what: string, withinMs: number, holds: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  while (!(await holds())) {
    if (performance.now() - startedAt > withinMs) throw new Error(`after ${withinMs} ms still not: ${what}`);
    await sleep(50);
  }
}

/** Documents by state, for a message about what went wrong. */
export async function statesOf(pool: Pool): Promise<string> {
  const rows = await many<{ state: string; ruleId: string | null; count: number }>(
    pool,
    'select state, rule_id as "ruleId", count(*) as count from document group by 1, 2 order by 1, 2',
  );
  return rows.map(({ state, ruleId, count }) => `${count} ${state} ${ruleId ?? ''}`.trim()).join(', ');
}
