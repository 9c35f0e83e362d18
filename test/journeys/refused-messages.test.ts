/** What cannot be taken in: refused in the acknowledgement with a coded explanation, kept, and nothing else changes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ruleById } from '../../src/rules/catalogue.ts';
import { type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import {
  admission,
  altered,
  cdaMessage,
  cdaOf,
  newUniqueId,
  otherPdf,
  pdfMessage,
  type Sent,
} from './messages.fixture.ts';
import { asInsiKnows, PAT_TROIS, person } from './people.fixture.ts';
import { documentIn, qualified, untouchable } from './waiting.fixture.ts';

const MAX_FRAME = 256 * 1024;

interface Refused {
  readonly what: string;
  readonly make: () => Sent | Promise<Sent>;
  readonly rule: string;
  readonly code?: 'AE' | 'AR';
  readonly location?: string;
}

const event = (name: string) => altered(admission(person(1)), 'ADT^A01^ADT_A01', name);

const cda = (content: Uint8Array | string, patient = {}): Sent =>
  cdaMessage(PAT_TROIS, Buffer.from(content), newUniqueId(), { patient });

const REFUSED: readonly Refused[] = [
  {
    what: 'an illegible encoding',
    make: () =>
      altered(
        admission(person(1), { encoding: '8859/1', patient: { usedName: 'DÉÇU' } }),
        /\|8859\/1/,
        '|UNICODE UTF-8',
      ),
    rule: 'TDU-HL7-008',
  },
  {
    what: 'a character set that is not read',
    make: () => altered(admission(person(1)), 'UNICODE UTF-8', 'UNICODE UTF-16'),
    rule: 'TDU-HL7-006',
    location: 'MSH-18',
  },
  {
    what: 'a truncated Base64',
    make: async () => altered(await pdfMessage(PAT_TROIS), /(\^Base64\^[^|]{4001})[^|]*/, '$1'),
    rule: 'TDU-HL7-057',
    location: 'OBX[1]-5',
  },
  { what: 'an unknown event', make: () => event('ADT^A24^ADT_A24'), rule: 'TDU-HL7-021', location: 'MSH-9' },
  { what: 'an unknown type', make: () => event('SIU^S12^SIU_S12'), rule: 'TDU-HL7-020', location: 'MSH-9' },
  {
    what: 'a processing id that nobody expects',
    make: () => altered(admission(person(1)), /\|T\|2\.5/, '|X|2.5'),
    rule: 'TDU-HL7-022',
    location: 'MSH-11',
  },
  {
    what: 'a version that is not read',
    make: () => altered(admission(person(1)), /\|T\|2\.5[^|]*/, '|T|3.0'),
    rule: 'TDU-HL7-023',
    location: 'MSH-12',
  },
  {
    what: 'a second message glued to the first',
    make: () => {
      const sent = admission(person(1));
      return { ...sent, bytes: Buffer.concat([sent.bytes, admission(person(2)).bytes]) };
    },
    rule: 'TDU-HL7-002',
  },
  {
    what: 'a patient without IPP',
    make: () => altered(admission(person(1)), /\|J-01\^[^|]*/, '|'),
    rule: 'TDU-HL7-040',
    location: 'PID-3',
  },
  {
    what: 'a document of nobody',
    make: async () => altered(await pdfMessage(PAT_TROIS), /\|J-PAT-TROIS\^[^|]*/, '|'),
    rule: 'TDU-HL7-040',
    location: 'PID-3',
  },
  {
    what: 'two INS for one patient',
    make: () =>
      altered(
        admission(person(1), { patient: { ins: person(1) } }),
        /~(\d{13})(\d\d)(\^[^|~]*)/,
        `~$1$2$3~${person(2).matricule}$3`,
      ),
    rule: 'TDU-HL7-043',
    location: 'PID-3',
  },
  {
    what: 'the CDA of another patient',
    make: () => cda(cdaOf(person(2), newUniqueId())),
    rule: 'TDU-HL7-063',
    location: 'PID-3',
  },
  {
    what: 'a CDA without the INS that the message gives',
    make: () =>
      cda(
        cdaOf(PAT_TROIS, newUniqueId())
          .toString('utf8')
          .replace(/<id root="1\.2\.250\.1\.213\.1\.4\.10"[^>]*\/>/, ''),
        { ins: PAT_TROIS },
      ),
    rule: 'TDU-HL7-064',
    location: 'PID-3',
  },
  {
    what: 'a CDA cut in the middle',
    make: () => cda(cdaOf(PAT_TROIS, newUniqueId()).subarray(0, 900)),
    rule: 'TDU-HL7-065',
    location: 'OBX-5',
  },
  {
    what: 'a CDA that declares an entity',
    make: () =>
      cda(
        cdaOf(PAT_TROIS, newUniqueId())
          .toString('utf8')
          .replace(/^(<\?xml[^>]*\?>)?/, '$1<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
      ),
    rule: 'TDU-HL7-065',
    location: 'OBX-5',
  },
  {
    what: 'a document that its author has not validated',
    make: async () => altered(await pdfMessage(PAT_TROIS), /\|AU\|/, '|DO|'),
    rule: 'TDU-HL7-061',
    location: 'TXA-17',
  },
];

/** An acknowledgement in 8859/1 has no typographic apostrophe. */
const plain = (text: string): string => text.replaceAll('’', "'");

