/** Contexts 2 and 3: the RI is upstream. The same messages, with the INS; our copy is a mirror and INSi is never called. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_IPP_DOMAIN } from '../../src/demo/structure.ts';
import { type Demonstration, startTestDemonstration } from '../support/demonstration.ts';
import { admission, altered, cdaMessage, cdaOf, newUniqueId, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS, person } from './people.fixture.ts';
import { documentIn, patientWhere, qualified, untouchable } from './waiting.fixture.ts';

for (const context of [2, 3] as const) {
  describe(`identities qualified upstream (context ${context})`, () => {
    let demonstration: Demonstration;
    before(async () => {
      demonstration = await startTestDemonstration({ context });
    });
    after(() => demonstration?.stop());

    test('VALI with the INS from the declared upstream is qualified at once', async () => {
      const sent = admission(PAT_TROIS, { patient: { ins: PAT_TROIS } });
      assert.equal((await demonstration.send(sent.bytes)).code, 'AA');
      const patient = await qualified(demonstration, PAT_TROIS.ipp);
      assert.deepEqual([patient.matricule, patient.oid], [PAT_TROIS.matricule, PAT_TROIS.oid]);
      assert.equal(patient.mirror, true);
    });

    test('its PDF and its CDA are accepted by the DMP', async () => {
      const uniqueId = newUniqueId();
      const cda = cdaMessage(PAT_TROIS, cdaOf(PAT_TROIS, uniqueId), uniqueId, { patient: { ins: PAT_TROIS } });
      const pdf = await pdfMessage(PAT_TROIS, { patient: { ins: PAT_TROIS } });
      for (const { bytes } of [cda, pdf]) assert.equal((await demonstration.send(bytes)).code, 'AA');
      for (const { controlId } of [cda, pdf]) await documentIn(demonstration, controlId, 'accepted');
      const held = await demonstration.held({ matricule: PAT_TROIS.matricule });
      assert.deepEqual(
        held.map(({ status }) => status),
        ['Approved', 'Approved'],
      );
    });

    test('the billing number (NH) is never an INS: the document waits for the upstream, then leaves', async () => {
      const patient = person(1);
      const billed = altered(admission(patient, { patient: { ins: patient } }), '&ISO^INS|', '&ISO^NH|');
      await demonstration.send(billed.bytes);
      const { status, matricule } = await patientWhere(demonstration, patient.ipp, 'known', () => true);
      assert.deepEqual([status, matricule], ['VALI', undefined]);
      const letter = await pdfMessage(patient);
      await demonstration.send(letter.bytes);
      await documentIn(demonstration, letter.controlId, 'waiting', 'TDU-FEED-005');
      await demonstration.send(admission(patient, { event: 'A31', patient: { ins: patient } }).bytes);
      await documentIn(demonstration, letter.controlId, 'accepted');
    });

    test('an INS that the upstream does not vouch for is not trusted', async () => {
      const cases = [
        { patient: person(2), parts: { status: 'PROV' as const } },
        { patient: person(3), parts: { statusCodes: ['DOUT'] } },
        { patient: person(4), parts: { ins: { ...person(4), oid: '1.2.250.1.213.1.4.2' } } },
      ];
      for (const { patient, parts } of cases) {
        await demonstration.send(admission(patient, { patient: { ins: patient, ...parts } }).bytes);
        const known = await patientWhere(demonstration, patient.ipp, 'known', () => true);
        assert.notEqual(known.status, 'QUAL', patient.ipp);
        assert.equal(known.matricule, undefined);
      }
    });

    test('a loss of qualification upstream is mirrored, and what comes next waits', async () => {
      const patient = person(5);
      await demonstration.send(admission(patient, { patient: { ins: patient } }).bytes);
      await qualified(demonstration, patient.ipp);
      await demonstration.send(admission(patient, { event: 'A31', patient: { status: 'PROV' } }).bytes);
      const lost = await patientWhere(demonstration, patient.ipp, 'provisional', ({ status }) => status === 'PROV');
      assert.equal(lost.matricule, undefined);
      const letter = await pdfMessage(patient);
      await demonstration.send(letter.bytes);
      await documentIn(demonstration, letter.controlId, 'waiting', 'TDU-FEED-005');
    });

    test('nothing is created, searched, checked or downgraded here', async () => {
      const before = await untouchable(demonstration);
      const { ipp: _, matricule: __, oid: ___, ...traits } = person(6);
      const created = await demonstration.api('POST', '/patients', {
        ...traits,
        identifiers: [{ value: 'J-06', domain: DEMO_IPP_DOMAIN }],
      });
      const { id } = await qualified(demonstration, PAT_TROIS.ipp);
      const refused = [
        created,
        await demonstration.api('POST', `/patients/${id}/insi-search`),
        await demonstration.api('POST', `/patients/${id}/identity-check`, {
          documentType: 'CN',
          checkedAt: new Date().toISOString(),
          coherent: true,
        }),
        await demonstration.api('POST', `/patients/${id}/status`, { action: 'downgrade', to: 'PROV', reason: 'essai' }),
      ];
      for (const { status, type, body } of refused) {
        assert.deepEqual([status, type.split(';')[0]], [409, 'application/problem+json'], JSON.stringify(body));
        assert.match(JSON.stringify(body), /TDU-ID-039/);
      }
      assert.deepEqual(await untouchable(demonstration), before);
    });

    test('INSi was never called', async () => {
      assert.equal((await demonstration.insi.stats()).total, 0);
    });
  });
}
