import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { openBench, PAT_TROIS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { startRun } from '../matching/index.ts';
import { offerPlaces } from '../queue/tasks.ts';
import { many, one } from '../store/db.ts';
import { listMatchingRuns } from '../store/matching-runs.ts';
import { importById, type PatientImport } from '../store/patient-imports.ts';
import { patientsFile, rejectionsFile } from './files.ts';
import { confirmRehearsal, stopImport } from './manage.ts';
import { type ReceivedFile, receivePatientFile } from './receive-file.ts';

const TITLES =
  'Nom de naissance;Premier prénom;Prénoms de naissance;Sexe;Date de naissance;Code lieu de naissance;Nom utilisé;IPP';
const FILE: ReceivedFile = { name: 'essai.csv', encoding: 'utf-8', mode: 'import', known: 'reject' };

/** Lines of as many different people. */
function people(count: number, from = 1): string[] {
  const letters = (n: number): string => [...String(n)].map((digit) => 'ABCDEFGHIJ'[Number(digit)]).join('');
  return Array.from(
    { length: count },
    (_, i) => `ESSAI${letters(from + i)};ANNE;ANNE MARIE;F;1980-01-01;63220;;F${from + i}`,
  );
}

async function take(bench: UseCaseBench, lines: readonly string[], parts: Partial<ReceivedFile> = {}) {
  const text = [TITLES, ...lines, ''].join('\r\n');
  // In small pieces, as a socket gives them.
  const chunks =
    Buffer.from(text)
      .toString('latin1')
      .match(/.{1,700}/gs) ?? [];
  const bytes = Readable.from(chunks.map((chunk) => Buffer.from(chunk, 'latin1')));
  return receivePatientFile(bench.context, bytes, { ...FILE, ...parts }, 'user:cellule');
}

async function taken(
  bench: UseCaseBench,
  lines: readonly string[],
  parts: Partial<ReceivedFile> = {},
): Promise<string> {
  const received = await take(bench, lines, parts);
  assert.ok(received.ok, JSON.stringify(received));
  return received.value.id;
}

async function ended(bench: UseCaseBench, id: string): Promise<PatientImport> {
  for (let turn = 0; turn < 20; turn++) {
    await bench.run('patient-import');
    const file = await importById(bench.context.pool, id);
    assert.ok(file);
    if (file.state === 'done' || file.state === 'stopped') return file;
  }
  throw new Error('the import does not end');
}

const counts = ({ created, updated, unchanged, rejected }: PatientImport) => [created, updated, unchanged, rejected];

async function textOf(chunks: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const chunk of chunks) text += chunk;
  return text;
}

async function identities(bench: UseCaseBench): Promise<number> {
  return (await one<{ count: number }>(bench.context.pool, 'select count(*) as count from identity')).count;
}

test('each line becomes a provisional identity, and a bad one is kept with its rule', async (t) => {
  const house = await openBench(t);
  const id = await taken(house, [
    ...people(3),
    'N0M;PAUL;;M;1990-01-01;;;B1',
    'NOM;PAUL;;X;1990-01-01;;;B2',
    'NOM;PAUL;;M;1990-01-01;;;',
    'NOM;PAUL;JEAN PAUL;M;1990-01-01;;;B4',
  ]);
  const file = await ended(house, id);
  assert.deepEqual(counts(file), [3, 0, 0, 4]);
  const rows = await many(house.context.pool, 'select distinct status, sex, birth_place from identity');
  assert.deepEqual(rows, [{ status: 'PROV', sex: 'F', birth_place: '63220' }]);
  const [header = '', ...lines] = (await textOf(rejectionsFile(house.context.pool, file))).split('\r\n');
  assert.ok(header.startsWith(`\ufeff${TITLES};ligne;regle;motif;que faire`));
  const rules = lines.map((line) => line.split(';').slice(8, 10).join(' '));
  assert.deepEqual(rules, ['5 TDU-ID-011', '6 TDU-ID-205', '7 TDU-ID-202', '8 TDU-ID-014', '']);
  assert.match(lines[0] ?? '', /^N0M;PAUL;;M;1990-01-01;;;B1;/);
});

test('a file imported again changes nothing; a line that disagrees is rejected, or updates where that is asked', async (t) => {
  const house = await openBench(t);
  await ended(house, await taken(house, people(3)));
  assert.deepEqual(counts(await ended(house, await taken(house, people(3)))), [0, 0, 3, 0]);
  const changed = ['ESSAIB;ANNE;ANNE MARIE;F;1980-01-02;63220;Martin;F1', ...people(2, 3)];
  assert.deepEqual(counts(await ended(house, await taken(house, changed))), [1, 0, 1, 1]);
  assert.deepEqual(counts(await ended(house, await taken(house, changed, { known: 'update' }))), [0, 1, 2, 0]);
  const identity = await house.identity('F1');
  assert.deepEqual([identity.birthDate, identity.usedName, identity.status], ['1980-01-02', 'Martin', 'PROV']);
});

