/** A hospital that registers a synthetic population, with the mistakes of its desks; it knows whose each document is. */
import assert from 'node:assert/strict';
import { chance, type Person } from '../../../bench/population/people.ts';
import type { Population, PopulationRecord } from '../../../bench/population/records.ts';
import { DEMO_IPP_DOMAIN } from '../../../src/demo/structure.ts';
import { splitIdentity, undoMerge } from '../../../src/identity/index.ts';
import { comparisonForm } from '../../../src/ins/traits.ts';
import { decide } from '../../../src/matching/index.ts';
import { listPairs } from '../../../src/store/candidate-pairs.ts';
import { many, one } from '../../../src/store/db.ts';
import { identityByIdentifier } from '../../../src/store/identities.ts';
import type { InsiOutcome } from '../../../src/wire/insi/outcome.ts';
import type { InsiQuery } from '../../../src/wire/insi/query.ts';
import { stopOwnServer } from '../../support/database.ts';
import { found, NOBODY, openBench, SEVERAL, type UseCaseBench } from '../../support/use-case-bench.ts';

const CELL = { name: 'user:cellule', settles: true };
/** In a hundred. */
const SWAPPED = 3;
const WRONG_DECISIONS = 20;
const WRONG_MESSAGES = 6;
const OVERWRITTEN = 2;
const LYING_DESKS = 5;
const MOST_ROUNDS = 12;
/** A long queue makes each claim of the bench longer. */
const BETWEEN_DRAINS = 100;
const WAITING_KINDS = ['insi', 'match', 'release', 'document', 'deliver', 'reconcile'] as const;

export interface Hospital {
  /** Every record, with a device checked where the desk wrote what the device says. */
  admitAll(): Promise<void>;
  /** A document of each record; some are filed under the number of somebody else. */
  fileOfEach(): Promise<void>;
  /** What the search found is decided, by A40 or at the desk; some decisions are wrong. */
  mergeWhatLooksAlike(): Promise<{ right: number; wrong: number }>;
  undoWrongMerges(): Promise<number>;
  /** A desk opens the file of another patient and types over it. */
  overwriteSome(): Promise<number>;
  /** Somebody's documents stand under another's number: she gets a record, is checked, and they leave. */
  splitCollisions(): Promise<number>;
  sent(): number;
  verdict(): Promise<{ wrong: string[]; sent: number; swapsStopped: number; sharedIns: number }>;
  close(): Promise<void>;
}

interface Filed {
  /** Whose document it is, as it says itself. */
  readonly of: PopulationRecord;
  readonly under: PopulationRecord;
}

