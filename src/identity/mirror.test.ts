import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import type { ConfigInput } from '../config/schema.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { feedRules } from '../rules/feed.ts';
import { identityRules } from '../rules/identity.ts';
import { maybe } from '../store/db.ts';
import { identifiersOf, identityByIdentifier } from '../store/identities.ts';

const WITH_INS = { ins: PAT_TROIS_INS } as const;

/** Context 2: GAM is the declared authority, LABO is not. */
function upstream(config: ConfigInput): ConfigInput {
  const sources = config.sources.flatMap((source) => [
    { ...source, upstreamIdentities: true },
    { ...source, application: 'LABO', upstreamIdentities: false },
  ]);
  return { ...config, context: 2, sources };
}

async function noticeOf(bench: UseCaseBench): Promise<string | undefined> {
  const row = await maybe<{ rule: string }>(
    bench.context.pool,
    `select coalesce(rule_id, '') as rule from inbound_message order by id desc limit 1`,
  );
  return row?.rule;
}

test('the authority says VALI with the INS: qualified here, without a call to INSi', async (t) => {
  const bench = await openBench(t, upstream);
  await bench.admit({ patient: WITH_INS });
  const identity = await bench.identity();
  assert.deepEqual(
    [identity.mirror, identity.status, identity.matricule, identity.insiState],
    [true, 'QUAL', PAT_TROIS_INS.matricule, 'settled'],
  );
  assert.ok(!(await bench.tasks()).some(({ kind }) => kind === 'insi'));
  assert.equal(await noticeOf(bench), '');
});

test('anything less than VALI with a complete INS is not qualified, with its reason', async (t) => {
  const bench = await openBench(t, upstream);
  const cases: readonly [object, string, string, ((text: string) => string)?][] = [
    [{ ...WITH_INS, status: 'PROV' }, 'PROV', identityRules.notQualified.id],
    [{ ...WITH_INS, statusCodes: ['DOUT'] }, 'PROV', identityRules.blockedByAttribute.id],
    [{ ...WITH_INS, statusCodes: ['ANOM'] }, 'PROV', identityRules.blockedByAttribute.id],
    [{ ...WITH_INS, birthPlace: '' }, 'VALI', identityRules.traitMissing.id],
    [{ ins: { ...PAT_TROIS_INS, matricule: '12' } }, 'VALI', identityRules.malformedMatricule.id],
    [{ ins: { ...PAT_TROIS_INS, oid: '1.2.250.1.213.1.4.11' } }, 'VALI', identityRules.insOidNotAllowed.id],
    [{}, 'VALI', ''],
    [WITH_INS, 'VALI', '', (text) => text.replace('^INS', '^NH')],
  ];
  for (const [index, [patient, status, rule, edit]] of cases.entries()) {
    const ipp = `C${index}`;
    await bench.admit({ patient: { ipp, ...patient } }, edit);
    const identity = await bench.identity(ipp);
    assert.deepEqual(
      [identity.status, identity.matricule, await noticeOf(bench)],
      [status, null, rule],
      `case ${index}`,
    );
  }
});

test('the copy follows: attributes, used names, opposition and traits are those of the last message', async (t) => {
  const bench = await openBench(t, upstream);
  await bench.admit({ patient: { ...WITH_INS, usedName: 'DURAND', statusCodes: ['HOMD'] } });
  await bench.admit({
    event: 'A31',
    patient: { birthName: 'PAT-QUATRE' },
    consent: { feeding: 'IO', consultation: 'NA' },
  });
  const identity = await bench.identity();
  assert.deepEqual(
    [identity.birthName, identity.usedName, identity.homonyme, identity.feedOpposition],
    ['PAT-QUATRE', null, false, true],
  );
  await bench.admit({ event: 'A31', patient: { statusCodes: ['DOUT', 'FICT'] } });
  const fictive = await bench.identity();
  assert.deepEqual([fictive.status, fictive.fictive, fictive.douteuse], ['PROV', true, false]);
});

test('a message of anybody else changes nothing, creates nothing, and says why', async (t) => {
  const bench = await openBench(t, upstream);
  await bench.admit({ patient: WITH_INS });
  const from = { application: 'LABO', facility: 'CH-DEMO' };
  await bench.admit({ from, event: 'A08', patient: { birthName: 'AUTRE', status: 'PROV' } });
  assert.equal(await noticeOf(bench), identityRules.mirrorReadOnly.id);
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).birthName], ['QUAL', 'PAT-TROIS']);
  await bench.admit({ from, patient: { ipp: 'P2', ...WITH_INS } });
  assert.equal(await noticeOf(bench), identityRules.insFromUntrustedSource.id);
  assert.equal(await identityByIdentifier(bench.context.pool, DEMO_IPP_DOMAIN, 'P2'), undefined);
});

test('the INS withdrawn upstream holds what has not left yet', async (t) => {
  const bench = await openBench(t, upstream);
  await bench.admit({ patient: WITH_INS });
  await bench.file();
  await bench.run('release', 'document');
  assert.equal((await bench.document()).state, 'ready');
  await bench.admit({ event: 'A31', patient: { ...WITH_INS, ins: { ...PAT_TROIS_INS, matricule: '""' } } });
  assert.deepEqual([(await bench.identity()).status, (await bench.identity()).matricule], ['VALI', null]);
  await bench.settle();
  const held = await bench.document();
  assert.deepEqual(
    [held.state, held.ruleId, bench.dmp.submitted.length],
    ['waiting', feedRules.upstreamNotQualified.id, 0],
  );
  await bench.admit({ event: 'A31', patient: WITH_INS });
  await bench.settle();
  assert.equal((await bench.document()).state, 'accepted');
});

test('an INS that another active identity bears does not qualify a second one', async (t) => {
  const bench = await openBench(t, upstream);
  await bench.admit({ patient: WITH_INS });
  await bench.admit({ patient: { ipp: 'P2', ...WITH_INS } });
  assert.equal(await noticeOf(bench), identityRules.duplicateActiveIns.id);
  assert.deepEqual([(await bench.identity('P2')).status, (await bench.identity('P2')).matricule], ['VALI', null]);
});

test('a number that comes later is added to the copy', async (t) => {
  const bench = await openBench(t, upstream);
  await bench.admit();
  await bench.admit({ event: 'A31' }, (text) => text.replace('^PI', '^PI~77^^^AUTRE&1.2.3.99&ISO^PI'));
  const identity = await bench.identity();
  assert.equal((await identifiersOf(bench.context.pool, identity.id)).length, 2);
});

test('an identity of our own becomes a copy when the repository moves upstream', async (t) => {
  const bench = await openBench(t, upstream);
  await bench.admit({ patient: { status: 'PROV' } });
  await bench.context.pool.query('update identity set mirror = false');
  await bench.admit({ event: 'A31' });
  assert.deepEqual([(await bench.identity()).mirror, (await bench.identity()).status], [true, 'VALI']);
});

test('a doubt about the INS of our own record goes with that INS, not with the one of the authority', async (t) => {
  const bench = await openBench(t, upstream);
  await bench.admit({ patient: WITH_INS });
  await bench.context.pool.query("update identity set ins_doubt = 'TDU-INSI-001'");
  await bench.admit({ event: 'A31', patient: WITH_INS });
  assert.notEqual((await bench.identity()).insDoubt, null, 'the same INS stays in doubt');
  await bench.admit({ event: 'A31', patient: { ins: { ...PAT_TROIS_INS, matricule: '279035121519088' } } });
  const { status, insDoubt } = await bench.identity();
  assert.deepEqual([status, insDoubt], ['QUAL', null]);
});
