import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, PAT_TROIS, withSources } from '../../test/support/use-case-bench.ts';
import { DEMO_EG, DEMO_SECOND_EG } from '../demo/structure.ts';
import { seeTraffic } from './observatory.fixture.ts';
import { readPicture } from './picture.ts';
import type { SeenApplication } from './seen.ts';

function only(applications: readonly SeenApplication[]): SeenApplication {
  const [one, ...others] = applications;
  assert.ok(one);
  assert.deepEqual(others, []);
  return one;
}

test('an application is known by what it sends: software, version, identity, volumes, refusals', async (t) => {
  const bench = await openBench(t, withSources({ application: 'GAM' }));
  const withSoftware = (text: string): string => text.replace('\rEVN', '\rSFT|Editeur|19.2|SILLAGE|x\rEVN');
  await bench.send(bench.adt(), withSoftware);
  await bench.send(bench.adt(), withSoftware);
  await bench.send(bench.adt(), (text) => withSoftware(text).replace('ADT^A01^ADT_A01', 'ADT^A24^ADT_A24'));
  await bench.observer.flush();
  const { applications } = await readPicture(bench.context, null);
  const seen = only(applications);
  assert.deepEqual([seen.application, seen.declared, seen.today, seen.recent], ['GAM', 'yes', 3, 3]);
  const [use] = seen.uses.filter(({ product }) => product === 'SILLAGE');
  assert.deepEqual(
    [use?.productVersion, use?.recognition?.product.key, use?.recognition?.standing],
    ['19.2', 'sillage-19', 'listed'],
  );
  assert.deepEqual(
    use?.identities.map(({ kind, basis }) => [kind, basis]),
    [['IPP', 'seen']],
  );
  assert.deepEqual([seen.refused, seen.firstSeen, seen.lastSeen], [1, bench.context.now(), bench.context.now()]);
  assert.ok(!JSON.stringify(applications).includes(PAT_TROIS.birthName), 'nothing of a patient');
});

test('V2 with an INS and V2 with a NIR look the same: told apart by TD0.0, product and repository, and said to be inferred', async (t) => {
  const bench = await openBench(t);
  const v2 = { eg: DEMO_EG, api: 'V2', transaction: 'TD2.1', identityKind: 'INS', basis: 'inferred' } as const;
  await seeTraffic(
    bench.context,
    { ...v2, application: 'A' },
    { ...v2, application: 'B' },
    { ...v2, application: 'B', transaction: 'TD0.0', identityKind: 'none', outcome: 'refused' },
    { ...v2, application: 'C', product: 'ANTARES-DMP', productVersion: '2.0' },
    { ...v2, application: 'D', identityKind: 'NIR' },
    { ...v2, application: 'E', api: 'V1', identityKind: 'INS-C', basis: 'seen' },
  );
  const { applications } = await readPicture(bench.context, null);
  assert.deepEqual(
    applications.map(({ application, uses }) => [
      application,
      uses.flatMap(({ identities }) => identities.map(({ kind, basis, because }) => `${kind} ${basis} ${because}`)),
    ]),
    [
      ['A', ['INS inferred repository']],
      ['B', ['NIR inferred td00']],
      ['C', ['NIR inferred product']],
      ['D', ['NIR inferred nothing']],
      ['E', ['INS-C seen wire']],
    ],
  );
});

test('beside what was declared: seen and not declared, declared and never seen, by a wildcard', async (t) => {
  const bench = await openBench(t, (config) => {
    const [source] = config.sources;
    assert.ok(source);
    return {
      ...config,
      sources: [
        { ...source, application: 'GAM', facility: '*', eg: DEMO_EG },
        { ...source, application: 'LABO', facility: 'CH', eg: DEMO_EG },
      ],
    };
  });
  await seeTraffic(bench.context, { eg: DEMO_EG }, { application: 'INTRUS', outcome: 'refused' });
  const { applications, differences } = await readPicture(bench.context, null);
  assert.deepEqual(
    applications.map(({ application, declared }) => [application, declared]),
    [
      ['INTRUS', 'no'],
      ['GAM', 'yes'],
    ],
  );
  assert.deepEqual(
    differences.map(({ kind, application, facility }) => [kind, application, facility]),
    [
      ['undeclared', 'INTRUS', 'CH'],
      ['source-unseen', 'LABO', 'CH'],
    ],
  );
  assert.deepEqual(await readPicture(bench.context, DEMO_SECOND_EG), {
    applications: [],
    differences: [],
    obsolete: [],
  });
});

test('what was seen before there was an observatory is found again, with its establishment', async (t) => {
  const bench = await openBench(t, withSources({ application: 'GAM', facility: '*' }));
  await bench.context.pool.query(
    `insert into observation (key, eg, application, facility, api, product, product_version, protocol_version, homologation,
       certificate, structure, transaction, identity_kind, identity_basis, first_seen, last_seen)
     values ('flow-1', '', 'GAM', 'CH', 'HL7v2', '', '', '2.5', '', '', '', 'ADT^A01', 'IPP', 'seen', now(), now())`,
  );
  const { applications } = await readPicture(bench.context, bench.context.config.sources[0]?.eg ?? '');
  assert.deepEqual([only(applications).application, only(applications).recent], ['GAM', 0]);
});
