import assert from 'node:assert/strict';
import { test } from 'node:test';
import { found, openBench } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { apiRules } from '../rules/api.ts';
import { identityRules } from '../rules/identity.ts';
import type { Result, Rule } from '../rules/rule.ts';
import { identifiersOf } from '../store/identities.ts';
import { historyOf } from '../store/identity-history.ts';
import { changeStatus, createPatient, recordDeviceCheck, requestInsiSearch } from './desk.ts';

const ACTOR = 'user:claire';
const CELL = { name: ACTOR, settles: true };
const PATIENT = {
  birthName: 'Pat-Trois',
  firstGivenName: 'Dominique',
  birthGivenNames: 'Dominique Marie',
  sex: 'F',
  birthDate: '1979-03-28',
  birthPlace: '63220',
  usedName: 'DURAND',
  identifiers: [{ value: 'P1', domain: DEMO_IPP_DOMAIN, type: 'PI' }],
};
const CHECK = { documentType: 'CN', checkedAt: '2026-11-23T08:00:00Z', coherent: true };

function refusedBy(result: Result<unknown>): Rule | undefined {
  return result.ok ? undefined : result.refusal.rule;
}

test('a patient is created provisional and normalised; its number may be given twice but not taken from another', async (t) => {
  const { context, identity } = await openBench(t);
  const twice = { ...PATIENT, identifiers: [...PATIENT.identifiers, ...PATIENT.identifiers] };
  const created = await createPatient(context, twice, ACTOR);
  assert.ok(created.ok);
  assert.deepEqual(
    [created.value.status, created.value.birthName, created.value.usedName, created.value.insiState],
    ['PROV', 'PAT-TROIS', 'DURAND', 'none'],
  );
  assert.equal((await identifiersOf(context.pool, (await identity()).id)).length, 1);
  assert.equal(refusedBy(await createPatient(context, PATIENT, ACTOR)), identityRules.ippConflict);
  const unreadable = { ...PATIENT, identifiers: [], birthDate: '28/03/1979' };
  assert.equal(refusedBy(await createPatient(context, unreadable, ACTOR)), identityRules.malformedCivilDate);
});

test('nothing is created here when the repository is upstream', async (t) => {
  const { context } = await openBench(t, (config) => ({
    ...config,
    context: 3,
    sources: config.sources.map((source) => ({ ...source, upstreamIdentities: true })),
  }));
  assert.equal(refusedBy(await createPatient(context, PATIENT, ACTOR)), identityRules.mirrorReadOnly);
});

test('the two proofs qualify, in either order', async (t) => {
  const bench = await openBench(t);
  const created = await createPatient(bench.context, PATIENT, 'token:essai');
  assert.ok(created.ok);
  const { id } = created.value;
  assert.ok((await requestInsiSearch(bench.context, id, ACTOR)).ok);
  assert.ok((await requestInsiSearch(bench.context, id, ACTOR)).ok, 'asking twice is asking once');
  assert.equal((await bench.tasks()).filter(({ kind }) => kind === 'insi').length, 1);
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'RECUP');
  const checked = await recordDeviceCheck(bench.context, id, CHECK, ACTOR);
  assert.ok(checked.ok);
  assert.deepEqual([checked.value.status, checked.value.deviceCheckedBy], ['QUAL', ACTOR]);
  const other = await createPatient(
    bench.context,
    { ...PATIENT, birthName: 'AUTRE', identifiers: [{ value: 'P2', domain: DEMO_IPP_DOMAIN, type: 'PI' }] },
    ACTOR,
  );
  assert.ok(other.ok);
  const validated = await recordDeviceCheck(bench.context, other.value.id, CHECK, ACTOR);
  assert.deepEqual(validated.ok && [validated.value.status, validated.value.insiState], ['VALI', 'queued']);
  bench.insi.answer = () => found({ birthName: 'AUTRE' }, '2750763220829');
  await bench.run('insi');
  assert.equal((await bench.identity('P2')).status, 'QUAL');
  assert.deepEqual(
    (await bench.history()).map(({ event, actor, source }) => `${event} / ${actor} / ${source}`),
    [
      'création / token:essai / API',
      'recherche INSi demandée / user:claire / console',
      "INS récupérée auprès d'INSi / system / INSi",
      "contrôle d'un dispositif d'identité / user:claire / console",
    ],
  );
});

