/** A stay, a report in two forms and a merge, over the wire, as the software of a hospital sends them. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { hl7Timestamp } from '../../src/wire/hl7v2/timestamp.ts';
import { type Demonstration, type Document, startTestDemonstration, until } from '../support/demonstration.ts';
import { hasTool, run } from '../support/tools.ts';
import { admission, cdaOf, newUniqueId, pdfMessage, reportMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, patientWhere, qualified } from './waiting.fixture.ts';

/** The same person, admitted a second time under another number. */
const DUPLICATE = { ...PAT_TROIS, ipp: 'J-DOUBLON' };
const hoursAgo = (hours: number) => hl7Timestamp(new Date(Date.now() - hours * 3_600_000));

describe('every message', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration();
  });
  after(() => demonstration?.stop());

  async function send(message: { bytes: Buffer }): Promise<void> {
    assert.equal((await demonstration.send(message.bytes)).code, 'AA');
  }

  async function stay(): Promise<Record<string, unknown>> {
    const { body } = await demonstration.api('GET', `/stays?visitNumber=S${PAT_TROIS.ipp}`);
    const { items } = body as { items: Record<string, unknown>[] };
    assert.ok(items.length <= 1);
    return items[0] ?? {};
  }

  test('admitted, moved, corrected, discharged: the stay follows, and the identity is qualified on the way', async () => {
    const at = (hours: number, id: string, unit: string) => ({
      movement: { id, startsAt: hoursAgo(hours), action: 'INSERT', unit } as const,
    });
    await send(admission(PAT_TROIS, { event: 'A01', ...at(8, 'M1', 'CHIR') }));
    await send(admission(PAT_TROIS, { event: 'A02', ...at(6, 'M2', 'REA') }));
    await send(admission(PAT_TROIS, { event: 'A08', patient: { usedName: 'MARTIN' } }));
    await send(admission(PAT_TROIS, { event: 'A03', ...at(1, 'M3', 'REA') }));
    const closed = await until('the stay closed', async () => {
      const found = await stay();
      return found.state === 'closed' ? found : undefined;
    });
    assert.equal(closed.unit, 'REA');
    assert.ok(String(closed.admittedAt) < String(closed.dischargedAt));
    const patient = await qualified(demonstration, PAT_TROIS.ipp);
    assert.deepEqual([closed.patientId, patient.usedName], [patient.id, 'MARTIN']);
  });

  test('a report in two forms by ORU is two documents at the DMP, each answered', async (t) => {
    const uniqueIds = [newUniqueId(), newUniqueId()];
    const report = reportMessage(
      PAT_TROIS,
      uniqueIds.map((uniqueId) => cdaOf(PAT_TROIS, uniqueId)),
    );
    await send(report);
    const documents = await until('both accepted', async () => {
      const found = await demonstration.documents(report.controlId);
      assert.ok(found.every(({ state }) => !['refused', 'unreadable', 'withdrawn'].includes(state)));
      return found.length === 2 && found.every(({ state }) => state === 'accepted') ? found : undefined;
    });
    assert.deepEqual(documents.map(({ uniqueId }) => uniqueId).toSorted(), uniqueIds.toSorted());
    for (const uniqueId of uniqueIds) assert.equal((await demonstration.held({ uniqueId })).length, 1);
    await t.test('python-hl7 reads the answers', async (inner) => {
      if (!hasTool('python3')) return inner.skip('python3 is not installed');
      const program =
        'import hl7,json,sys; m=hl7.parse(sys.stdin.buffer.read().decode("utf-8")); o=m.segment("OBX"); print(json.dumps([str(m.segment("MSH")[9]), str(o[4]), str(o[5][0][0])]))';
      for (const { id } of documents) {
        const [answer] = await until('an answer', async () => {
          const found = await demonstration.answers(id);
          return found.length > 0 ? found : undefined;
        });
        const read = await run('/usr/bin/python3', ['-c', program], answer?.er7);
        if (/No module named/.test(read.stderr)) return inner.skip('python3-hl7 is not installed');
        assert.deepEqual(JSON.parse(read.stdout.toString('utf8')), ['ZAM^Z01^ZAM_Z01', report.controlId, 'Y']);
      }
    });
  });

  test('a document waits under a duplicate; once merged it leaves under the identity that remains', async () => {
    await send(
      admission(DUPLICATE, { patient: { status: 'PROV' }, visit: { patientClass: 'O', number: 'S-DOUBLON' } }),
    );
    await patientWhere(demonstration, DUPLICATE.ipp, 'known', () => true);
    const letter = await pdfMessage(DUPLICATE);
    await send(letter);
    await documentIn(demonstration, letter.controlId, 'waiting');
    await send(admission(PAT_TROIS, { event: 'A40', retiredIpp: DUPLICATE.ipp }));
    const accepted: Document = await documentIn(demonstration, letter.controlId, 'accepted');
    assert.equal(accepted.ipp, PAT_TROIS.ipp);
    const [held] = await demonstration.held({ uniqueId: accepted.uniqueId });
    assert.equal(held?.patient.matricule, PAT_TROIS.matricule);
    const survivor = await demonstration.patient(DUPLICATE.ipp);
    assert.equal(survivor?.id, (await demonstration.patient(PAT_TROIS.ipp))?.id);
    assert.deepEqual(
      survivor?.identifiers.filter(({ retired }) => retired === true).map(({ value }) => value),
      [DUPLICATE.ipp],
    );
    const late = await pdfMessage(DUPLICATE);
    await send(late);
    await documentIn(demonstration, late.controlId, 'accepted');
  });
});