describe('a message that cannot be taken in', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration({
      adjust: (config) => ({ ...config, mllp: { ...config.mllp, maxFrameBytes: MAX_FRAME } }),
    });
    await demonstration.send(admission(PAT_TROIS).bytes);
    await qualified(demonstration, PAT_TROIS.ipp);
  });
  after(() => demonstration?.stop());

  for (const { what, make, rule, code = 'AE', location } of REFUSED) {
    test(`${what}: ${code} with ${rule}, kept, nothing changed`, async () => {
      const before = await untouchable(demonstration);
      const sent = await make();
      const ack = await demonstration.send(sent.bytes);
      assert.deepEqual([ack.code, ack.controlId, ack.rule], [code, sent.controlId, rule]);
      const entry = ruleById(rule);
      assert.ok(entry !== undefined && plain(ack.text).includes(plain(`${entry.title}. ${entry.remedy.slice(0, 20)}`)));
      const kept = (await demonstration.stoppedMessages()).find((one) => one.messageControlId === sent.controlId);
      assert.deepEqual([kept?.state, kept?.reason.rule, kept?.bytes], ['refused', rule, sent.bytes.length]);
      if (location !== undefined) assert.equal(kept?.location, location);
      assert.deepEqual(await demonstration.documents(sent.controlId), []);
      assert.deepEqual(await untouchable(demonstration), before);
    });
  }

  test('an oversized frame: AR with TDU-HL7-010, its head kept to know whose it was', async () => {
    const before = await untouchable(demonstration);
    const sent = await pdfMessage(PAT_TROIS, { content: Buffer.alloc(MAX_FRAME, 0x41) });
    const ack = await demonstration.send(sent.bytes);
    assert.deepEqual([ack.code, ack.controlId, ack.rule], ['AR', sent.controlId, 'TDU-HL7-010']);
    const kept = await until('refusal kept', async () =>
      (await demonstration.stoppedMessages()).find(({ reason }) => reason.rule === 'TDU-HL7-010'),
    );
    assert.deepEqual([kept.messageControlId, kept.kind, kept.state], [sent.controlId, 'MDM^T02', 'refused']);
    assert.ok(kept.bytes > 0);
    assert.deepEqual(await untouchable(demonstration), before);
    assert.equal((await demonstration.send(admission(PAT_TROIS).bytes)).code, 'AA', 'the door stays open');
  });

  test('no MSH: nobody to answer, kept with TDU-HL7-001, and the connection is closed', async () => {
    const before = await untouchable(demonstration);
    const bytes = Buffer.from('PID|1||J-01^^^CH-DEMO^PI||PARCOURS AB^FICTIVE^^^^^L\r', 'utf8');
    assert.equal(await demonstration.sendPlain(bytes, 1_000), undefined);
    const kept = (await demonstration.stoppedMessages()).find(({ reason }) => reason.rule === 'TDU-HL7-001');
    assert.deepEqual([kept?.state, kept?.bytes, kept?.location], ['refused', bytes.length, 'MSH']);
    assert.deepEqual(await untouchable(demonstration), before);
  });

  test('a message without MSH-10 cannot be acknowledged by number, and is refused', async () => {
    const sent = admission(person(1));
    const ack = await demonstration.send(altered(sent, `|${sent.controlId}|`, '||').bytes);
    assert.deepEqual([ack.code, ack.rule], ['AE', 'TDU-HL7-009']);
    assert.equal(await demonstration.patient(person(1).ipp), undefined);
  });

  test('the same message again: the same AA, one document only', async () => {
    const sent = await pdfMessage(PAT_TROIS);
    for (let time = 0; time < 3; time++) {
      const ack = await demonstration.send(sent.bytes);
      assert.deepEqual([ack.code, ack.controlId], ['AA', sent.controlId]);
    }
    const { uniqueId } = await documentIn(demonstration, sent.controlId, 'accepted');
    assert.equal((await demonstration.send(sent.bytes)).code, 'AA', 'after the acceptance too');
    assert.equal((await demonstration.documents(sent.controlId)).length, 1);
    assert.equal((await demonstration.held({ uniqueId })).length, 1);
  });

  test('the same MSH-10 with another content is another message', async () => {
    const first = await pdfMessage(PAT_TROIS);
    const second = await pdfMessage(PAT_TROIS, { controlId: first.controlId, content: await otherPdf() });
    for (const { bytes } of [first, second]) assert.equal((await demonstration.send(bytes)).code, 'AA');
    const documents = await until('both accepted', async () => {
      const found = await demonstration.documents(first.controlId);
      return found.length === 2 && found.every(({ state }) => state === 'accepted') ? found : undefined;
    });
    assert.equal(new Set(documents.map(({ uniqueId }) => uniqueId)).size, 2);
    for (const { uniqueId } of documents) assert.equal((await demonstration.held({ uniqueId })).length, 1);
  });

  test('the same MSH-10 and form for another patient is another document', async () => {
    await demonstration.insi.post('/identities', asInsiKnows(person(3)));
    await demonstration.send(admission(person(3)).bytes);
    const first = await pdfMessage(PAT_TROIS);
    const second = await pdfMessage(person(3), { controlId: first.controlId });
    for (const { bytes } of [first, second]) assert.equal((await demonstration.send(bytes)).code, 'AA');
    await until('each in its DMP', async () => {
      const found = await demonstration.documents(first.controlId);
      return found.length === 2 && found.every(({ state }) => state === 'accepted') ? found : undefined;
    });
    assert.equal((await demonstration.held({ matricule: person(3).matricule })).length, 1);
  });
});
