/** One patient with a qualified identity, whose letters are sent and followed to the DMP. */
import assert from 'node:assert/strict';
import type { ConfigInput } from '../../src/config/schema.ts';
import { type Demonstration, type Document, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

type DmpInput = NonNullable<ConfigInput['dmp']>;

export interface Feeding {
  readonly demonstration: Demonstration;
  /** Sends a letter and gives its MSH-10. */
  sendLetter(): Promise<string>;
  /** Waits until it is accepted: in the ledger once, at the DMP once, answered once. */
  acceptedOnce(controlId: string): Promise<Document>;
}

export async function startFeeding(settings: Partial<DmpInput> = {}): Promise<Feeding> {
  const demonstration = await startTestDemonstration({
    adjust: (config) => ({ ...config, ...(config.dmp && { dmp: { ...config.dmp, ...settings } }) }),
  });
  await demonstration.send(admission(PAT_TROIS).bytes);
  await qualified(demonstration, PAT_TROIS.ipp);
  return {
    demonstration,
    async sendLetter() {
      const letter = await pdfMessage(PAT_TROIS);
      assert.equal((await demonstration.send(letter.bytes)).code, 'AA');
      return letter.controlId;
    },
    async acceptedOnce(controlId) {
      const document = await documentIn(demonstration, controlId, 'accepted');
      const held = await demonstration.held({ uniqueId: document.uniqueId });
      assert.deepEqual(
        held.map(({ status }) => status),
        ['Approved'],
      );
      const { rows } = await demonstration.pool.query('select 1 from ledger where document_id = $1', [document.id]);
      assert.equal(rows.length, 1);
      await until('answered once', async () => {
        const answers = await demonstration.answers(document.id);
        assert.ok(answers.length <= 1);
        return answers[0]?.state === 'delivered' ? true : undefined;
      });
      return document;
    },
  };
}
