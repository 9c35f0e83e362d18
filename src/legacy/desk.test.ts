import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { PAT_TROIS_INS, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { computeInsC } from '../ins/ins-c.ts';
import type { Ins } from '../ins/types.ts';
import { dmpRules } from '../rules/dmp.ts';
import { many } from '../store/db.ts';
import {
  CERTIFIED_IDENTITY,
  type Connector,
  createConnector,
  envelope,
  existence,
  mtom,
  plain,
  RETRIEVE,
  statusUpdate,
  storedQuery,
  submission,
  vihf,
} from './connector.fixture.ts';
import { type DeskBench, openDesk, V1 } from './desk.fixture.ts';

let connector: Connector;
before(async () => {
  connector = await createConnector();
});

async function seenBy(bench: UseCaseBench) {
  await bench.observer.flush();
  return many<Record<string, string>>(
    bench.context.pool,
    `select application, product, product_version as version, api, transaction, identity_kind as "identityKind", outcome, rule_id as "ruleId"
     from observation join observation_day using (key)`,
  );
}

describe('What is never done for an old connector', () => {
  test('TD0.0 is refused with an explanation and counted, whatever token it carries', async (t) => {
    const { bench, ask } = await openDesk(t, connector);
    const refused = await ask('patientCertif', CERTIFIED_IDENTITY);
    assert.equal(refused.status, 500);
    assert.match(refused.text, /TDU-LEG-013.*INSi/);
    assert.doesNotMatch(refused.text, /2790351215189/);
    const stranger = await connector.signerNamed('UN AUTRE');
    assert.match((await ask('patientCertif', CERTIFIED_IDENTITY, { signer: stranger })).text, /TDU-LEG-013/);
    const [seen] = await seenBy(bench);
    assert.deepEqual(seen, {
      application: 'CONNECTEUR-V1',
      product: 'ENTREPOT DMP',
      version: '7',
      api: 'V1',
      transaction: 'TD0.0',
      identityKind: 'none',
      outcome: 'refused',
      ruleId: 'TDU-LEG-013',
    });
  });

  test('consultation is refused in the answer of its own transaction', async (t) => {
    const { ask } = await openDesk(t, connector);
    const listed = await ask('registry', storedQuery('UniqueId', '1.2', '14d4debf-8f97-4251-9a74-a90016b0af0d'));
    assert.match(listed.text, /AdhocQueryResponse.*ResponseStatusType:Failure.*XDSRegistryError.*TDU-LEG-014/);
    assert.match(
      (await ask('repository', RETRIEVE)).text,
      /RetrieveDocumentSetResponse.*XDSRepositoryError.*TDU-LEG-014/,
    );
  });

  test('so is everything else, by its name', async (t) => {
    const { ask } = await openDesk(t, connector);
    const cases: readonly (readonly [string, string])[] = [
      [existence('1', '1.2.250.1.213.1.4.2', 'CNSLT_DATA'), 'TD1.3a'],
      ['<setAuthorization xmlns="urn:si-dmp-habilitations"/>', 'TD0.3'],
      [statusUpdate('urn:uuid:1', 'urn:asip:ci-sis:2010:StatusType:Archived'), 'TD3.3'],
      ['<inconnu/>', 'unknown'],
    ];
    for (const [content, transaction] of cases)
      assert.match((await ask('patients', content)).text, new RegExp(`TDU-LEG-015.*\\(${transaction}\\)`));
  });
});

describe('Who speaks', () => {
  test('a token that is altered, of an undeclared signer, of another structure or too old opens nothing', async (t) => {
    const { bench, submit } = await openDesk(t, connector);
    assert.match((await submit({}, { signer: await connector.signerNamed('UN AUTRE') })).text, /TDU-LEG-006/);
    const elsewhere = await createConnector();
    assert.match((await submit({}, { signer: elsewhere.signer })).text, /TDU-LEG-006/);
    assert.match((await submit({}, { structure: '1990000036' })).text, /TDU-LEG-008/);
    assert.match((await submit({}, { issuedAt: new Date(Date.now() - 3 * 86_400_000) })).text, /TDU-LEG-007/);
    assert.match((await submit({}, { patient: '1^^^&1.2.250.1.213.1.4.2&ISO^INS-C' })).text, /TDU-LEG-024/);
    const { rows } = await bench.context.pool.query('select 1 from document');
    assert.equal(rows.length, 0);
  });

  test('one altered after its signature is refused', async (t) => {
    const { post } = await openDesk(t, connector);
    const assertion = (await vihf({ signer: connector.signer })).replace('801234567897', '801234567899');
    const { content, attachments } = submission();
    const { text } = await post(`${V1}/repository`, mtom(envelope(assertion, content), attachments));
    assert.match(text, /TDU-LEG-005.*digest-mismatch/);
  });

  test('a card is that of the person whom the token names', async (t) => {
    const { submit } = await openDesk(t, connector);
    const card = await connector.signerNamed('801234567897');
    const own = await submit({}, { mode: 'DIRECTE', signer: card });
    assert.doesNotMatch(own.text, /TDU-LEG-006/);
    assert.match((await submit({}, { mode: 'DIRECTE', signer: card, user: '801234567898' })).text, /TDU-LEG-006/);
  });

  test('an undeclared certificate, or an address that is none of the DMP, is told so', async (t) => {
    const { post } = await openDesk(t, connector);
    const asked = plain(envelope(await vihf({ signer: connector.signer }), CERTIFIED_IDENTITY));
    assert.equal((await post(`${V1}/patientCertif`, asked, 'UN AUTRE')).status, 403);
    assert.equal((await post('/si-dmp-server/v3/services/patientCertif', asked)).status, 404);
  });
});

describe('What cannot be read', () => {
  test('is refused by a fault in the envelope that was used, and counted', async (t) => {
    const { bench, post } = await openDesk(t, connector);
    const assertion = await vihf({ signer: connector.signer });
    const old = await post(`${V1}/patientCertif`, plain(envelope(assertion, CERTIFIED_IDENTITY, '1.1')));
    assert.match(old.text, /schemas\.xmlsoap\.org\/soap\/envelope.*faultcode>s:Client.*TDU-LEG-013/);
    for (const asked of [
      plain('<a'),
      plain('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
      plain('<a/>'),
      { contentType: 'multipart/related; boundary=x', body: Buffer.from('--x\r\n') },
    ])
      assert.match((await post(`${V1}/repository`, asked)).text, /soap-envelope.*s:Sender.*TDU-LEG-002/);
    const unread = (await seenBy(bench)).filter(({ ruleId }) => ruleId === 'TDU-LEG-002');
    assert.deepEqual(
      unread.map(({ application, transaction, outcome }) => [application, transaction, outcome]),
      [['CONNECTEUR-V1', 'unknown', 'refused']],
    );
  });

  test('a set of two patients, without its document or with an addendum is refused by a code of the registry', async (t) => {
    const { submit } = await openDesk(t, connector);
    const other = await submit({ entryPatient: '2^^^&1.2.250.1.213.1.4.2&ISO^INS-C' });
    assert.match(other.text, /RegistryResponse.*Failure.*XDSPatientIdDoesNotMatch.*TDU-LEG-011/);
    assert.match((await submit({ bytes: Buffer.alloc(0) })).text, /XDSMissingDocument.*TDU-LEG-010/);
    const addendum =
      '<rim:Association associationType="urn:ihe:iti:2007:AssociationType:APND" sourceObject="Document01" targetObject="urn:uuid:1"/>';
    assert.match((await submit({ more: addendum })).text, /XDSRepositoryMetadataError.*TDU-LEG-012/);
  });
});

describe('TD0.2', () => {
  const INS_C_OID = '1.2.250.1.213.1.4.2';
  const insC = computeInsC({ firstGivenName: 'DOMINIQUE', birthDate: '1979-03-28', nir: PAT_TROIS_INS.matricule });
  const asks = async ({ ask }: DeskBench, value: string, oid: string) =>
    (await ask('patients', existence(value, oid), { patient: `${value}^^^&${oid}&ISO^X` })).text;

  test('is asked of the DMP under the qualified INS, and answered under the number of the connector', async (t) => {
    const desk = await openDesk(t, connector);
    await desk.bench.admit();
    await desk.bench.run('insi');
    const asked: Ins[] = [];
    const { existence: before } = desk.bench.dmp;
    desk.bench.dmp.existence = (patient, acting) => {
      asked.push(patient.ins);
      return before(patient, acting);
    };
    const answer = await asks(desk, insC, INS_C_OID);
    assert.match(answer, new RegExp(`extension="${insC}"/><statusCode code="active"/>`));
    assert.match(answer, /typeCode="AA".*queryResponseCode code="OK"/);
    assert.doesNotMatch(answer, new RegExp(PAT_TROIS_INS.matricule));
    assert.match(await asks(desk, PAT_TROIS_INS.matricule, PAT_TROIS_INS.oid), /statusCode code="active"/);
    // The second answer is that of a minute ago.
    assert.deepEqual(asked, [PAT_TROIS_INS]);
    desk.bench.advance(61_000);
    desk.bench.dmp.existenceAnswer = () => ({ kind: 'answered', value: { state: 'closed' } });
    assert.match(await asks(desk, insC, INS_C_OID), /statusCode code="terminated"/);
  });

  test('is refused with its reason for a patient who is unknown or not qualified', async (t) => {
    const desk = await openDesk(t, connector);
    await desk.bench.admit({ patient: { status: 'PROV' } });
    assert.match(await asks(desk, insC, INS_C_OID), /typeCode="AE".*TDU-LEG-018.*queryResponseCode code="AE"/);
    await desk.bench.admit();
    await desk.bench.run('insi');
    desk.bench.dmp.existenceAnswer = () => ({
      kind: 'failed',
      class: 'transient',
      refusal: { rule: dmpRules.unreachable },
    });
    assert.match(await asks(desk, insC, INS_C_OID), /TDU-LEG-020/);
  });
});