test('an update by file changes nothing of the traits of a qualified identity', async (t) => {
  const house = await openBench(t);
  await house.admit();
  await house.settle();
  const before = await house.identity();
  const line = (birthDate: string, used: string) =>
    `PAT-TROIS;DOMINIQUE;DOMINIQUE MARIE;F;${birthDate};63220;${used};${PAT_TROIS.ipp}`;
  const wrong = await ended(house, await taken(house, [line('1979-03-29', '')], { known: 'update' }));
  assert.deepEqual(counts(wrong), [0, 0, 0, 1]);
  assert.deepEqual(await house.identity(), before);
  const named = await ended(house, await taken(house, [line('1979-03-28', 'MARTIN')], { known: 'update' }));
  assert.deepEqual(counts(named), [0, 1, 0, 0]);
  const after = await house.identity();
  assert.deepEqual([after.usedName, after.status, after.matricule], ['MARTIN', before.status, before.matricule]);
});

test('one number twice in a file makes one identity, in one part or in two', async (t) => {
  const house = await openBench(t);
  const lines = people(300);
  const repeated = [
    lines[0] ?? '',
    'AUTRE;PAUL;;M;1970-01-01;;;F1',
    ...lines.slice(1),
    'ENCORE;PAUL;;M;1970-01-01;;;F2',
  ];
  const rehearsed = await ended(house, await taken(house, repeated, { mode: 'rehearsal' }));
  assert.deepEqual(counts(rehearsed), [300, 0, 0, 2]);
  const file = await ended(house, await taken(house, repeated));
  assert.deepEqual(counts(file), counts(rehearsed));
  assert.match(await textOf(rejectionsFile(house.context.pool, file)), /;3;TDU-ID-204;[^\r]*\r\n[^\r]*;303;TDU-ID-204/);
});

test('a rehearsal counts and writes no patient; confirmed, the same file is imported', async (t) => {
  const house = await openBench(t);
  const id = await taken(house, people(260), { mode: 'rehearsal' });
  const before = await house.tasks();
  assert.deepEqual(counts(await ended(house, id)), [260, 0, 0, 0]);
  assert.equal(await identities(house), 0);
  assert.deepEqual(
    before.map(({ kind }) => kind),
    ['patient-import'],
  );
  assert.deepEqual(await house.tasks(), []);
  const confirmed = await confirmRehearsal(house.context, id);
  assert.ok(confirmed.ok && confirmed.value.mode === 'import');
  assert.deepEqual(counts(await ended(house, id)), [260, 0, 0, 0]);
  assert.equal(await identities(house), 260);
  const again = await confirmRehearsal(house.context, id);
  assert.ok(!again.ok);
  assert.equal(again.refusal.rule.id, 'TDU-ID-207');
});

test('an import that dies in a part goes on with that part, and each line counts once', async (t) => {
  const house = await openBench(t);
  const id = await taken(house, people(1_000));
  const { pool } = house.context;
  // The third part fails in the middle, as if the process had been killed in its transaction.
  await pool.query(`create function die() returns trigger language plpgsql as
    $$ begin if new.value = 'F600' then raise exception 'killed'; end if; return new; end $$`);
  await pool.query('create trigger die before insert on identity_identifier for each row execute function die()');
  await assert.rejects(house.run('patient-import'), /killed/);
  const midway = await importById(pool, id);
  assert.deepEqual([midway?.nextPart, midway?.created, await identities(house)], [2, 500, 500]);
  await pool.query('drop trigger die on identity_identifier');
  house.advance(60_000);
  assert.deepEqual(counts(await ended(house, id)), [1_000, 0, 0, 0]);
  assert.equal(await identities(house), 1_000);
});

test('a stopped import keeps what it has done, and its file goes', async (t) => {
  const house = await openBench(t);
  const id = await taken(house, people(10));
  const stopped = await stopImport(house.context, id);
  assert.ok(stopped.ok);
  assert.deepEqual(counts(await ended(house, id)), [0, 0, 0, 0]);
  assert.deepEqual(await many(house.context.pool, 'select 1 from patient_import_part'), []);
});

test('documents that wait for a patient of the file leave with it, and duplicates are looked for once', async (t) => {
  const house = await openBench(t);
  await house.file({ patient: { ...PAT_TROIS, ipp: 'F2' } });
  await house.run('document');
  assert.equal((await house.document()).identityId, null);
  await ended(
    house,
    await taken(house, ['PAT-TROIS;DOMINIQUE;DOMINIQUE MARIE;F;1979-03-28;63220;;F2', ...people(2, 10)]),
  );
  const kinds = (await house.tasks()).map(({ kind }) => kind);
  assert.deepEqual(kinds.toSorted(), ['match-run', 'release']);
  await house.run('release', 'document');
  assert.equal((await house.document()).identityId, (await house.identity('F2')).id);
});

