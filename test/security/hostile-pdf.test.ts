/** Hostile PDFs for a qualified patient of a running gateway: refused by a rule or sent as any other; care goes on. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { admission, pdfMessage } from '../journeys/messages.fixture.ts';
import { asInsiKnows, person } from '../journeys/people.fixture.ts';
import { documentIn, qualified } from '../journeys/waiting.fixture.ts';
import { type Demonstration, startTestDemonstration } from '../support/demonstration.ts';
import { PDF_ATTACKS } from './hostile-pdf.fixture.ts';

const PATIENT = person(61);
const WITNESS = person(62);
/** Admission during the work on a hostile document; hostile.md asks 10 s of CPU of the document itself. */
const MOST_ADMISSION_MS = 2_000;
const MOST_RESIDENT_BYTES = 1_500 * 1024 * 1024;

describe('Hostile PDF', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration();
    await demonstration.insi.post('/identities', asInsiKnows(PATIENT));
    await demonstration.send(admission(PATIENT).bytes);
    await qualified(demonstration, PATIENT.ipp);
  });
  after(() => demonstration.stop());

  for (const { name, bytes, rule } of PDF_ATTACKS)
    test(name, async () => {
      const held = (await demonstration.held({ matricule: PATIENT.matricule })).length;
      const message = await pdfMessage(PATIENT, { content: await bytes() });
      assert.equal((await demonstration.send(message.bytes)).code, 'AA');
      const started = performance.now();
      assert.equal((await demonstration.send(admission(WITNESS, { event: 'A08' }).bytes)).code, 'AA');
      assert.ok(performance.now() - started < MOST_ADMISSION_MS, 'care goes on');
      const document = await documentIn(demonstration, message.controlId, rule === undefined ? 'accepted' : 'refused');
      if (rule !== undefined) assert.match(document.reason?.rule ?? '', rule);
      assert.equal(
        (await demonstration.held({ matricule: PATIENT.matricule })).length,
        held + (rule === undefined ? 1 : 0),
      );
      assert.ok(process.memoryUsage.rss() < MOST_RESIDENT_BYTES, `${process.memoryUsage.rss()} bytes`);
    });

  test('an ordinary letter still goes through', async () => {
    const message = await pdfMessage(PATIENT);
    await demonstration.send(message.bytes);
    await documentIn(demonstration, message.controlId, 'accepted');
  });
});
