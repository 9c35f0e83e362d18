/**
 * A connector of yesterday, written apart from the product, whose endpoint and trusted authority alone have changed: it feeds,
 * replaces and deletes through the door of old connectors, and the DMP sees API V2 with a qualified INS and nothing else.
 */
import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEMO_EG, DEMO_IPP_DOMAIN } from '../../src/demo/structure.ts';
import { INS_OIDS } from '../../src/ins/oids.ts';
import { documentOf, profileOf } from '../../src/simulators/connector/bench.fixture.ts';
import { type Connector, createConnector } from '../../src/simulators/connector/connector.ts';
import type { ConnectorPatient } from '../../src/simulators/connector/model.ts';
import { type Outbox, openOutbox } from '../../src/simulators/connector/outbox.ts';
import { type Demonstration, startTestDemonstration } from '../support/demonstration.ts';
import { admission } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { qualified } from './waiting.fixture.ts';

const AUTHOR = { id: '801234567897', family: 'MARTIN', given: 'CLAIRE' };

function asConnectorKnows(nir: string): ConnectorPatient {
  const { ipp, birthName, firstGivenName, birthGivenNames: givenNames, birthDate, birthPlace } = PAT_TROIS;
  assert.ok(givenNames !== undefined && birthPlace !== undefined);
  const day = birthDate.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3');
  return {
    ipp,
    birthName,
    firstGivenName,
    givenNames,
    sex: 'F',
    birthDate: day,
    birthPlace,
    card: { nir, birthRank: 1 },
  };
}

/** What left is the original, kept as it came, but for the number of its header; the API says where, and by whom it came. */
async function changedOnlyTheNumber(demonstration: Demonstration, uniqueId: string, hash: string): Promise<void> {
  const listed = (await demonstration.api('GET', `/documents?uniqueId=${uniqueId}`)).body;
  const id = (listed as { items: { id: string }[] }).items[0]?.id ?? '';
  const { connector } = (await demonstration.api('GET', `/documents/${id}`)).body as { connector: unknown };
  assert.deepEqual({ ...(connector as object), submissionSet: '' }, CAME_BY);
  const form = (name: 'original' | 'cda' | 'difference') => demonstration.content(id, name);
  const [original, sent, difference] = await Promise.all([form('original'), form('cda'), form('difference')]);
  assert.equal(createHash('sha1').update(sent).digest('hex'), hash);
  const { changes } = JSON.parse(difference.toString('utf8')) as { changes: { before: string; after: string }[] };
  assert.equal(changes.length, 2);
  const expected = changes.reduce(
    (text, { before, after }) => text.replace(`"${before}"`, `"${after}"`),
    original.toString('utf8'),
  );
  assert.equal(sent.toString('utf8'), expected);
}

const CAME_BY = { api: 'V1', mode: 'INDIRECTE', software: 'DMPCONNECT', version: '1', submissionSet: '' };

describe('a connector of yesterday', () => {
  let demonstration: Demonstration;
  let connector: Connector;
  let outbox: Outbox;
  let patient: ConnectorPatient;
  const profile = profileOf('DMPCONNECT', '1');

  before(async () => {
    demonstration = await startTestDemonstration();
    await demonstration.send(admission(PAT_TROIS).bytes);
    const { matricule = '' } = await qualified(demonstration, PAT_TROIS.ipp);
    patient = asConnectorKnows(matricule);
    const { caPem: ca, connector: client, connectorSign: signer } = demonstration.place.pki;
    connector = createConnector({
      profile,
      site: {
        eg: DEMO_EG,
        name: 'Hôpital des Essais',
        oid: '1.2.250.1.999.2',
        ippDomain: DEMO_IPP_DOMAIN,
        sector: 'SA01',
      },
      user: AUTHOR,
      keys: {
        client: { cert: client.certPem, key: client.keyPem },
        signer: { cert: signer.certPem, key: signer.keyPem },
      },
      endpoint: { url: `${demonstration.runtime.legacy?.url}/si-dmp-server/v1/services`, ca },
      insOid: INS_OIDS.nirTest,
      now: () => new Date(),
      newUuid: randomUUID,
    });
    outbox = await openOutbox({
      connector,
      journal: join(demonstration.place.data, 'connector.jsonl'),
      now: () => new Date(),
      // Its patience, in hundredths.
      wait: (ms) => sleep(Math.min(ms / 100, 300)),
    });
  });
  after(async () => {
    await outbox?.close();
    await demonstration?.stop();
  });

  test('feeds, replaces and deletes by API V1; the DMP sees API V2 under the qualified INS', async () => {
    const first = documentOf(profile);
    assert.deepEqual(await outbox.send({ kind: 'new', patient, document: first }), { said: 'accepted' });
    const [held] = await demonstration.held({ uniqueId: first.uniqueId });
    assert.equal(held?.status, 'Approved');
    assert.equal(held.patient.oid, INS_OIDS.nirTest);
    assert.equal(held.patient.matricule.slice(0, 13), patient.card.nir.slice(0, 13));
    await changedOnlyTheNumber(demonstration, first.uniqueId, held.hash);

    const second = { ...documentOf(profile), setId: first.setId, version: 2, title: 'Compte rendu corrigé' };
    const replaced = await outbox.send({ kind: 'replacement', patient, document: second, replaces: first.uniqueId });
    assert.deepEqual(replaced, { said: 'accepted' });
    assert.equal((await demonstration.held({ uniqueId: first.uniqueId }))[0]?.status, 'Deprecated');

    assert.deepEqual(await outbox.send({ kind: 'deletion', patient, uniqueId: second.uniqueId }), { said: 'accepted' });
    assert.equal((await demonstration.held({ uniqueId: second.uniqueId }))[0]?.status, 'Deleted');
    const { byIdentityKind, byTransaction } = await demonstration.dmp.stats();
    assert.deepEqual([byIdentityKind['INS-C'], byTransaction['TD0.0']], [undefined, undefined]);
  });

  test('is told why it may not consult, and that TD0.0 is over', async () => {
    const named = connector.name(patient, undefined);
    const listed = await connector.list(named);
    assert.ok(listed.kind === 'refused' && listed.reason.includes('TDU-LEG-014'));
    const certified = await connector.certify(patient);
    assert.ok(certified.kind === 'refused' && certified.reason.includes('TDU-LEG-013'));
  });
});