test('a check is refused for an unknown or low device, an impossible date; a contradicting one is traced', async (t) => {
  const { context, identity } = await openBench(t);
  const created = await createPatient(context, PATIENT, ACTOR);
  assert.ok(created.ok);
  const check = async (parts: Partial<typeof CHECK>) =>
    refusedBy(await recordDeviceCheck(context, created.value.id, { ...CHECK, ...parts }, ACTOR));
  assert.equal(await check({ documentType: '??' }), identityRules.deviceMissing);
  assert.equal(await check({ documentType: 'PC' }), identityRules.deviceNotHighTrust);
  assert.equal(await check({ checkedAt: 'hier' }), apiRules.invalidRequest);
  assert.equal(await check({ checkedAt: '2027-01-01' }), apiRules.invalidRequest);
  assert.equal((await historyOf(context.pool, created.value.id)).length, 1);
  assert.equal(await check({ coherent: false }), identityRules.deviceIncoherent);
  assert.equal((await identity()).status, 'PROV');
  assert.equal(
    (await historyOf(context.pool, created.value.id)).at(-1)?.event,
    "dispositif d'identité contredisant l'identité : Carte nationale d'identité",
  );
});

test('no action sets QUAL: attributes and downgrades only, and each takes away what it must', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  const { id } = await bench.identity();
  const act = async (change: Parameters<typeof changeStatus>[2]) => {
    const result = await changeStatus(bench.context, id, change, CELL);
    if (!result.ok) return result.refusal.rule.id;
    return `${result.value.status} ${result.value.insiState} ${result.value.matricule === null ? '-' : 'INS'}`;
  };
  const reason = 'essai';
  assert.equal(await act({ action: 'set-attribute', attribute: 'homonyme', reason }), 'QUAL settled INS');
  assert.equal(await act({ action: 'clear-attribute', attribute: 'homonyme', reason }), 'QUAL settled INS');
  assert.equal(
    await act({ action: 'clear-attribute', attribute: 'homonyme', reason }),
    identityRules.attributeAbsent.id,
  );
  assert.equal(await act({ action: 'downgrade', to: 'VALI', reason }), 'VALI none -');
  assert.equal(await act({ action: 'downgrade', to: 'VALI', reason }), identityRules.notADowngrade.id);
  assert.equal(await act({ action: 'set-attribute', attribute: 'douteuse', reason }), 'PROV none -');
  assert.equal(refusedBy(await requestInsiSearch(bench.context, id, ACTOR)), identityRules.blockedByAttribute);
  assert.equal(await act({ action: 'clear-attribute', attribute: 'douteuse', reason }), 'PROV none -');
  assert.match((await bench.history()).at(-1)?.event ?? '', /^attribut levé : douteuse \(essai\)$/);
});

test('an INS that a person took away does not come back with the next message, only with a new check', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  await bench.run('insi');
  const { id } = await bench.identity();
  await changeStatus(bench.context, id, { action: 'downgrade', to: 'VALI', reason: 'doute' }, CELL);
  await bench.admit({ event: 'A08', patient: { usedName: 'DURAND' } });
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).insiState], ['VALI', 'none']);
  bench.advance(60_000);
  await recordDeviceCheck(bench.context, id, CHECK, ACTOR);
  assert.equal((await bench.identity()).insiState, 'queued');
});

test('the marker of a homonym does not cancel the question that waits', async (t) => {
  const bench = await openBench(t);
  await bench.admit();
  const { id } = await bench.identity();
  await changeStatus(bench.context, id, { action: 'set-attribute', attribute: 'homonyme', reason: 'essai' }, CELL);
  await bench.run('insi');
  assert.equal((await bench.identity()).status, 'QUAL');
});