test('a file that cannot be read as told leaves nothing behind', async (t) => {
  const house = await openBench(t);
  const refusals: readonly (readonly [Promise<Awaited<ReturnType<typeof take>>>, string])[] = [
    [take(house, [...people(600), '"NOM;PAUL']), 'TDU-ID-200'],
    [take(house, people(1), { domain: '1.9.9' }), 'TDU-ID-208'],
    [
      receivePatientFile(house.context, Readable.from([Buffer.from('nom;ipp\n'), Buffer.from([0xe9])]), FILE, 'user:x'),
      'TDU-ID-201',
    ],
    [
      receivePatientFile(
        house.context,
        Readable.from([Buffer.from(TITLES), Buffer.from([10, 0xe9, 0x28])]),
        FILE,
        'user:x',
      ),
      'TDU-ID-200',
    ],
  ];
  for (const [refused, rule] of refusals) {
    const outcome = await refused;
    assert.ok(!outcome.ok);
    assert.equal(outcome.refusal.rule.id, rule);
  }
  assert.deepEqual(await many(house.context.pool, 'select 1 from patient_import'), []);
});

test('an export gives the matricule of a qualified identity only, and no cell that a spreadsheet would run', async (t) => {
  const house = await openBench(t);
  await house.admit();
  await house.settle();
  await ended(house, await taken(house, ['DURAND;ANNE;;F;1980-01-01;;=HYPERLINK();F1']));
  const { matricule } = await house.identity();
  assert.ok(matricule);
  const all = { ids: [], numbers: [], families: [], givens: [], birthDates: [], sexes: [], active: true } as const;
  const { pool } = house.context;
  const plain = await textOf(patientsFile(pool, all, { withIns: false }));
  assert.ok(!plain.includes(matricule));
  assert.match(plain, /;'=HYPERLINK\(\);/);
  const whole = await textOf(patientsFile(pool, all, { withIns: true }));
  assert.match(
    whole,
    new RegExp(`;${PAT_TROIS.ipp};${DEMO_IPP_DOMAIN.replaceAll('.', '\\.')};PAT-TROIS;[^\\r]*;${matricule};`),
  );
  assert.match(whole, /DURAND;ANNE[^\r]*;;\r\n/);
  await pool.query("update identity set status = 'RECUP' where matricule is not null");
  assert.ok(!(await textOf(patientsFile(pool, all, { withIns: true }))).includes(matricule));
});

test('an import stopped half-way has the duplicates of its patients looked for; a search that goes on begins again', async (t) => {
  const house = await openBench(t);
  const { context } = house;
  await house.admit({ patient: { ipp: 'F1', status: 'PROV' } });
  await context.pool.query('delete from task');
  const { id: runId } = await startRun(context, 'user:cellule');
  await context.pool.query(`update matching_run set cursor = 'ffffffff-ffff-4fff-bfff-ffffffffffff', compared = 1`);
  const id = await taken(house, people(10, 10));
  await context.pool.query("update patient_import set created_count = 10, state = 'stopped' where id = $1", [id]);
  await house.run('patient-import');
  const [run] = await listMatchingRuns(context.pool, 5);
  assert.deepEqual([run?.id, run?.cursor, run?.compared], [runId, null, 0]);
});

test('the search for duplicates begins in the transaction that ends the import', async (t) => {
  const house = await openBench(t);
  const id = await taken(house, people(3));
  await house.context.pool.query('alter table matching_run add constraint broken check (false)');
  await assert.rejects(house.run('patient-import'), /broken/);
  assert.equal((await importById(house.context.pool, id))?.state, 'running');
  assert.deepEqual(
    (await house.tasks()).map(({ kind }) => kind),
    ['patient-import'],
  );
});

test('a rehearsal hands no task to a worker', async (t) => {
  const house = await openBench(t);
  await house.admit({ patient: { ipp: 'F1', status: 'PROV' } });
  await house.settle();
  const handed: string[] = [];
  const leave = () => undefined;
  const withdraw = offerPlaces(house.context.pool, ['release', 'match'], () => ({
    worker: 1,
    leaseMs: 60_000,
    take: (tasks) => handed.push(...tasks.map(({ kind }) => kind)),
    leave,
  }));
  const line = 'AUTRE;ANNE;ANNE;F;1980-01-01;63220;;F1';
  const file = await ended(house, await taken(house, [line], { mode: 'rehearsal', known: 'update' }));
  withdraw();
  assert.deepEqual([file.updated, handed], [1, []]);
});