export async function openHospital({ people, records }: Population, seed: number): Promise<Hospital> {
  const ends: (() => Promise<void>)[] = [];
  const bench = await openBench({ after: (close) => ends.push(close) });
  const registers = insiOf(people);
  bench.insi.answer = registers;
  const dice = chance(seed + 1);
  const filed = new Map<string, Filed>();
  const wrongMerges: string[] = [];

  const admit = (record: PopulationRecord, event: 'A28' | 'A31', status: 'PROV' | 'VALI', ipp = record.ipp) =>
    bench.admit({
      event,
      patient: { ...patientOf(record), ipp, status },
      ...(status === 'VALI' ? { proof: { deviceType: 'CN' } } : {}),
    });
  const file = async (filing: Filed): Promise<void> => {
    const title = `D${filed.size}`;
    filed.set(title, filing);
    const patient = { ...patientOf(filing.of), ipp: filing.under.ipp };
    await bench.file({ patient, title, number: `L-${title}`, controlId: title });
  };
  const identityOf = (ipp: string) => identityByIdentifier(bench.context.pool, DEMO_IPP_DOMAIN, ipp);
  const recordOfIpp = new Map(records.map((record) => [record.ipp, record]));

  return {
    async admitAll() {
      for (const [index, record] of records.entries()) {
        await admit(record, 'A28', statusOf(record, people, registers, dice));
        if (index % BETWEEN_DRAINS === 0) await drain(bench);
      }
      await drain(bench);
    },
    async fileOfEach() {
      for (const [index, record] of records.entries()) {
        // People of one family stand beside each other: a swap is most often between those who look alike.
        const neighbour = records[dice.percent(60) ? index + 1 : dice.below(records.length)];
        const swapped = neighbour !== undefined && dice.percent(SWAPPED);
        await file(swapped ? { of: neighbour, under: record } : { of: record, under: record });
        if (index % BETWEEN_DRAINS === 0) await drain(bench);
      }
      await drain(bench);
    },
    async mergeWhatLooksAlike() {
      const done = { right: 0, wrong: 0 };
      const asked = { state: 'open', kind: null, identityId: null, limit: 100_000, offset: 0 } as const;
      for (const pair of await listPairs(bench.context.pool, asked)) {
        const [one, other] = await Promise.all(
          [pair.firstId, pair.secondId].map((id) => recordBehind(bench, id, recordOfIpp)),
        );
        if (one === undefined || other === undefined) continue;
        const same = one.person === other.person;
        // The same strict traits and another person: whoever merges them says what nobody can see.
        if (!same && (!dice.percent(WRONG_DECISIONS) || strictOf(one) === strictOf(other))) continue;
        const closed = (await mergeBy(bench, pair, one, other, dice.percent(50))) ?? undefined;
        if (closed === undefined) continue;
        if (same) done.right += 1;
        else {
          done.wrong += 1;
          wrongMerges.push(closed);
        }
      }
      for (const [index, record] of records.entries()) {
        const next = records[index + 1];
        if (next === undefined || next.person === record.person || strictOf(next) === strictOf(record)) continue;
        if (!dice.percent(WRONG_MESSAGES)) continue;
        const loser = await identityOf(next.ipp);
        await bench.admit({ event: 'A40', patient: patientOf(record), retiredIpp: next.ipp });
        const now = await identityOf(next.ipp);
        if (loser !== undefined && now?.id !== loser.id) {
          done.wrong += 1;
          wrongMerges.push(loser.id);
        }
      }
      await drain(bench);
      return done;
    },
    async undoWrongMerges() {
      let undone = 0;
      for (const id of wrongMerges.toReversed()) {
        const result = await undoMerge(bench.context, id, 'deux personnes', CELL);
        assert.ok(result.ok, result.ok ? '' : result.refusal.rule.title);
        undone += 1;
      }
      await drain(bench);
      return undone;
    },
    async overwriteSome() {
      let overwritten = 0;
      for (const record of records) {
        if (!dice.percent(OVERWRITTEN)) continue;
        const stranger = dice.of(records);
        if (stranger.person === record.person) continue;
        await admit(stranger, 'A31', 'PROV', record.ipp);
        overwritten += 1;
      }
      await drain(bench);
      return overwritten;
    },
    async splitCollisions() {
      let split = 0;
      for (const [title, { of, under }] of filed) {
        if (split >= Math.max(3, records.length / 50)) break;
        const stands = of.person !== under.person ? await documentOf(bench, title) : undefined;
        if (stands === undefined || stands.state === 'accepted' || !isTruthful(of, people)) continue;
        const ipp = `S${split}`;
        const { birthName, firstGivenName, sex, birthDate, birthPlace } = of;
        const result = await splitIdentity(
          bench.context,
          stands.identityId,
          {
            person: { birthName, firstGivenName, sex, birthDate, birthPlace: birthPlace ?? undefined },
            identifiers: [],
            newIdentifiers: [{ value: ipp, type: 'PI' }],
            stayIds: [],
            documentIds: [stands.id],
            reason: 'collision',
          },
          CELL,
        );
        if (!result.ok) continue;
        split += 1;
        await admit(of, 'A31', 'VALI', ipp);
        await file({ of, under: { ...of, ipp } });
      }
      await drain(bench);
      return split;
    },
    sent: () => bench.dmp.submitted.length,
    verdict: () => judge(bench, filed, people),
    close: async () => {
      for (const close of ends.toReversed()) await close();
      await stopOwnServer();
    },
  };
}

function patientOf(record: PopulationRecord) {
  return {
    ipp: record.ipp,
    birthName: record.birthName,
    firstGivenName: record.firstGivenName,
    birthGivenNames: record.birthGivenNames ?? record.firstGivenName,
    ...(record.usedName === null ? {} : { usedName: record.usedName }),
    birthDate: record.birthDate.replaceAll('-', ''),
    sex: record.sex,
    // Place not known.
    birthPlace: record.birthPlace ?? '99999',
  };
}

function strictOf({ birthName, firstGivenName, sex, birthDate }: PopulationRecord): string {
  return [comparisonForm(birthName), comparisonForm(firstGivenName), sex, birthDate].join('|');
}

/** What the desk wrote is what the identity document says. */
function isTruthful(record: PopulationRecord, people: readonly Person[]): boolean {
  const person = people[record.person];
  if (person === undefined) return false;
  const { birthName, givenNames, sex, birthDate } = person;
  return strictOf(record) === strictOf({ ...record, birthName, firstGivenName: givenNames[0] ?? '', sex, birthDate });
}

/**
 * A device is checked where the traits are those of the person, and at some desks where they are not. One that would then
 * give the number of somebody else by the traits that it shows cannot be told from that person: nobody is checked so.
 */
function statusOf(
  record: PopulationRecord,
  people: readonly Person[],
  registers: (query: InsiQuery) => InsiOutcome,
  dice: ReturnType<typeof chance>,
): 'PROV' | 'VALI' {
  if (isTruthful(record, people)) return dice.percent(80) ? 'VALI' : 'PROV';
  const { birthName, firstGivenName, sex, birthDate, birthPlace } = record;
  const asked = {
    birthName,
    givenName: firstGivenName,
    sex,
    birthDate,
    ...(birthPlace === null ? {} : { birthPlace }),
  };
  const answer = registers(asked as InsiQuery);
  return answer.kind === 'none' && dice.percent(LYING_DESKS) ? 'VALI' : 'PROV';
}

