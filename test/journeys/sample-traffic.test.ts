/** What `npm start` shows: the sample patients and their letters, over the same wire as a hospital's. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { documentView, listOf } from '../../src/api/views.ts';
import { DEMO_PATIENTS } from '../../src/demo/patients.ts';
import { DEMO_EG } from '../../src/demo/structure.ts';
import { type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { patientWhere } from './waiting.fixture.ts';

interface Ending {
  readonly status: string;
  readonly insi: string;
  readonly letter: string;
  readonly rule: string | undefined;
}

const ACCEPTED: Ending = { status: 'QUAL', insi: 'settled', letter: 'accepted', rule: undefined };

const LETTER = '11490-0';

const unmapped = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      localValue: z.string(),
      label: z.string(),
      sender: z.string(),
      documents: z.number(),
    }),
  ),
});

/** One patient of each kind of work that a desk has to do. */
const STOPPED: Readonly<Record<string, Ending>> = {
  // No device was checked, so INSi is not asked.
  D100007: { status: 'PROV', insi: 'none', letter: 'waiting', rule: 'TDU-FEED-001' },
  // INSi does not know her.
  D100008: { status: 'VALI', insi: 'not-found', letter: 'waiting', rule: 'TDU-INSI-001' },
  // INSi holds his given names in another order.
  D100009: { status: 'VALI', insi: 'discrepancy', letter: 'waiting', rule: 'TDU-ID-021' },
};

describe('the sample traffic', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration({ quietFeed: false });
  });
  after(() => demonstration?.stop());

  async function lettersOf(ipp: string): Promise<z.output<typeof documentView>[]> {
    const { body } = await demonstration.api('GET', `/documents?ipp=${ipp}`);
    return listOf(documentView)
      .parse(body)
      .items.filter(({ typeCode }) => typeCode === LETTER);
  }

  test('a first document is accepted by the DMP within 60 seconds of the start', async () => {
    const took = await demonstration.firstAcceptance;
    assert.ok(took !== undefined && took > 0 && took < 60_000, `${took} ms`);
  });

  for (const { ipp } of DEMO_PATIENTS) {
    const { status, insi, letter, rule } = STOPPED[ipp] ?? ACCEPTED;
    test(`${ipp}: ${status}, INSi ${insi}, one letter ${letter}${rule === undefined ? '' : ` for ${rule}`}`, async () => {
      await patientWhere(demonstration, ipp, status, (one) => one.status === status && one.insi.state === insi);
      const letters = await until(`letter of ${ipp} ${letter}`, async () => {
        const found = await lettersOf(ipp);
        return found[0]?.state === letter && found[0].reason?.rule === rule ? found : undefined;
      });
      assert.equal(letters.length, 1);
    });
  }

  test('the mapping desk shows the local type and author of the radiology, whose reports wait for it', async () => {
    const reports = DEMO_PATIENTS.filter(({ imaging }) => imaging === true).length;
    assert.equal(reports, 2);
    const values = await until('the values of the radiology', async () => {
      const { items } = unmapped.parse((await demonstration.api('GET', '/mappings/unmapped')).body);
      return items.length === 2 && items.every(({ documents }) => documents === reports) ? items : undefined;
    });
    assert.deepEqual(
      values.map(({ kind, localValue, label, sender }) => [kind, localValue, label, sender]).toSorted(),
      [
        ['authors', 'RX07', 'BERNARD, PAUL', 'RIS-DEMO|CH-DEMO'],
        ['types', 'CRRADIO', 'Compte rendu de radiologie', 'RIS-DEMO|CH-DEMO'],
      ],
    );
  });

  test('the DMP holds one letter for each qualified patient, a report for one, and nothing else', async () => {
    const letters = DEMO_PATIENTS.length - Object.keys(STOPPED).length;
    const reports = DEMO_PATIENTS.filter(({ report }) => report === true).length;
    const held = await until('the report accepted', async () => {
      // What other structures put in before is not ours.
      const found = (await demonstration.held()).filter(({ structure }) => structure === `1${DEMO_EG}`);
      return found.length === letters + reports ? found : undefined;
    });
    assert.equal(reports, 1);
    assert.equal(new Set(held.map(({ patient }) => patient.matricule)).size, letters);
  });
});
