/** The kills of a run, drawn from its seed, and how long what each one interrupted took to be taken up again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { seededRandom } from '../../../src/ins/seeded-random.fixture.ts';
import { ROLES, type Role } from '../../../src/roles/role.ts';
import { many, maybe, type Pool } from '../../../src/store/db.ts';
import type { EmbeddedPostgres } from '../../../src/store/embedded/embedded-postgres.ts';
import type { Supervised } from './supervised.ts';

/**
 * `random`: while tasks run. `sending`: while a document is on its way to the DMP. `starting`: soon after the kill before,
 * most often before the doors are open.
 */
type Moment = 'random' | 'sending' | 'starting';

type Counted = 'gateway' | 'postgres' | 'simulators';
/** One role: a gateway in several processes loses one of them. */
type Victim = Counted | Role;

export interface Kill {
  readonly victim: Victim;
  readonly moment: Moment;
  /** Tasks in the hands of the dead process. */
  readonly held: number;
  /** From the kill until the doors are open and each of these tasks has been taken up by another process or is done. */
  readonly resumedMs: Promise<number>;
  /** From the kill until the doors of the gateway are open. */
  readonly intakeMs: Promise<number>;
}

type Random = ReturnType<typeof seededRandom>;

/** For work to kill, milliseconds. */
const LONGEST_WAIT_MS = 2_500;
const POLL_MS = 20;
/** The promise is 30 s; beyond this nobody waits any more. */
const GIVE_UP_MS = 90_000;

/** What is killed and when, in order; the kills of a gateway in several processes go to each role in turn. */
export function drawKills(
  random: Random,
  counts: Readonly<Record<Counted, number>>,
  apart: boolean,
): { victim: Victim; moment: Moment }[] {
  const victims = (['gateway', 'postgres', 'simulators'] as const).flatMap((victim) =>
    Array.from({ length: counts[victim] }, (_, index): Victim => {
      return apart && victim === 'gateway' ? (ROLES[index % ROLES.length] ?? victim) : victim;
    }),
  );
  for (let i = victims.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [victims[i], victims[j]] = [victims[j] ?? 'gateway', victims[i] ?? 'gateway'];
  }
  return victims.map((victim) => ({
    victim,
    moment: random.pick<Moment>(['random', 'random', 'sending', 'sending', 'starting']),
  }));
}

export interface Mortals {
  readonly gateway: Supervised;
  readonly roles: ReadonlyMap<Role, Supervised>;
  readonly simulators: Supervised;
  readonly postgres: EmbeddedPostgres;
}

export async function killOnce(
  random: Random,
  pool: Pool,
  place: Mortals,
  { victim, moment }: { victim: Victim; moment: Moment },
): Promise<Kill> {
  const { gateway } = place;
  if (moment === 'starting') await sleep(random.below(800));
  else await gateway.whenReady();
  if (moment === 'random') {
    await sleep(random.below(1_500));
    await until(pool, 'select 1 as found from task where worker is not null limit 1');
    await sleep(random.below(60));
  }
  if (moment === 'sending') await until(pool, `select 1 as found from delivery where state = 'sending' limit 1`);
  // A dead server answers nothing; after whoever works, what is leased was in the hands of the dead, as nobody else works.
  // The others hold nothing: what a living worker goes on with is not for anybody to take up.
  const worked = victim === 'gateway' || victim === 'worker';
  const before = worked ? undefined : victim === 'intake' || victim === 'console' ? [] : await heldTasks(pool);
  const killedAt = performance.now();
  await kill(place, victim);
  const held = before ?? (await heldTasks(pool));
  const intakeMs = gateway.whenReady().then(() => performance.now() - killedAt);
  return { victim, moment, held: held.length, intakeMs, resumedMs: resumed(pool, gateway, held, killedAt) };
}

async function kill({ gateway, roles, simulators, postgres }: Mortals, victim: Victim): Promise<void> {
  if (victim === 'postgres') return killPostgres(postgres);
  if (victim === 'gateway') return gateway.kill();
  if (victim !== 'simulators') {
    const process = roles.get(victim);
    if (process === undefined) throw new Error(`no process of its own for ${victim}`);
    return process.kill();
  }
  await simulators.kill();
  await simulators.whenReady();
}

/** The main process; resolves when its supervisor has started another one. */
async function killPostgres(postgres: EmbeddedPostgres): Promise<void> {
  const killed = postgres.pid;
  process.kill(killed, 'SIGKILL');
  while (postgres.pid === killed) await sleep(POLL_MS);
}

/** There may be nothing left to do: then the kill comes all the same. */
async function until(pool: Pool, question: string): Promise<void> {
  const limit = performance.now() + LONGEST_WAIT_MS;
  while (performance.now() < limit) {
    if ((await patiently(() => maybe(pool, question))) !== undefined) return;
    await sleep(5);
  }
}

interface Held {
  readonly id: number;
  readonly fence: number;
}

async function heldTasks(pool: Pool): Promise<Held[]> {
  return patiently(() => many<Held>(pool, 'select id, fence from task where worker is not null'));
}

/** The server may just have been killed: the question is asked until it answers. */
async function patiently<T>(question: () => Promise<T>): Promise<T> {
  const limit = performance.now() + GIVE_UP_MS;
  for (;;) {
    try {
      return await question();
    } catch (error) {
      if (performance.now() > limit) throw error;
      await sleep(POLL_MS);
    }
  }
}

async function resumed(pool: Pool, gateway: Supervised, held: readonly Held[], killedAt: number): Promise<number> {
  await gateway.whenReady();
  while (performance.now() - killedAt < GIVE_UP_MS) {
    if ((await patiently(() => stillHeld(pool, held))) === 0) return performance.now() - killedAt;
    await sleep(POLL_MS);
  }
  return Number.POSITIVE_INFINITY;
}

/** Every claim raises the fence, so the same fence means that nobody has taken the task up. */
async function stillHeld(pool: Pool, held: readonly Held[]): Promise<number> {
  const rows = await many(
    pool,
    'select 1 as held from task join unnest($1::bigint[], $2::integer[]) as was (id, fence) using (id, fence)',
    [held.map((task) => task.id), held.map((task) => task.fence)],
  );
  return rows.length;
}
