/** A letter for the DMP, a physician and its patient: each leaves behind its own gate, and each outcome is told to the sender. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { type Demonstration, type Document, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { qualified } from './waiting.fixture.ts';

const DOCTOR = 'claire.martin@medecin.mssante.fr';
const FLAGS = { DESTDMP: true, DESTMSSANTEPS: true, DESTMSSANTEPAT: true, ACK_RECEPTION: true, ACK_LECTURE_MSS: false };

const deposits = z.object({
  mails: z.array(z.object({ to: z.string(), subject: z.string(), patientId: z.string().nullable(), raw: z.string() })),
});

describe('MSSanté: from the flags of a message to the mailboxes, and back to its sender', () => {
  let demonstration: Demonstration;
  let controlId = '';
  before(async () => {
    demonstration = await startTestDemonstration();
  });
  after(() => demonstration?.stop());

  const taken = async () => {
    const control = demonstration.runtime.mssante?.control ?? '';
    const answer = await fetch(`${control}/mails/search`, { method: 'POST', body: '{"raw":true}' });
    return deposits.parse(await answer.json()).mails;
  };
  const states = ({ deliveries }: Document) => deliveries.map(({ destination, state }) => `${destination} ${state}`);
  const letterWhere = (what: string, fits: (document: Document) => boolean) =>
    until(what, async () => {
      const [document] = await demonstration.documents(controlId);
      return document !== undefined && fits(document) ? document : undefined;
    });

  test('while the patient is not qualified the physician has the letter, without any matricule; the others wait', async () => {
    await demonstration.send(admission(PAT_TROIS, { patient: { status: 'PROV' } }).bytes);
    const letter = await pdfMessage(PAT_TROIS, { recipients: [DOCTOR], flags: FLAGS, patient: { status: 'PROV' } });
    controlId = letter.controlId;
    assert.equal((await demonstration.send(letter.bytes)).code, 'AA');
    const document = await letterWhere('the physician has it', (each) => states(each).includes('MSSANTE-PS accepted'));
    assert.deepEqual(states(document), ['DMP waiting', 'MSSANTE-PATIENT waiting', 'MSSANTE-PS accepted']);
    assert.equal(document.state, 'waiting');
    const [mail, ...others] = await taken();
    assert.equal(others.length, 0);
    assert.equal(mail?.to, DOCTOR);
    assert.match(mail?.patientId ?? '', /\^PI$/);
    assert.ok(!Buffer.from(mail?.raw ?? '', 'base64').includes(PAT_TROIS.matricule));
  });

  test('once qualified, the DMP and the patient have it too, and nobody has it twice', async () => {
    await demonstration.send(admission(PAT_TROIS, { event: 'A31' }).bytes);
    await qualified(demonstration, PAT_TROIS.ipp);
    const document = await letterWhere('all of them', ({ state }) => state === 'accepted');
    assert.deepEqual(states(document), ['DMP accepted', 'MSSANTE-PATIENT accepted', 'MSSANTE-PS accepted']);
    assert.deepEqual(
      (await taken()).map(({ to }) => to),
      [DOCTOR, `${PAT_TROIS.matricule}@patient.mssante.fr`],
    );
  });

  test('the notifications come back over IMAP: one ZAM^Z02 for each, and the ZAM^Z01 of the DMP', async () => {
    const document = await letterWhere('it', () => true);
    const answers = await until('three answers', async () => {
      const given = await demonstration.answers(document.id);
      return given.filter(({ state }) => state === 'delivered').length === 3 ? given : undefined;
    });
    assert.deepEqual(answers.map(({ kind }) => kind).sort(), ['ZAM^Z01', 'ZAM^Z02', 'ZAM^Z02']);
    for (const { er7 } of answers) assert.ok(!er7.includes(PAT_TROIS.matricule));
    assert.ok(answers.some(({ er7 }) => er7.includes(DOCTOR)));
  });
});
