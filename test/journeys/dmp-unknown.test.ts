/** What became of a submission is not known: the DMP is asked, and the document is never there twice (promise 2). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Document, Fault } from '../support/demonstration.ts';
import { type Feeding, startFeeding } from './feeding.fixture.ts';
import { documentIn } from './waiting.fixture.ts';

const TIMEOUT_MS = 1_200;

interface Lost {
  readonly what: string;
  readonly fault: Fault;
  readonly delayMs?: number;
  readonly rule: string;
  /** How often the submission left. */
  readonly attempts: number;
  readonly step: string;
}

const LOST: readonly Lost[] = [
  {
    what: 'recorded, and the answer lost',
    fault: 'lost-answer',
    rule: 'TDU-DMP-003',
    attempts: 1,
    step: 'reconciled',
  },
  {
    what: 'the connection cut before anything was read',
    fault: 'reset',
    rule: 'TDU-DMP-003',
    attempts: 2,
    step: 'resend',
  },
  { what: 'HTTP 500 before anything was done', fault: 'http-500', rule: 'TDU-DMP-005', attempts: 2, step: 'resend' },
  { what: 'a fault of the service', fault: 'soap-fault', rule: 'TDU-DMP-005', attempts: 2, step: 'resend' },
  {
    what: 'slower than we wait, and recorded after all',
    fault: 'slow',
    delayMs: TIMEOUT_MS * 3,
    rule: 'TDU-DMP-003',
    attempts: 2,
    step: 'resend',
  },
];

describe('the outcome of a submission is unknown', () => {
  let feeding: Feeding;
  before(async () => {
    // Without TD0.2 the fault strikes the submission itself.
    feeding = await startFeeding({ checkExistence: false, timeoutMs: TIMEOUT_MS });
  });
  after(() => feeding?.demonstration.stop());

  const steps = ({ timeline }: Document): string[] => timeline.map(({ step }) => step);

  for (const { what, fault, delayMs, rule, attempts, step } of LOST)
    test(`${what}: unknown, asked, accepted once`, async () => {
      const { demonstration, sendLetter, acceptedOnce } = feeding;
      const before = (await demonstration.held()).length;
      await demonstration.dmp.set(fault, delayMs === undefined ? {} : { delayMs });
      const controlId = await sendLetter();
      const unknown = await documentIn(demonstration, controlId, 'unknown', rule);
      assert.equal(unknown.reason?.safeToResend, false);
      assert.deepEqual(await demonstration.answers(unknown.id), [], 'nothing is said before it is known');
      await demonstration.dmp.clear();
      const document = await acceptedOnce(controlId);
      assert.ok(steps(document).includes(step), steps(document).join());
      assert.equal(document.deliveries[0]?.attempts, attempts);
      assert.equal((await demonstration.held()).length, before + 1);
    });

  test('a document of the unknown asked about by a person is asked about at once', async () => {
    const { demonstration, sendLetter, acceptedOnce } = feeding;
    await demonstration.dmp.set('lost-answer');
    const controlId = await sendLetter();
    const { id } = await documentIn(demonstration, controlId, 'unknown');
    await demonstration.dmp.clear();
    assert.equal((await demonstration.api('POST', `/documents/${id}/ask-again`)).status, 202);
    await acceptedOnce(controlId);
  });
});
