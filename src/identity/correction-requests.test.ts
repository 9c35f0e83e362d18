import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { identityRules } from '../rules/identity.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import type { Result } from '../rules/rule.ts';
import { type CorrectionRequest, correctionById, correctionStepsOf, correctionWork } from '../store/corrections.ts';
import { renderLetter } from '../wire/pdf/letter.ts';
import { correctionLetter, referenceOf } from './correction-letter.ts';
import { advanceCorrection, adviseCorrection, type CorrectionWanted, openCorrection } from './correction-requests.ts';

const CELL = { name: 'user:cellule', settles: true };

function refusedBy(result: Result<unknown>): string | undefined {
  return result.ok ? undefined : result.refusal.rule.id;
}

async function qualified(bench: UseCaseBench): Promise<string> {
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
  return (await bench.identity()).id;
}

/** VALI, INSi answers another birth date. */
async function contradicted(bench: UseCaseBench): Promise<string> {
  bench.insi.answer = () => found({ birthDate: '1979-03-29' });
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.run('insi');
  assert.equal((await bench.identity()).insiState, 'discrepancy');
  return (await bench.identity()).id;
}

async function opened(bench: UseCaseBench, wanted: Partial<CorrectionWanted>): Promise<CorrectionRequest> {
  const { id } = await bench.identity();
  const result = await openCorrection(bench.context, id, { side: 'registry', reason: 'essai', ...wanted }, CELL);
  assert.ok(result.ok, refusedBy(result));
  return result.value;
}

test('INSi alone disagrees: the register is likely wrong, and the INSEE corrects it for a birth in France', async (t) => {
  const bench = await openBench(t);
  const id = await contradicted(bench);
  const advice = await adviseCorrection(bench.context, id, { document: {} });
  assert.ok(advice.ok);
  assert.deepEqual([advice.value.proposal.sides, advice.value.proposal.ground], [['registry'], 'likely']);
  assert.equal(advice.value.addressees.registry, 'insee');
  assert.equal(advice.value.addressees.document, 'civil-status');
  const settled = await adviseCorrection(bench.context, id, { document: {}, certificate: { birthDate: '1979-03-29' } });
  assert.ok(settled.ok);
  assert.deepEqual(settled.value.proposal.sides, ['identity', 'document']);
});

test('the register is followed from the opening to the end: INSi is asked when it is said to be corrected', async (t) => {
  const bench = await openBench(t);
  await contradicted(bench);
  const request = await opened(bench, { document: {} });
  assert.deepEqual([request.addressee, request.differences.length], ['insee', 1]);
  assert.equal((await bench.identity()).status, 'VALI');
  const advance = (step: 'handed' | 'corrected' | 'closed', note?: string) =>
    advanceCorrection(bench.context, request.id, { step, note }, CELL);
  assert.ok((await advance('handed', 'lettre remise en main propre')).ok);
  assert.equal(refusedBy(await advance('handed')), identityLifecycleRules.correctionStepNotPossible.id);
  bench.insi.answer = () => found();
  bench.advance(86_400_000);
  assert.ok((await advance('corrected')).ok);
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
  assert.equal(refusedBy(await advance('closed')), identityLifecycleRules.correctionStepNotPossible.id, 'no reason');
  assert.ok((await advance('closed', 'INSi concorde')).ok);
  const steps = await correctionStepsOf(bench.context.pool, request.id);
  assert.deepEqual(
    steps.map(({ step, actor, note }) => `${step} ${actor} ${note ?? '-'}`),
    [
      'opened user:cellule essai',
      'handed user:cellule lettre remise en main propre',
      'corrected user:cellule -',
      'closed user:cellule INSi concorde',
    ],
  );
  assert.equal((await correctionById(bench.context.pool, request.id))?.state, 'closed');
  assert.deepEqual(await correctionWork(bench.context.pool), []);
  const events = (await bench.history()).map(({ event }) => event);
  assert.ok(events.includes('correction demandée : registre consulté par INSi (essai)'));
});

test('meanwhile the identity keeps only the proofs that stand, and its documents wait', async (t) => {
  const read = { birthDate: '1979-03-29' };
  const cases = [
    { side: 'identity', expected: 'PROV - -' },
    { side: 'document', expected: 'RECUP INS -' },
    { side: 'registry', expected: 'VALI - CN' },
    { side: 'sender', expected: 'QUAL INS CN' },
  ] as const;
  for (const { side, expected } of cases) {
    const bench = await openBench(t);
    bench.leaveToDocumentTask();
    await qualified(bench);
    await opened(bench, { side, ...(side === 'sender' ? { sender: read } : { document: read }) });
    const { status, matricule, deviceType } = await bench.identity();
    assert.equal(`${status} ${matricule === null ? '-' : 'INS'} ${deviceType ?? '-'}`, expected, side);
    await bench.file();
    await bench.run('document');
    assert.equal((await bench.document()).state, side === 'sender' ? 'ready' : 'waiting', side);
  }
});

test('one correction at a time for a side, none where nothing differs, none without somebody to ask', async (t) => {
  const bench = await openBench(t);
  const id = await qualified(bench);
  const open = async (wanted: Partial<CorrectionWanted>) =>
    refusedBy(await openCorrection(bench.context, id, { side: 'document', reason: 'essai', ...wanted }, CELL));
  assert.equal(await open({}), identityLifecycleRules.nothingDiffers.id);
  assert.equal(await open({ document: { birthDate: '28/03/1979' } }), identityRules.malformedCivilDate.id);
  const document = { birthName: 'PAT-QUATRE' };
  assert.equal(await open({ document, addressee: 'cpam' }), identityLifecycleRules.addresseeToChoose.id);
  assert.equal((await bench.identity()).status, 'QUAL', 'a refused opening changes nothing');
  assert.equal(await open({ document }), undefined);
  assert.equal(await open({ document, deviceType: 'CN' }), identityLifecycleRules.correctionAlreadyOpen.id);
});

test('a copy of an upstream repository is corrected upstream', async (t) => {
  const bench = await openBench(t, (config) => ({
    ...config,
    context: 2,
    sources: config.sources.map((source) => ({ ...source, upstreamIdentities: true })),
  }));
  await bench.admit();
  const wanted = { side: 'document', reason: 'essai', document: { sex: 'M' } } as const;
  const result = await openCorrection(bench.context, (await bench.identity()).id, wanted, CELL);
  assert.equal(refusedBy(result), identityRules.mirrorReadOnly.id);
});

test('the letter says what differs, who corrects and what happens meanwhile, and never a matricule', async (t) => {
  const bench = await openBench(t);
  await contradicted(bench);
  const request = await opened(bench, { document: {}, addressee: 'cpam' });
  const head = { establishment: 'Hôpital des Essais', day: '23/11/2026' };
  const letter = correctionLetter(request, await bench.identity(), head);
  const said = [...letter.sender, ...letter.recipient, ...letter.paragraphs].join('\n');
  for (const expected of [
    'Hôpital des Essais',
    "Date de naissance : « 28/03/1979 » sur votre document d'identité\u00a0; « 29/03/1979 » dans le registre national",
    "caisse primaire d'assurance maladie (CPAM)",
    'Vous seul(e) pouvez demander cette correction',
    'Mon espace santé',
    referenceOf(request),
  ])
    assert.ok(said.includes(expected), expected);
  assert.doesNotMatch(said, /\d{13}/);
  assert.equal(Buffer.from((await renderLetter(letter)).subarray(0, 5)).toString(), '%PDF-');
});
