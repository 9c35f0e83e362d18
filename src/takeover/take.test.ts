import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { matriculeKey } from '../ins/matricule.ts';
import { claimTasks } from '../queue/claims.testing.ts';
import { identityRules } from '../rules/identity.ts';
import { takeoverRules } from '../rules/takeover.ts';
import { many } from '../store/db.ts';
import { findingsAfter } from '../store/takeovers.ts';
import { reportOf } from './report.ts';
import { closeTakeover, type FormerLine, openTakeover, takeLines } from './take.ts';

const LINE: FormerLine = {
  line: 2,
  ipp: 'A1',
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE',
  sex: 'F',
  birthDate: '1979-03-28',
  birthPlace: '63220',
};
const NIR = PAT_TROIS_INS.matricule;
const OTHER_NIR = withKey('2790351215190');

function withKey(number: string): string {
  return `${number}${String(matriculeKey(number)).padStart(2, '0')}`;
}

async function open({ context }: UseCaseBench, trustsStatus = false): Promise<string> {
  const opened = await openTakeover(context, { name: 'ancien.csv', trustsStatus }, 'user:essai');
  return opened.ok ? opened.value.id : assert.fail(opened.refusal.rule.id);
}

async function take({ context }: UseCaseBench, id: string, from: number, ...lines: FormerLine[]) {
  const taken = await takeLines(context, id, { from, lines }, 'user:essai');
  return taken.ok ? taken.value : assert.fail(taken.refusal.rule.id);
}

async function rulesOf({ context }: UseCaseBench, id: string): Promise<[number, string][]> {
  const findings = await findingsAfter(context.pool, id, { line: -1, ruleId: '' }, 100);
  return findings.map(({ line, ruleId }) => [line, ruleId]);
}

test('an INS of the former repository is never taken, whatever status it claims; at most VALI, and only if vouched for', async (t) => {
  const bench = await openBench(t);
  const claimed = { ...LINE, status: 'QUAL', nir: NIR };
  const taken = await take(bench, await open(bench), 0, claimed);
  assert.deepEqual([taken.created, taken.validated, taken.nirs], [1, 0, 1]);
  const plain = await bench.identity('A1');
  assert.deepEqual([plain.status, plain.matricule, plain.insiState], ['PROV', null, 'none']);

  const vouched = await open(bench, true);
  await take(bench, vouched, 0, { ...claimed, ipp: 'A2' }, { ...LINE, line: 3, ipp: 'A3', status: 'RECUP', nir: NIR });
  const validated = await bench.identity('A2');
  // INSi is asked again, as of any checked identity: the INS comes from there alone.
  assert.deepEqual([validated.status, validated.matricule, validated.insiState], ['VALI', null, 'queued']);
  assert.equal((await bench.identity('A3')).status, 'PROV');
  await bench.run('insi');
  assert.deepEqual([(await bench.identity('A2')).status, (await bench.identity('A2')).matricule], ['QUAL', NIR]);
});

test('a NIR is compared with the local identity: the same, a former one, another, somebody else’s, a contradiction', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.run('insi');
  const known = { ...LINE, ipp: 'P1' };
  const id = await open(bench);
  const taken = await take(
    bench,
    id,
    0,
    { ...known, line: 2, nir: NIR },
    { ...known, line: 3, nir: OTHER_NIR },
    { ...LINE, line: 4, ipp: 'A4', birthName: 'AUTRE', nir: NIR },
    { ...LINE, line: 5, ipp: 'A5', birthName: 'PARENT', nir: withKey('1550351215189') },
    { ...LINE, line: 6, ipp: 'A6', birthName: 'FAUX', nir: '12345' },
  );
  assert.deepEqual(await rulesOf(bench, id), [
    [3, takeoverRules.nirDiffers.id],
    [4, takeoverRules.nirElsewhere.id],
    [5, takeoverRules.nirIncoherent.id],
    [6, takeoverRules.nirMalformed.id],
  ]);
  assert.deepEqual([taken.nirs, taken.nirsSame, taken.discrepancies], [5, 1, 4]);
  assert.equal((await bench.identity('P1')).matricule, NIR, 'nothing of it reaches the identity');
});

