/** The gateway with its simulators and its patients, and the floor beside it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Role } from '../../src/roles/role.ts';
import { many, one, type Pool } from '../../src/store/db.ts';
import type { Child } from '../../test/crash/harness/child.ts';
import type { Patient } from '../../test/crash/harness/population.ts';
import type { Listener } from '../../test/crash/harness/senders.ts';
import { admit, startGateway, startServices } from '../support/gateway.ts';
import type { Place } from '../support/place.ts';
import type { Journey } from './journey.ts';
import { startSink } from './sink.ts';

const running = z.object({ port: z.number(), pid: z.number() });
/** Where the workers are processes of their own. */
const DOOR: readonly Role[] = ['intake', 'console'];

export interface Installation {
  readonly ours: Journey;
  readonly floor: Journey;
  /** Starts or stops processes until so many work. Only where `workers` was asked for. */
  work(processes: number): Promise<void>;
  close(): Promise<void>;
}

/** The patients are QUAL when it resolves. `workers`: so many processes besides the door; none, and one process does all. */
export async function startInstallation(
  place: Place,
  patients: readonly Patient[],
  workers = 0,
): Promise<Installation> {
  const services = await startServices(place, patients);
  const gateway = await startGateway(place, services, { name: 'gateway', ...(workers > 0 ? { roles: DOOR } : {}) });
  const { answers, pki } = services;
  const sink = await startSink(pki);
  const working: Child[] = [];
  const work = async (processes: number): Promise<void> => {
    while (working.length < processes) working.push(await gateway.join(['worker']));
    for (const child of working.splice(processes)) {
      child.kill('SIGTERM');
      await child.ended;
    }
  };
  await work(workers);
  await admit(gateway, patients);
  const floorConfig = join(place.folder, 'floor.json');
  const { authCli } = pki;
  await writeFile(
    floorConfig,
    JSON.stringify({ sink: sink.url, ca: pki.caFile, cert: authCli.certFile, key: authCli.keyFile }),
  );
  const floor = running.parse(
    await place.start(join(import.meta.dirname, 'floor-process.ts'), [await place.database('floor'), floorConfig]),
  );
  return {
    ours: {
      port: gateway.target.port,
      pids: () => [gateway.target.pid, ...working.map(({ pid }) => pid)],
      arrived: () => answers.heard.size,
      arrivals: () => accepted(gateway.pool, answers),
    },
    floor: {
      port: floor.port,
      pids: () => [floor.pid],
      arrived: () => sink.taken.size,
      arrivals: async () => sink.taken,
    },
    work,
    close: async () => {
      await gateway.pool.end();
      await answers.close();
      await sink.close();
    },
  };
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
