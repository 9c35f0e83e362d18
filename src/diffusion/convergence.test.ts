/**
 * Whatever happens on the wire and in the repository, a receiver that follows the messages ends with the same patients, and
 * is never sent an INS that is not qualified at that moment. Seeded: a failure names its seed.
 */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { found } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { changeStatus, qualifiedIdentityOf } from '../identity/index.ts';
import { seededRandom } from '../ins/seeded-random.fixture.ts';
import { many } from '../store/db.ts';
import { identityByIdentifier } from '../store/identities.ts';
import { acknowledged, type DiffusionBench, type Heard, openDiffusion, subscriber } from './subscriber.fixture.ts';

const HOUR = 3_600_000;
const PEOPLE = 4;
const STEPS = 40;
const SEEDS = [6, 7, 8, 9, 12, 13, 14, 15];

interface Patient {
  ins: string | undefined;
  usedName: string | undefined;
}

/** Other software: patients by number, messages told apart by MSH-10. */
function createReceiver() {
  const patients = new Map<string, Patient>();
  const read = new Set<string>();
  return {
    patients,
    /** `false`: what it is asked cannot be followed. */
    hear({ event, controlId, patient, retired }: Heard): boolean {
      if (read.has(controlId)) return true;
      read.add(controlId);
      const [number = ''] = patient.ipps.map(({ value }) => value);
      const [given = ''] = retired;
      if (event === 'A28' && patients.has(number)) return false;
      if (event === 'A40' && !(patients.has(number) && patients.has(given))) return false;
      if (event === 'A47' && (patients.has(number) || !patients.has(given))) return false;
      const known = patients.get(event === 'A47' ? given : number);
      if (given !== '') patients.delete(given);
      const kept = patient.withdrawnIns.length > 0 ? undefined : known?.ins;
      patients.set(number, { ins: patient.ins?.matricule ?? kept, usedName: patient.usedName ?? undefined });
      return true;
    },
  };
}

type Step = (bench: DiffusionBench, random: () => number) => Promise<void>;

function pick(random: () => number, names: readonly string[]): string | undefined {
  return names[Math.floor(random() * names.length)];
}

async function numbersInUse({ context }: DiffusionBench): Promise<string[]> {
  const rows = await many<{ value: string }>(
    context.pool,
    'select value from identity_identifier where retired_at is null order by value',
  );
  return rows.map(({ value }) => value);
}

let fresh = 0;
const used = (): string => `UTILISE${'ABCDEFGHIJ'[fresh++ % 10]}${'ABCDEFGHIJ'[Math.floor(fresh / 10) % 10]}`;

/** People differ by their name, so that each has an INS of its own. */
function personOf(number: string): string {
  return `NOM${'ABCDEFGHIJ'[Number(/\d/.exec(number)?.[0] ?? 0)]}`;
}

const STEPS_OF: readonly Step[] = [
  async (bench, random) => {
    const ipp = `P${1 + Math.floor(random() * PEOPLE)}`;
    await bench.admit({ event: 'A31', patient: { ipp, birthName: personOf(ipp), usedName: used() } });
  },
  async (bench) => bench.run('insi'),
  async (bench, random) => {
    const numbers = await numbersInUse(bench);
    const [kept, given] = [pick(random, numbers), pick(random, numbers)];
    if (kept === undefined || given === undefined || kept === given) return;
    await bench.admit({ event: 'A40', patient: { ipp: kept, birthName: personOf(kept) }, retiredIpp: given });
  },
  async (bench, random) => {
    const given = pick(random, await numbersInUse(bench));
    if (given === undefined) return;
    const ipp = `${given}-${fresh++}`;
    await bench.admit({ event: 'A47', patient: { ipp, birthName: personOf(given) }, retiredIpp: given });
  },
  async (bench, random) => {
    const number = pick(random, await numbersInUse(bench));
    const record = number && (await identityByIdentifier(bench.context.pool, DEMO_IPP_DOMAIN, number));
    if (!record) return;
    const action = record.douteuse ? 'clear-attribute' : 'set-attribute';
    const change = { action, attribute: 'douteuse', reason: 'essai' } as const;
    await changeStatus(bench.context, record.id, change, { name: 'user:essai', settles: true });
  },
];

async function qualifiedNow(bench: DiffusionBench, number: string): Promise<string | undefined> {
  const record = await identityByIdentifier(bench.context.pool, DEMO_IPP_DOMAIN, number);
  const qualified = record && qualifiedIdentityOf(record);
  return qualified?.ok === true ? qualified.value.ins.matricule : undefined;
}

async function walk(t: TestContext, seed: number): Promise<void> {
  const { below } = seededRandom(seed);
  const random = (): number => below(1_000) / 1_000;
  const bench = await openDiffusion(t, [subscriber('DPI', { attemptsWithoutAnswer: 1_000 })]);
  bench.insi.answer = ({ birthName }) => {
    const order = String(birthName.charCodeAt(3)).padStart(3, '0');
    return found({ birthName }, `2790351215${order}`);
  };
  const receiver = createReceiver();
  let calm = false;
  bench.answer = async (heard, frame) => {
    const ins = heard.patient.ins?.matricule;
    const number = heard.patient.ipps[0]?.value ?? '';
    if (ins !== undefined) assert.equal(ins, await qualifiedNow(bench, number), 'an INS that is not qualified left');
    const luck = calm ? 1 : random();
    if (luck < 0.1) return { kind: 'not-sent', reason: 'ECONNREFUSED' };
    if (luck < 0.2) return { kind: 'ambiguous', reason: 'ETIMEDOUT' };
    assert.ok(receiver.hear(heard), `${heard.event} ${number} < ${heard.retired.join()} cannot be followed`);
    return luck < 0.35 ? { kind: 'ambiguous', reason: 'ETIMEDOUT' } : acknowledged(frame);
  };
  for (let step = 0; step < STEPS; step++) {
    const act = STEPS_OF[Math.floor(random() * STEPS_OF.length)];
    await act?.(bench, random);
    if (random() < 0.5) await bench.tell();
    if (random() < 0.5) bench.advance(HOUR);
  }
  calm = true;
  for (let turn = 0; turn < 3; turn++) {
    bench.advance(HOUR);
    await bench.tell();
  }
  const expected = new Map<string, Patient>();
  for (const number of await numbersInUse(bench)) {
    const record = await identityByIdentifier(bench.context.pool, DEMO_IPP_DOMAIN, number);
    expected.set(number, { ins: await qualifiedNow(bench, number), usedName: record?.usedName ?? undefined });
  }
  const sorted = (patients: Map<string, Patient>) => [...patients].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(sorted(receiver.patients), sorted(expected));
}

for (const seed of SEEDS)
  test(`a receiver that follows ends with the same patients (seed ${seed})`, (t) => walk(t, seed));