test('no NIR is written anywhere: not in the base, not in the report', async (t) => {
  const bench = await openBench(t);
  const id = await open(bench);
  await take(
    bench,
    id,
    0,
    { ...LINE, nir: OTHER_NIR },
    { ...LINE, line: 3, ipp: '=A9', nir: withKey('1550351215189') },
  );
  for (const table of ['takeover', 'takeover_finding', 'identity', 'identity_history', 'task', 'audit']) {
    const rows = JSON.stringify(await many(bench.context.pool, `select * from ${table}`));
    assert.doesNotMatch(rows, /2790351215190|1550351215189/, table);
  }
  const report = await text(Readable.from(reportOf(bench.context.pool, id)));
  assert.doesNotMatch(report, /2790351215190|1550351215189/);
  assert.match(report, /TDU-DIF-033/);
  assert.match(report, /…\d\d/);
  assert.doesNotMatch(report, /;=A9/, 'no cell that a spreadsheet would run');
});

test('an IPP that designates somebody else here changes nothing, and is told', async (t) => {
  const bench = await openBench(t);
  await bench.admit({ patient: { ipp: 'P1' } });
  const before = await bench.identity('P1');
  const id = await open(bench, true);
  const taken = await take(bench, id, 0, { ...LINE, ipp: 'P1', birthDate: '1980-01-01', status: 'QUAL' });
  assert.deepEqual([taken.created, taken.known, taken.discrepancies], [0, 1, 1]);
  assert.deepEqual(await bench.identity('P1'), before);
  assert.deepEqual(await rulesOf(bench, id), [[2, takeoverRules.traitsDiffer.id]]);
});

test('lines that are cut off are taken up after the last ones that were kept; the same ones twice create nothing twice', async (t) => {
  const bench = await openBench(t);
  const id = await open(bench);
  const second = { ...LINE, line: 3, ipp: 'A2', birthName: 'AUTRE' };
  await take(bench, id, 0, LINE);
  const again = await takeLines(bench.context, id, { from: 0, lines: [LINE] }, 'user:essai');
  assert.deepEqual(!again.ok && [again.refusal.rule, again.refusal.detail], [
    takeoverRules.wrongPosition,
    'position : 1',
  ]);
  const taken = await take(bench, id, 1, second);
  assert.deepEqual([taken.position, taken.created], [2, 2]);
  await closeTakeover(bench.context, id);
  const late = await takeLines(bench.context, id, { from: 2, lines: [LINE] }, 'user:essai');
  assert.equal(!late.ok && late.refusal.rule, takeoverRules.ended);
  const whole = await open(bench);
  const compared = await take(bench, whole, 0, LINE, second);
  assert.deepEqual([compared.created, compared.known], [0, 2]);
});

test('a bad line is rejected with its rule and stops no other; a copy of an upstream repository takes nothing over', async (t) => {
  const bench = await openBench(t);
  const id = await open(bench);
  const taken = await take(
    bench,
    id,
    0,
    { ...LINE, birthName: 'NGUY3N' },
    { ...LINE, line: 3, ipp: '' },
    { ...LINE, line: 4, domain: '1.9.9' },
    { ...LINE, line: 5, ipp: 'A5' },
  );
  assert.deepEqual([taken.created, taken.rejected], [1, 3]);
  assert.deepEqual(
    (await rulesOf(bench, id)).map(([line]) => line),
    [2, 3, 4],
  );
  assert.deepEqual(await many(bench.context.pool, 'select value, domain from identity_identifier'), [
    { value: 'A5', domain: DEMO_IPP_DOMAIN },
  ]);
  const mirror = await openBench(t, (config) => ({
    ...config,
    context: 2,
    sources: config.sources.map((source) => ({ ...source, upstreamIdentities: true })),
  }));
  const refused = await openTakeover(mirror.context, { name: 'x', trustsStatus: false }, 'user:essai');
  assert.equal(!refused.ok && refused.refusal.rule, identityRules.mirrorReadOnly);
});

test('who is admitted during a take-over does not wait for INSi behind the whole base', async (t) => {
  const bench = await openBench(t);
  const { pool } = bench.context;
  const lines = ['A1', 'A2', 'A3', 'A4'].map((ipp, at) => ({ ...LINE, line: at + 2, ipp, status: 'VALI' }));
  await take(bench, await open(bench, true), 0, ...lines);
  await bench.admit({ patient: { ipp: 'P9' }, proof: { deviceType: 'CN' } });
  const { id } = await bench.identity('P9');
  const next = await claimTasks(pool, { kinds: ['insi'], worker: 1, limit: 2, leaseMs: 60_000 });
  assert.ok(next.some(({ subject }) => subject === id));
  assert.equal(next.length, 2);
});
