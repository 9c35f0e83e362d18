/**
 * Every product of the catalogue, by the profile of how it may send: recognised from what it says of itself, classed, and its
 * flow taken from the first lane to API V2 with the qualified INS.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import {
  applicationOf,
  CONNECTOR_PATIENT,
  type OldConnectors,
  openOldConnectors,
  withProfiles,
} from '../../test/support/old-connectors.ts';
import { openBench, PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { moveFlow } from '../lanes/index.ts';
import { readPicture, type SeenUse } from '../observatory/index.ts';
import { laneRules } from '../rules/lanes.ts';
import { documentOf } from '../simulators/connector/bench.fixture.ts';
import { PROFILES, type Profile } from '../simulators/connector/profiles.ts';
import { many } from '../store/db.ts';
import { laneFlows } from '../store/lanes.ts';
import { SEED } from './october-2022.ts';
import { verdictOf } from './recognise.ts';

function profileOf({ name, version }: (typeof SEED)[number]): Profile {
  const [profile, ...others] = PROFILES.filter((one) => one.name === name && one.version === version);
  assert.ok(profile && others.length === 0, `one profile of ${name} ${version}`);
  return profile;
}

describe('Every product of the catalogue, from its first call to the last lane', () => {
  const ends: (() => Promise<void>)[] = [];
  const closing = { after: (close: () => Promise<void>) => void ends.unshift(close) };
  let bench: UseCaseBench;
  let connectors: OldConnectors;

  before(async () => {
    bench = await openBench(closing, withProfiles);
    // The certificates of this test are of today.
    bench.advance(Date.now() - bench.context.now().getTime());
    await bench.admit();
    await bench.settle();
    connectors = await openOldConnectors(closing, bench);
  });
  after(async () => {
    for (const end of ends) await end();
  });

  async function seen(profile: Profile): Promise<readonly SeenUse[]> {
    await bench.observer.flush();
    const { applications } = await readPicture(bench.context, null);
    return applications.find(({ application }) => application === applicationOf(profile))?.uses ?? [];
  }

  async function move(profile: Profile, to: 'shadow' | 'canary' | 'v2'): Promise<void> {
    const flows = await laneFlows(bench.context.pool, null);
    const flow = flows.find(({ application }) => application === applicationOf(profile));
    assert.ok(flow);
    const order = {
      flowId: flow.id,
      to,
      canary: to === 'canary' ? { percentage: 0 } : undefined,
      reason: 'essai',
      revision: flow.revision,
      actor: { name: 'user:anne', role: 'interop' },
    };
    // A bench has no certificate, and one document is no trial: what stands against a lane has its own tests.
    const moved = await moveFlow(bench.context, order, async () => []);
    assert.ok(moved.ok, moved.ok ? '' : JSON.stringify(moved.refusal));
    await bench.settle();
  }

  async function standing(uniqueId: string): Promise<string> {
    const rows = await many<{ state: string; rule: string | null }>(
      bench.context.pool,
      'select state, rule_id as rule from document where unique_id = $1',
      [uniqueId],
    );
    return rows.map(({ state, rule }) => `${state} ${rule ?? '-'}`).join(', ');
  }

  for (const product of SEED)
    test(`${product.name} ${product.version}`, async () => {
      const profile = profileOf(product);
      assert.equal(profile.api, product.api);
      const connector = await connectors.connector(profile);
      if (profile.api === 'V2') assert.equal((await connector.certify(CONNECTOR_PATIENT)).kind, 'refused');
      // What TD0.0 said on the day before.
      const certified = { nir: PAT_TROIS_INS.matricule, firstGivenName: 'DOMINIQUE', birthName: 'PAT-TROIS' };
      const named = connector.name(CONNECTOR_PATIENT, profile.api === 'V2' ? certified : undefined);
      const submission = connector.prepare(documentOf(profile, { author: connector.user }), named);
      const { uniqueId } = submission.document;
      assert.equal((await connector.feed(submission)).kind, 'busy', 'not told success before the DMP has it');
      await bench.settle();
      assert.equal(await standing(uniqueId), `waiting ${laneRules.observed.id}`);

      const uses = await seen(profile);
      assert.deepEqual(
        uses.map(({ product: name, productVersion, api, recognition }) => [
          name,
          productVersion,
          api,
          recognition?.product.key,
          recognition?.standing,
          recognition && verdictOf(recognition),
        ]),
        [
          [
            product.name,
            product.version,
            product.api,
            product.key,
            'listed',
            product.api === 'V1' ? 'replace' : 'move',
          ],
        ],
      );
      assert.deepEqual(
        uses.flatMap(({ identities }) => identities.map(({ kind, basis, because }) => [kind, basis, because])),
        [product.api === 'V1' ? ['INS-C', 'seen', 'wire'] : ['NIR', 'inferred', 'td00']],
      );

      await move(profile, 'shadow');
      assert.equal(
        bench.dmp.submitted.some(({ documents }) => documents.some(({ entry }) => entry.uniqueId === uniqueId)),
        false,
      );
      const tried = await many<{ outcome: string }>(
        bench.context.pool,
        'select outcome from shadow_result join document on document.id = document_id where unique_id = $1',
        [uniqueId],
      );
      assert.deepEqual(tried, [{ outcome: 'leaves' }]);
      await move(profile, 'canary');
      await move(profile, 'v2');
      assert.equal(await standing(uniqueId), 'accepted -');
      const sent = bench.dmp.submitted
        .flatMap(({ documents }) => documents)
        .filter(({ entry }) => entry.uniqueId === uniqueId);
      assert.equal(sent.length, 1, 'once');
      assert.deepEqual(sent[0]?.entry.patient.ins, PAT_TROIS_INS);
      assert.equal((await connector.feed(submission)).kind, 'done', 'the same again is told success, and sent no more');
      await bench.settle();
      assert.equal(await standing(uniqueId), 'accepted -');
      assert.ok(!Buffer.from(sent[0]?.bytes ?? []).includes('1.2.250.1.213.1.4.2"'), 'no INS-C leaves');
    });
});