/** INSi, by the behaviour that the simulator has: exact traits, any of the given names, the place where it is given. */
function insiOf(people: readonly Person[]): (query: InsiQuery) => InsiOutcome {
  const keyOf = (name: string, sex: string, date: string) => `${comparisonForm(name)}|${sex}|${date}`;
  const register = Map.groupBy(people, ({ birthName, sex, birthDate }) => keyOf(birthName, sex, birthDate));
  return ({ birthName, givenName, sex, birthDate, birthPlace }) => {
    const asked = comparisonForm(givenName);
    const named = (register.get(keyOf(birthName, sex, birthDate)) ?? []).filter(({ givenNames }) =>
      [...givenNames, givenNames.join(' ')].some((name) => comparisonForm(name) === asked),
    );
    const there = named.filter((person) => birthPlace === undefined || person.birthPlace === birthPlace);
    const [person, second] = there;
    if (person === undefined) return NOBODY;
    if (second !== undefined) return SEVERAL;
    const { givenNames, matricule, ...traits } = person;
    const { birthName: name, sex: of, birthDate: date, birthPlace: place } = traits;
    return found(
      { birthName: name, givenNames: givenNames.join(' '), sex: of, birthDate: date, birthPlace: place },
      matricule.slice(0, 13),
    );
  };
}

/** Until nothing is left to do, or only what waits for somebody. */
async function drain(bench: UseCaseBench): Promise<void> {
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const due = (await bench.tasks()).filter(({ kind }) => WAITING_KINDS.some((known) => known === kind));
    if (due.length === 0) return;
    await bench.run(...WAITING_KINDS);
  }
}

async function recordBehind(
  { context: { pool } }: UseCaseBench,
  identityId: string,
  records: ReadonlyMap<string, PopulationRecord>,
): Promise<PopulationRecord | undefined> {
  const borne = await many<{ value: string }>(
    pool,
    'select value from identity_identifier where identity_id = $1 and retired_at is null',
    [identityId],
  );
  return borne.length === 1 ? records.get(borne[0]?.value ?? '') : undefined;
}

/** The record that was closed; undefined where the merge was refused. */
async function mergeBy(
  bench: UseCaseBench,
  pair: { readonly id: string; readonly firstId: string; readonly secondId: string },
  kept: PopulationRecord,
  given: PopulationRecord,
  byMessage: boolean,
): Promise<string | undefined> {
  if (byMessage) await bench.admit({ event: 'A40', patient: patientOf(kept), retiredIpp: given.ipp });
  else await decide(bench.context, pair.id, { decision: 'same', survivor: pair.firstId, reason: 'essai' }, CELL.name);
  const { active } = await one<{ active: boolean }>(bench.context.pool, 'select active from identity where id = $1', [
    pair.secondId,
  ]);
  return active ? undefined : pair.secondId;
}

async function documentOf({ context: { pool } }: UseCaseBench, title: string) {
  const [document] = await many<{ id: string; identityId: string | null; state: string }>(
    pool,
    'select id, identity_id as "identityId", state from document where title = $1',
    [title],
  );
  return document === undefined || document.identityId === null
    ? undefined
    : { ...document, identityId: document.identityId };
}

/** What the DMP was given, document by document, in the words of the document itself and of its CDA. */
async function judge(bench: UseCaseBench, filed: ReadonlyMap<string, Filed>, people: readonly Person[]) {
  const wrong: string[] = [];
  for (const { documents } of bench.dmp.submitted)
    for (const { entry, bytes } of documents) {
      const filing = filed.get(entry.title);
      const person = filing === undefined ? undefined : people[filing.of.person];
      const cda = Buffer.from(bytes).toString('utf8');
      const written = [
        ...cda.matchAll(
          /root="1\.2\.250\.1\.213\.1\.4\.10"[^>]*extension="(\d\w{14})"|extension="(\d\w{14})"[^>]*root="1\.2\.250\.1\.213\.1\.4\.10"/g,
        ),
      ];
      const numbers = new Set(written.map((found) => found[1] ?? found[2]));
      if (person === undefined || numbers.size !== 1 || !numbers.has(person.matricule))
        wrong.push(`${entry.title}: of person ${filing?.of.person}, filed under ${filing?.under.ipp}`);
    }
  const { pool } = bench.context;
  const states = await many<{ title: string; state: string; sent: string | null }>(
    pool,
    'select d.title, d.state, s.sent_matricule as sent from document d join delivery s on s.document_id = d.id',
  );
  for (const { title, sent } of states) {
    const filing = filed.get(title);
    if (sent !== null && sent !== people[filing?.of.person ?? -1]?.matricule) wrong.push(`${title}: by its delivery`);
  }
  const swapsStopped = states.filter(({ title, sent }) => {
    const filing = filed.get(title);
    return sent === null && filing !== undefined && filing.of.person !== filing.under.person;
  }).length;
  const { shared } = await one<{ shared: number }>(
    pool,
    `select count(*) as shared from (select 1 from identity where active and matricule is not null
       group by matricule, oid having count(*) > 1) twice`,
  );
  return { wrong, sent: bench.dmp.submitted.length, swapsStopped, sharedIns: shared };
}
