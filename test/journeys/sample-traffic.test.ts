/** What `npm start` shows: the sample patients and their letters, over the same wire as a hospital's. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { DEMO_PATIENTS } from '../../src/demo/patients.ts';
import { type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { patientWhere } from './waiting.fixture.ts';

/** One patient of each kind of work; every other one is qualified and its letter accepted. */
const STOPPED: Readonly<Record<string, { status: string; insi: string; rule: string }>> = {
  // PROV: a device is to be checked.
  D100007: { status: 'PROV', insi: 'none', rule: 'TDU-FEED-001' },
  // INSi does not know her.
  D100008: { status: 'VALI', insi: 'not-found', rule: 'TDU-INSI-001' },
};
/** INSi holds his given names in another order: a person settles it. */
const DISCREPANT = 'D100009';

describe('the sample traffic', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration({ quietFeed: false });
  });
  after(() => demonstration?.stop());

  const letterOf = async (ipp: string) => {
    const { body } = await demonstration.api('GET', `/documents?ipp=${ipp}`);
    return (body as { items: { state: string; reason: { rule: string; owner: string } | null }[] }).items;
  };

  test('a first document is accepted by the DMP within 60 seconds of the start', async () => {
    const took = await demonstration.firstAcceptance;
    assert.ok(took !== undefined && took > 0 && took < 60_000, `${took} ms`);
  });

  for (const { ipp } of DEMO_PATIENTS) {
    const stopped = STOPPED[ipp];
    const ending = ipp === DISCREPANT ? 'waits for a discrepancy' : stopped === undefined ? 'accepted' : 'waits';
    test(`${ipp}: ${ending}`, async () => {
      if (ipp === DISCREPANT) {
        const patient = await patientWhere(
          demonstration,
          ipp,
          'discrepant',
          ({ insi }) => insi.state === 'discrepancy',
        );
        assert.deepEqual([patient.status, patient.matricule], ['VALI', undefined]);
      } else if (stopped === undefined) {
        await patientWhere(demonstration, ipp, 'qualified', ({ status }) => status === 'QUAL');
      } else {
        await patientWhere(demonstration, ipp, 'stopped', ({ status, insi }) => {
          return status === stopped.status && insi.state === stopped.insi;
        });
      }
      const expected = ipp === DISCREPANT || stopped !== undefined ? 'waiting' : 'accepted';
      const [letter, ...others] = await until(`letter ${expected}`, async () => {
        const found = await letterOf(ipp);
        const settled =
          found[0]?.state === expected && (stopped === undefined || found[0].reason?.rule === stopped.rule);
        return settled ? found : undefined;
      });
      assert.equal(others.length, 0);
      if (ipp === DISCREPANT) assert.equal(letter?.reason?.owner, 'identitovigilance');
    });
  }

  test('the DMP holds one letter for each qualified patient, and nothing else', async () => {
    const held = await demonstration.held();
    assert.equal(held.length, DEMO_PATIENTS.length - Object.keys(STOPPED).length - 1);
    assert.equal(new Set(held.map(({ patient }) => patient.matricule)).size, held.length);
  });
});
