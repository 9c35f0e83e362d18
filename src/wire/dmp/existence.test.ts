import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dmpRules } from '../../rules/dmp.ts';
import { lps, MATRICULE, qualifiedPatient } from '../xds/submission.fixture.ts';
import { text, withXml } from '../xml/xml.ts';
import { existenceRequest, judgeExistence, readExistence } from './existence.ts';

const NS = { h: 'urn:hl7-org:v3' };

describe('TD0.2 request', () => {
  it('asks whether this patient has a DMP', () => {
    const xml = existenceRequest({
      ins: qualifiedPatient().ins,
      lps,
      processingCode: 'P',
      createdAt: new Date('2026-11-23T10:30:59.999Z'),
      messageId: 'message',
      queryId: 'query',
    });
    const read = (xpath: string) => withXml(Buffer.from(xml), (root) => text(root, xpath, NS));
    assert.equal(read('@ITSVersion'), 'XML_1.0');
    assert.equal(read('h:creationTime/@value'), '20261123103059');
    assert.equal(read('h:id/@extension'), 'message');
    assert.equal(read('h:interactionId/@extension'), 'PRPA_IN201307UV02');
    assert.equal(read('h:processingCode/@code'), 'P');
    assert.equal(read('h:receiver/h:device/h:id/@root'), '1.2.250.1.213.4.1.1.1');
    assert.equal(read('h:sender/h:device/h:id/@root'), lps.oid);
    assert.equal(read('h:sender/h:device/h:softwareName'), "Trait d'Union");
    assert.equal(read('h:controlActProcess/h:reasonCode/@code'), 'TEST_EXST');
    const patient = 'h:controlActProcess/h:queryByParameter/h:parameterList/h:patientIdentifier';
    assert.equal(read(`${patient}/h:value/@root`), '1.2.250.1.213.1.4.10');
    assert.equal(read(`${patient}/h:value/@extension`), MATRICULE);
    assert.equal(read(`${patient}/h:semanticsText`), 'Patient.id');
  });
});

interface Said {
  readonly ack?: string;
  readonly detail?: string;
  readonly query?: string;
  readonly status?: string;
  readonly attention?: string;
}

function answer({ ack = 'AA', detail = '', query = 'OK', status = 'active', attention = '' }: Said): string {
  const subject =
    `<subject typeCode="SUBJ"><registrationEvent><subject1><patient><id root="1.2.250.1.213.1.4.10" extension="${MATRICULE}"/>` +
    `<statusCode code="${status}"/></patient></subject1></registrationEvent></subject>`;
  return (
    `<PRPA_IN201308UV02 xmlns="urn:hl7-org:v3" ITSVersion="XML_1.0"><acknowledgement typeCode="${ack}">${detail}` +
    `</acknowledgement>${attention}<controlActProcess classCode="CACT" moodCode="EVN">${query === 'OK' ? subject : ''}` +
    `<queryAck><queryResponseCode code="${query}"/></queryAck></controlActProcess></PRPA_IN201308UV02>`
  );
}

const attention = (keyword: string, value: string) =>
  `<attentionLine><keyWordText code="${keyword}"/><value ${value}/></attentionLine>`;
const detail = (code: string) =>
  `<acknowledgementDetail><code code="${code}"/><text>INS ${MATRICULE}</text></acknowledgementDetail>`;

describe('TD0.2 answer', () => {
  const judge = (said: Said) => {
    const read = withXml(Buffer.from(answer(said)), readExistence);
    assert.ok(read);
    const judged = judgeExistence(read);
    return judged.kind === 'answered'
      ? judged.value
      : `${judged.class} ${judged.refusal.rule.id} ${judged.refusal.detail}`;
  };

  it('says that the DMP is open, and what the caller may do', () => {
    const lines = attention('AUTORISATION', 'code="VALIDE"') + attention('STATUT_MT', 'value="true"');
    assert.deepEqual(judge({ attention: lines }), { state: 'active', authorisation: 'valid', treatingPhysician: true });
    const forbidden = attention('AUTORISATION', 'code="INTERDIT"');
    assert.deepEqual(judge({ attention: forbidden }), {
      state: 'active',
      authorisation: 'forbidden',
      treatingPhysician: false,
    });
    const odd = { state: 'active', authorisation: 'unstated', treatingPhysician: false };
    assert.deepEqual(judge({}), odd);
    assert.deepEqual(judge({ attention: attention('AUTORISATION', 'code="AUTRE"') }), odd);
  });

  it('says that the DMP is closed, or that there is none', () => {
    assert.deepEqual(judge({ status: 'terminated' }), { state: 'closed' });
    assert.deepEqual(judge({ ack: 'AE', detail: detail('DMPClosed') }), { state: 'closed' });
    assert.deepEqual(judge({ query: 'NF' }), { state: 'absent' });
  });

  it('says no more than it knows', () => {
    assert.equal(judge({ status: 'nullified' }), `transient ${dmpRules.queryUnanswered.id} statusCode`);
    assert.equal(judge({ query: 'QE' }), `transient ${dmpRules.queryUnanswered.id} QE`);
    const refused = `permanent ${dmpRules.requestRefused.id} AE DMPAutre: INS [matricule]`;
    assert.equal(judge({ ack: 'AE', detail: detail('DMPAutre') }), refused);
  });

  it('is not read from another message', () => {
    assert.equal(withXml(Buffer.from('<PRPA_IN201308UV02/>'), readExistence), undefined);
    assert.equal(withXml(Buffer.from('<PRPA_IN201306UV02 xmlns="urn:hl7-org:v3"/>'), readExistence), undefined);
  });
});
