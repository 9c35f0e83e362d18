import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import type { Lane } from '../config/migration-schema.ts';
import { computeInsC } from '../ins/ins-c.ts';
import { moveFlow } from '../lanes/index.ts';
import { dmpRules, xdsRule } from '../rules/dmp.ts';
import { many } from '../store/db.ts';
import { laneFlows } from '../store/lanes.ts';
import { type Connector, createConnector, INS_C_CX, statusUpdate, storedQuery } from './connector.fixture.ts';
import { type DeskBench, openDesk } from './desk.fixture.ts';
import { DECIDED, legacyCda } from './submission.fixture.ts';

const UNIQUE_ID = '1.2.250.1.999.1.1.42';
const YESTERDAY = '1.2.250.1.999.1.1.7';
const ENTRY = 'urn:uuid:11111111-2222-4333-8444-555555555555';
const DECISIONS = { replaceInsInHeader: DECIDED };
const LETTER = { uniqueId: UNIQUE_ID, bytes: legacyCda() };
/** Of the patient of the bench: recognised by her matricule and traits. */
const OWN_INS_C = computeInsC({ firstGivenName: 'DOMINIQUE', birthDate: '1979-03-28', nir: PAT_TROIS_INS.matricule });
const OWN = { patient: `${OWN_INS_C}^^^&1.2.250.1.213.1.4.2&ISO^INS-C` };

const SUCCESS = /RegistryResponse[^>]*ResponseStatusType:Success"/;

let connector: Connector;
before(async () => {
  connector = await createConnector();
});

async function qualified(desk: DeskBench): Promise<DeskBench> {
  await desk.bench.admit();
  await desk.bench.settle();
  return desk;
}

