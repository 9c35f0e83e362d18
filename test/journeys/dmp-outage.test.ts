/** The DMP is away or breaks down: nothing is refused, nothing is lost, nothing is there twice. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../support/demonstration.ts';
import { type Feeding, startFeeding } from './feeding.fixture.ts';

const FAULTS = ['soap-fault', 'http-500', 'reset', 'lost-answer'] as const;

describe('the DMP is away', () => {
  let feeding: Feeding;
  before(async () => {
    feeding = await startFeeding();
  });
  after(() => feeding?.demonstration.stop());

  const held = async (): Promise<number> => (await feeding.demonstration.held()).length;

  test('stopped, ten documents sent, started again: ten accepted, none twice', async () => {
    const { demonstration, sendLetter, acceptedOnce } = feeding;
    await demonstration.dmp.set('down');
    const sent: string[] = [];
    for (let count = 0; count < 10; count++) sent.push(await sendLetter());
    await until('held back with the reason', async () => {
      const documents = (await Promise.all(sent.map((id) => demonstration.documents(id)))).flat();
      const reasons = documents.map(({ state, reason }) => `${state} ${reason?.rule}`);
      return documents.length === 10 && reasons.includes('ready TDU-DMP-001') ? true : undefined;
    });
    assert.equal(await held(), 0);
    await demonstration.dmp.clear();
    for (const controlId of sent) await acceptedOnce(controlId);
    assert.equal(await held(), 10);
  });

  for (const fault of FAULTS)
    test(`${fault} on half of the requests: everything is accepted, none twice`, async () => {
      const { demonstration, sendLetter, acceptedOnce } = feeding;
      const before = await held();
      await demonstration.dmp.set(fault, { rate: 0.5 });
      const sent: string[] = [];
      for (let count = 0; count < 3; count++) sent.push(await sendLetter());
      for (const controlId of sent) await acceptedOnce(controlId);
      await demonstration.dmp.clear();
      assert.equal(await held(), before + 3);
    });
});
