/** The gateway with its simulators and its patients, and the floor beside it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type DemoPki, ensureDemoPki } from '../../src/demo/pki.ts';
import { DEMO_EJ, DEMO_OTHER_EJ, demoConfig } from '../../src/demo/structure.ts';
import { many, one, openPool, type Pool } from '../../src/store/db.ts';
import { createMllpClient } from '../../src/wire/hl7v2/mllp-client.ts';
import { command } from '../../test/crash/harness/evidence.ts';
import { admissionOf, type Patient } from '../../test/crash/harness/population.ts';
import { type Listener, listenForAnswers } from '../../test/crash/harness/senders.ts';
import type { Place } from '../support/place.ts';
import type { Journey } from './journey.ts';
import { startSink } from './sink.ts';

const SIMULATORS = join(import.meta.dirname, '../../test/crash/harness/simulators-process.ts');
const simulators = z.object({
  insi: z.object({ url: z.string(), control: z.string() }),
  dmp: z.object({ url: z.string() }),
});
const running = z.object({ port: z.number(), pid: z.number() });

export interface Installation {
  readonly ours: Journey;
  readonly floor: Journey;
  close(): Promise<void>;
}

/** The patients are QUAL when it resolves. */
export async function startInstallation(place: Place, patients: readonly Patient[]): Promise<Installation> {
  const pki = await ensureDemoPki(join(place.folder, 'pki'), { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
  const databaseUrl = await place.database('gateway');
  const answers = await listenForAnswers();
  const sink = await startSink(pki);
  const services = simulators.parse(
    await place.start(SIMULATORS, [place.folder, join(place.folder, 'simulators.log')]),
  );
  const target = running.parse(
    await place.start(join(import.meta.dirname, 'gateway-process.ts'), [
      await writeConfig(place, pki, databaseUrl, services, answers),
      join(place.folder, 'gateway.log'),
    ]),
  );
  const pool = openPool(databaseUrl, 2, () => undefined);
  await command(`${services.insi.control}/identities`, 'POST', { identities: patients.map(({ person }) => person) });
  await admit(target.port, pool, patients);
  const { authCli } = pki;
  const floorConfig = join(place.folder, 'floor.json');
  await writeFile(
    floorConfig,
    JSON.stringify({ sink: sink.url, ca: pki.caFile, cert: authCli.certFile, key: authCli.keyFile }),
  );
  const floorTarget = running.parse(
    await place.start(join(import.meta.dirname, 'floor-process.ts'), [await place.database('floor'), floorConfig]),
  );
  return {
    ours: { target, arrived: () => answers.heard.size, arrivals: () => accepted(pool, answers) },
    floor: { target: floorTarget, arrived: () => sink.taken.size, arrivals: async () => sink.taken },
    close: async () => {
      await pool.end();
      await answers.close();
      await sink.close();
    },
  };
}

async function writeConfig(
  place: Place,
  pki: DemoPki,
  databaseUrl: string,
  services: z.infer<typeof simulators>,
  answers: Listener,
): Promise<string> {
  const config = demoConfig(pki, {
    data: join(place.folder, 'data'),
    context: 1,
    version: '0-bench',
    databaseUrl,
    httpPort: 0,
    mllpPort: 0,
    mllpTlsPort: 0,
    insiUrl: services.insi.url,
    dmpUrl: new URL(services.dmp.url).origin,
    answersPort: answers.port,
  });
  const file = join(place.folder, 'gateway.json');
  // The patients are admitted before anything is counted: the pace of INSi is nobody's subject here.
  await writeFile(file, JSON.stringify({ ...config, insi: { ...config.insi, ratePerSecond: 100 } }), { mode: 0o600 });
  return file;
}

const ADMITTED_WITHIN_MS = 60_000;

async function admit(port: number, pool: Pool, patients: readonly Patient[]): Promise<void> {
  const client = createMllpClient({ host: '127.0.0.1', port, timeoutMs: ADMITTED_WITHIN_MS });
  for (const patient of patients) {
    const outcome = await client.send(admissionOf(patient).make().bytes);
    if (outcome.kind !== 'answered' || !outcome.message.includes('MSA|AA|')) throw new Error(`${patient.ipp} refused`);
  }
  await client.close();
  const question = `select count(*) as qualified from identity where status = 'QUAL'`;
  for (const startedAt = Date.now(); ; await sleep(50)) {
    if ((await one<{ qualified: number }>(pool, question)).qualified === patients.length) return;
    if (Date.now() - startedAt > ADMITTED_WITHIN_MS) throw new Error('the patients were not qualified in time');
  }
}

async function accepted(pool: Pool, { heard }: Listener): Promise<ReadonlyMap<string, number>> {
  const refused = [...heard].find(([, answers]) => answers.at(-1) !== 'Y');
  if (refused !== undefined) {
    const question = 'select rule_id as "ruleId", detail from document where control_id = $1';
    const { ruleId, detail } = await one<{ ruleId: string; detail: string | null }>(pool, question, [refused[0]]);
    throw new Error(`${refused[0]} was not accepted: ${ruleId} ${detail ?? ''}`);
  }
  const rows = await many<{ controlId: string; at: Date }>(
    pool,
    `select d.control_id as "controlId", e.at from document d join document_event e on e.document_id = d.id
     where e.step = 'accepted'`,
  );
  return new Map(rows.map(({ controlId, at }) => [controlId, at.getTime()]));
}