describe('TD2.1', () => {
  test('succeeds once the DMP has accepted, and again without another sending', async (t) => {
    const desk = await qualified(await openDesk(t, connector, DECISIONS));
    assert.match((await desk.submit(LETTER)).text, SUCCESS);
    assert.match((await desk.submit(LETTER)).text, SUCCESS);
    assert.equal(desk.bench.dmp.submitted.length, 1);
  });

  test('is busy while the document waits, says for what, and succeeds once it has left', async (t) => {
    const desk = await openDesk(t, connector, DECISIONS);
    await desk.bench.admit({ patient: { status: 'PROV' } });
    assert.match((await desk.submit(LETTER)).text, /Failure.*XDSRepositoryBusy.*TDU-LEG-016.*\(TDU-FEED-\d+ /);
    await qualified(desk);
    assert.match((await desk.submit(LETTER)).text, SUCCESS);
    assert.equal(desk.bench.dmp.submitted.length, 1);
  });

  test('is busy when the DMP does not answer in time, and nothing is lost', async (t) => {
    const desk = await qualified(await openDesk(t, connector, DECISIONS));
    desk.bench.dmp.existenceAnswer = () => ({
      kind: 'failed',
      class: 'transient',
      refusal: { rule: dmpRules.unreachable },
    });
    assert.match((await desk.submit(LETTER)).text, /XDSRepositoryBusy/);
    assert.equal((await desk.bench.document()).state, 'ready');
  });

  test('is busy until its flow advances, then succeeds; a flow that is closed takes nothing new', async (t) => {
    const desk = await qualified(await openDesk(t, connector, DECISIONS, { migration: { startsIn: 'shadow' } }));
    const moveTo = async (to: Lane, canary?: { readonly percentage: number }) => {
      const [flow] = await laneFlows(desk.bench.context.pool, null);
      assert.ok(flow);
      const actor = { name: 'user:anne', role: 'interop' };
      const order = { flowId: flow.id, to, canary, reason: 'essai', revision: flow.revision, actor };
      assert.ok((await moveFlow(desk.bench.context, order, async () => [])).ok);
      await desk.bench.settle();
    };
    assert.match((await desk.submit(LETTER)).text, /XDSRepositoryBusy.*TDU-LEG-016.*\(TDU-LAN-\d+ /);
    await moveTo('canary', { percentage: 0 });
    assert.match((await desk.submit(LETTER)).text, /XDSRepositoryBusy.*\(TDU-LAN-\d+ /);
    await moveTo('v2');
    assert.match((await desk.submit(LETTER)).text, SUCCESS);
    await moveTo('closed');
    assert.match((await desk.submit(LETTER)).text, SUCCESS);
    const uniqueId = '1.2.250.1.999.1.1.43';
    const late = await desk.submit({ uniqueId, bytes: legacyCda({ uniqueId }) });
    assert.match(late.text, /XDSRepositoryError.*TDU-LAN-008/);
    assert.equal(desk.bench.dmp.submitted.length, 1);
  });

  test('is refused for good when the DMP refuses the document, by its rule', async (t) => {
    const desk = await qualified(await openDesk(t, connector, DECISIONS));
    const rule = xdsRule('XDSRegistryMetadataError');
    assert.ok(rule);
    const refusal = { rule, detail: 'XDSRegistryMetadataError : titre' };
    desk.bench.dmp.submitAnswer = () => ({ kind: 'refused', errors: [], class: 'permanent', refusal });
    const { text } = await desk.submit(LETTER);
    assert.match(text, /Failure.*XDSRepositoryError.*TDU-DMP/);
    assert.doesNotMatch(text, /Busy/);
  });

  test('succeeds before the DMP only by a decision of the site, or for a copy, which never leaves', async (t) => {
    const early = await openDesk(t, connector, { ...DECISIONS, successBeforeAcceptance: DECIDED });
    await early.bench.admit({ patient: { status: 'PROV' } });
    assert.match((await early.submit(LETTER)).text, SUCCESS);
    const copied = await qualified(await openDesk(t, connector, { copy: true }));
    assert.match((await copied.submit(LETTER)).text, SUCCESS);
    await copied.bench.settle();
    assert.deepEqual([copied.bench.dmp.submitted, (await copied.bench.document()).state], [[], 'withdrawn']);
  });
});

describe('TD3.1b', () => {
  test('names a document of ours by an id of ours, whether it has left or not', async (t) => {
    const desk = await qualified(await openDesk(t, connector, DECISIONS));
    await desk.submit(LETTER);
    const { id } = await desk.bench.document();
    const { text } = await desk.ask('registry', storedQuery('UniqueId', UNIQUE_ID), { patient: INS_C_CX });
    assert.match(
      text,
      new RegExp(`Success.*ExtrinsicObject id="urn:uuid:${id}".*StatusType:Approved.*value="${UNIQUE_ID}"`),
    );
    const back = await desk.ask('registry', storedQuery('EntryUUID', `urn:uuid:${id}`), { patient: INS_C_CX });
    assert.match(back.text, new RegExp(UNIQUE_ID));
  });

  test('asks the DMP for a document of yesterday, and finds nothing without an error', async (t) => {
    const desk = await qualified(await openDesk(t, connector));
    desk.bench.dmp.findAnswer = (name) => ({
      kind: 'answered',
      value: name === YESTERDAY ? [{ entryUuid: ENTRY, status: 'Approved', uniqueId: YESTERDAY }] : [],
    });
    const { text } = await desk.ask('registry', storedQuery('UniqueId', YESTERDAY), OWN);
    assert.match(text, new RegExp(`ExtrinsicObject id="${ENTRY}"`));
    const none = await desk.ask('registry', storedQuery('UniqueId', '1.2.250.1.999.1.1.8'), OWN);
    assert.match(none.text, /ResponseStatusType:Success.*<RegistryObjectList[^>]*><\/RegistryObjectList>/);
    const unknown = await desk.ask('registry', storedQuery('UniqueId', YESTERDAY), { patient: INS_C_CX });
    assert.match(unknown.text, /XDSUnknownPatientId.*TDU-LEG-018/);
  });
});

describe('TD3.3c', () => {
  test('takes a document of ours out of the DMP before it says so, once', async (t) => {
    const desk = await qualified(await openDesk(t, connector, DECISIONS));
    await desk.submit(LETTER);
    const { id } = await desk.bench.document();
    desk.bench.dmp.findAnswer = () => ({
      kind: 'answered',
      value: [{ entryUuid: ENTRY, status: 'Approved', uniqueId: UNIQUE_ID }],
    });
    for (let attempt = 1; attempt <= 2; attempt += 1)
      assert.match((await desk.ask('registry', statusUpdate(`urn:uuid:${id}`))).text, SUCCESS);
    assert.deepEqual(
      desk.bench.dmp.removed.map(({ entryUuid }) => entryUuid),
      [ENTRY],
    );
  });

  test('a document of yesterday is deleted by the id that the connector kept', async (t) => {
    const desk = await qualified(await openDesk(t, connector));
    desk.bench.dmp.findAnswer = (name) => ({
      kind: 'answered',
      value: [ENTRY, YESTERDAY].includes(name) ? [{ entryUuid: ENTRY, status: 'Approved', uniqueId: YESTERDAY }] : [],
    });
    const ask = (target: string) => desk.ask('registry', statusUpdate(target, undefined, OWN.patient), OWN);
    for (let attempt = 1; attempt <= 2; attempt += 1) assert.match((await ask(ENTRY)).text, SUCCESS);
    assert.deepEqual(
      desk.bench.dmp.removed.map(({ entryUuid, patient }) => [entryUuid, patient.ins]),
      [[ENTRY, PAT_TROIS_INS]],
    );
    const other = await ask('urn:uuid:99999999-2222-4333-8444-555555555555');
    assert.match(other.text, /XDSMetadataUpdateOperationError.*TDU-LEG-021/);
    const rows = await many(desk.bench.context.pool, "select 1 from document where action = 'delete'");
    assert.equal(rows.length, 1);
  });

  test('is busy while the DMP has not done it', async (t) => {
    const desk = await qualified(await openDesk(t, connector, DECISIONS));
    await desk.submit(LETTER);
    const { id } = await desk.bench.document();
    desk.bench.dmp.findAnswer = () => ({ kind: 'failed', class: 'transient', refusal: { rule: dmpRules.unreachable } });
    assert.match((await desk.ask('registry', statusUpdate(`urn:uuid:${id}`))).text, /XDSRegistryBusy.*TDU-LEG-022/);
  });
});
