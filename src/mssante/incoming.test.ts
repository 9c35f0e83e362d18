import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { found, PAT_TROIS_INS } from '../../test/support/use-case-bench.ts';
import { changeStatus } from '../identity/index.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import { judge } from '../wire/hl7v2/judge.fixture.ts';
import { HEADERS, mailOf } from '../wire/mail/mail.fixture.ts';
import { zipOf } from '../wire/xdm/archive.fixture.ts';
import { decideDocument, decideMail } from './incoming-desk.ts';
import { acknowledge, cdaOf, type IncomingBench, openIncoming, xdmMail } from './incoming-mails.fixture.ts';

const BY = { name: 'user:essai', eg: null, reason: 'essai' };

/** PAT-TROIS, qualified. */
async function qualified(bench: IncomingBench): Promise<string> {
  await bench.admit({ patient: { ipp: 'P1' } });
  await bench.run('insi');
  return (await bench.identity('P1')).id;
}

function segment(er7: string, name: string, nth = 0): string[] {
  return (
    er7
      .split('\r')
      .filter((line) => line.startsWith(`${name}|`))
      [nth]?.split('|') ?? []
  );
}

test('a document of a qualified patient whose traits agree goes to the DPI by itself, byte for byte', async (t) => {
  const bench = await openIncoming(t);
  const id = await qualified(bench);
  await bench.receive(xdmMail({ visibility: ['INVISIBLE_PATIENT'] }));
  assert.equal((await bench.last()).state, 'handing');
  await bench.work('mail-handover');
  const [er7 = ''] = bench.handed;
  assert.equal(segment(er7, 'MSH')[8], 'MDM^T02^MDM_T02');
  assert.equal(segment(er7, 'MSH')[20], '1.1^CISIS_CDA_HL7_LPS');
  assert.equal(segment(er7, 'PID')[3], `${PAT_TROIS_INS.matricule}^^^ASIP-SANTE-INS-NIR&${PAT_TROIS_INS.oid}&ISO^INS`);
  assert.equal(segment(er7, 'PV1')[2], 'N');
  assert.equal(segment(er7, 'OBX')[5], `^text^XML^Base64^${cdaOf({}).toString('base64')}`);
  assert.match(segment(er7, 'OBX', 1)[3] ?? '', /^<.*@medecin\.mssante\.fr>\^XDM\/1\.0\/DDM\+Lettre/);
  assert.deepEqual(
    [2, 3, 4, 5].map((nth) => segment(er7, 'OBX', nth)[5]?.[0]),
    ['N', 'Y', 'N', 'N'],
  );
  const mail = await bench.last();
  assert.deepEqual([mail.state, mail.documents[0]?.state, mail.documents[0]?.identityId], ['done', 'handed', id]);
});

test('never by the INS alone: unknown, discordant, unqualified, or another patient in METADATA.XML wait for a person', async (t) => {
  const bench = await openIncoming(t);
  const rule = async (mail: Buffer): Promise<unknown[]> => {
    await bench.receive(mail);
    const { state, ruleId, documents } = await bench.last();
    assert.deepEqual([state, bench.handed.length, documents[0]?.state], ['desk', 0, 'desk']);
    return [ruleId, documents[0]?.detail];
  };
  assert.deepEqual(await rule(xdmMail({ uniqueId: '1.2.1' })), [mssanteInRules.patientUnknown.id, null]);
  const id = await qualified(bench);
  assert.deepEqual(
    await rule(xdmMail({ uniqueId: '1.2.2', traits: { birthName: 'AUTRE', birthDate: '1979-03-29' } })),
    [mssanteInRules.traitsDiffer.id, 'nom de naissance, date de naissance'],
  );
  const other = '100000000000000^^^&1.2.250.1.213.1.4.10&ISO^NH';
  assert.equal(
    (await rule(xdmMail({ uniqueId: '1.2.3', metadataPatient: other })))[0],
    mssanteInRules.metadataPatientDiffers.id,
  );
  const without = (cda: string) => cda.replace(/<id [^>]*213\.1\.4\.10[^>]*>/, '');
  assert.equal((await rule(xdmMail({ uniqueId: '1.2.4', editCda: without })))[0], mssanteInRules.noPatientId.id);
  const doubt = { action: 'set-attribute', attribute: 'douteuse', reason: 'essai' } as const;
  assert.ok((await changeStatus(bench.context, id, doubt, { name: 'user:essai', settles: true })).ok);
  const last = await rule(xdmMail({ uniqueId: '1.2.5' }));
  assert.ok([mssanteInRules.notQualifiedHere.id, mssanteInRules.patientUnknown.id].includes(String(last[0])));
});

test('two patients in one mail: nothing of it goes by itself', async (t) => {
  const bench = await openIncoming(t);
  await qualified(bench);
  await bench.receive(
    xdmMail(
      { uniqueId: '1.2.1', metadataPatient: '1^^^&1.2.3&ISO^PI' },
      { uniqueId: '1.2.2', metadataPatient: '1^^^&1.2.3&ISO^PI', traits: { matricule: '180032704401251' } },
    ),
  );
  const { documents } = await bench.last();
  assert.deepEqual(
    documents.map(({ state, ruleId }) => [state, ruleId]),
    [
      ['desk', mssanteInRules.severalPatients.id],
      ['desk', mssanteInRules.severalPatients.id],
    ],
  );
});

test('what was handed over is not handed over twice; the same identifier with another content is shown to a person', async (t) => {
  const bench = await openIncoming(t);
  await qualified(bench);
  await bench.receive(xdmMail({}));
  await bench.work('mail-handover');
  // The same mail once more, by another way: the server adds lines to its header.
  await bench.receive(Buffer.concat([Buffer.from('Received: from x\r\n'), xdmMail({})]));
  assert.deepEqual(
    [(await bench.last()).state, (await bench.last()).ruleId],
    ['done', mssanteInRules.duplicateMail.id],
  );
  // Another mail with the same document.
  await bench.receive(xdmMail({ headers: { 'Message-ID': '<autre@medecin.mssante.fr>' } }));
  const again = await bench.last();
  assert.deepEqual(
    [again.state, again.documents[0]?.state, again.documents[0]?.ruleId],
    ['done', 'known', mssanteInRules.alreadyReceived.id],
  );
  await bench.receive(xdmMail({ title: 'Lettre corrigée' }));
  assert.equal((await bench.last()).ruleId, mssanteInRules.sameIdOtherContent.id);
  await bench.work('mail-handover');
  assert.equal(bench.handed.length, 1);
});

test('the same document by two mails before the first was taken: its refusal acknowledges neither', async (t) => {
  const bench = await openIncoming(t);
  await qualified(bench);
  bench.answer = () => ({ kind: 'not-sent', reason: 'ECONNREFUSED' });
  await bench.receive(xdmMail({}));
  await bench.receive(xdmMail({ headers: { 'Message-ID': '<autre@medecin.mssante.fr>' } }));
  assert.equal((await bench.last()).documents[0]?.state, 'queued');
  bench.answer = (frame) => acknowledge(frame, 'AE');
  await bench.work('mail-handover');
  await bench.work('mail-handover');
  assert.deepEqual(
    (await bench.mails()).map(({ state, ruleId }) => [state, ruleId]),
    [
      ['desk', mssanteInRules.refusedByDpi.id],
      ['desk', mssanteInRules.refusedByDpi.id],
    ],
  );
});

test('the same document by two mails before the first was taken: it is handed over once', async (t) => {
  const bench = await openIncoming(t);
  await qualified(bench);
  bench.answer = () => ({ kind: 'not-sent', reason: 'ECONNREFUSED' });
  await bench.receive(xdmMail({}));
  await bench.receive(xdmMail({ headers: { 'Message-ID': '<autre@medecin.mssante.fr>' } }));
  bench.answer = (frame) => acknowledge(frame);
  await bench.work('mail-handover');
  await bench.work('mail-handover');
  assert.equal(bench.handed.length, 1);
  assert.deepEqual((await bench.last()).documents[0]?.ruleId, mssanteInRules.alreadyReceived.id);
});

test('what one receiver has is not known to the receiver of another mailbox', async (t) => {
  const bench = await openIncoming(t);
  await qualified(bench);
  await bench.receive(xdmMail({}));
  await bench.work('mail-handover');
  await bench.context.pool.query(`update incoming_document set route = 'AUTRE'`);
  await bench.receive(xdmMail({ headers: { 'Message-ID': '<autre@medecin.mssante.fr>' } }));
  await bench.work('mail-handover');
  assert.equal((await bench.last()).documents[0]?.state, 'handed');
  assert.equal(bench.handed.length, 2);
});

test('a replacement goes as T10, after what it replaces, even when that one has to wait', async (t) => {
  const bench = await openIncoming(t);
  await qualified(bench);
  bench.answer = () => ({ kind: 'not-sent', reason: 'ECONNREFUSED' });
  await bench.receive(xdmMail({ uniqueId: '1.2.1' }), xdmMail({ uniqueId: '1.2.2', replaces: '1.2.1' }));
  await bench.work('mail-handover');
  bench.answer = (frame) => acknowledge(frame);
  await bench.work('mail-handover');
  const events = bench.handed.map(
    (er7) => `${segment(er7, 'MSH')[8]?.split('^')[1]} ${segment(er7, 'TXA')[12]} ${segment(er7, 'TXA')[13] ?? ''}`,
  );
  assert.deepEqual([events.at(-2), events.at(-1)], ['T02 1.2.1 ', 'T10 1.2.2 1.2.1']);
  assert.equal(events.filter((event) => event.startsWith('T10')).length, 1);
});

test('a lost answer goes again under its MSH-10; AE waits for a person; AR is tried again, then waits', async (t) => {
  const bench = await openIncoming(t);
  await qualified(bench);
  await bench.receive(xdmMail({ uniqueId: '1.2.1' }));
  bench.answer = () => ({ kind: 'ambiguous', reason: 'ETIMEDOUT' });
  await bench.work('mail-handover');
  bench.answer = (frame) =>
    acknowledge(frame, 'AE', 'ERR|PID^1^3||207|E|902^Identifiant de patient inconnu^applicationErrorCode\r');
  await bench.work('mail-handover');
  assert.deepEqual(segment(bench.handed[0] ?? '', 'MSH')[9], segment(bench.handed[1] ?? '', 'MSH')[9]);
  const refused = await bench.last();
  const [document] = refused.documents;
  assert.deepEqual(
    [refused.state, document?.ruleId, document?.errorCode, document?.errorLabel],
    ['desk', mssanteInRules.refusedByDpi.id, '902', 'Identifiant de patient inconnu'],
  );
  bench.answer = (frame) => acknowledge(frame, 'AR');
  assert.ok((await decideDocument(bench.context, document?.id ?? '', { action: 'hand-over' }, BY)).ok);
  for (let i = 0; i < 3; i++) await bench.work('mail-handover');
  assert.equal((await bench.last()).documents[0]?.ruleId, mssanteInRules.rejectedByDpi.id);
  // A message that goes again after a decision is another one.
  assert.notEqual(segment(bench.handed[2] ?? '', 'MSH')[9], segment(bench.handed[0] ?? '', 'MSH')[9]);
});

test('a person attaches a document to a patient who is not qualified: it goes under the local number, without an INS', async (t) => {
  const bench = await openIncoming(t);
  await bench.admit({ patient: { ipp: 'P1', status: 'PROV' } });
  const { id } = await bench.identity('P1');
  await bench.receive(xdmMail({}));
  const [document] = (await bench.last()).documents;
  const attach = { action: 'attach', identityId: id } as const;
  const unsaid = await decideDocument(bench.context, document?.id ?? '', attach, { ...BY, reason: '' });
  assert.equal(unsaid.ok, false);
  const elsewhere = await decideDocument(bench.context, document?.id ?? '', attach, { ...BY, eg: '990000036' });
  assert.equal(elsewhere.ok, false);
  assert.ok((await decideDocument(bench.context, document?.id ?? '', attach, BY)).ok);
  await bench.work('mail-handover');
  const pid = segment(bench.handed[0] ?? '', 'PID');
  assert.match(pid[3] ?? '', /^P1\^\^\^CHU-X&1\.2\.3\.4\.567\.8\.9\.10&ISO\^PI$/);
  assert.equal(bench.handed[0]?.includes(PAT_TROIS_INS.matricule), false);
  const { attachedBy, reason, state } = (await bench.last()).documents[0] ?? {};
  assert.deepEqual([attachedBy, reason, state], ['user:essai', 'essai', 'handed']);
  const twice = await decideDocument(bench.context, document?.id ?? '', attach, BY);
  assert.equal(twice.ok ? '' : twice.refusal.rule.id, mssanteInRules.notWaiting.id);
});

test('the address of a patient who writes is a matricule: it is shown to nobody, and no trace keeps it', async (t) => {
  const bench = await openIncoming(t);
  const { matricule } = PAT_TROIS_INS;
  const From = `${matricule}@patient.mssante.fr`;
  await bench.receive(
    mailOf({ ...HEADERS, From, Subject: `Mon dossier ${matricule}` }, [{ type: 'text/plain', content: 'Bonjour' }]),
  );
  const mail = await bench.last();
  assert.deepEqual([mail.sender, mail.subject], ['[matricule]@patient.mssante.fr', 'Mon dossier [matricule]']);
});

test('whoever is chosen, a document never goes to a patient under the INS of another', async (t) => {
  const bench = await openIncoming(t);
  const id = await qualified(bench);
  await bench.receive(xdmMail({ traits: { matricule: '180032704401251', birthName: 'AUTRE' } }));
  const [document] = (await bench.last()).documents;
  assert.ok((await decideDocument(bench.context, document?.id ?? '', { action: 'attach', identityId: id }, BY)).ok);
  await bench.work('mail-handover');
  const { state, documents } = await bench.last();
  assert.deepEqual([bench.handed.length, state, documents[0]?.ruleId], [0, 'desk', mssanteInRules.otherIns.id]);
});

test('two processes: the one that lost the mailbox writes nothing more', async (t) => {
  const bench = await openIncoming(t);
  bench.server.mails.set(1, xdmMail({}));
  const { fetch } = bench.server;
  Object.assign(bench.server, {
    fetch: async (uid: number, most: number) => {
      // Its lease ran out while it was frozen: another one took over.
      await bench.context.pool.query('update mailbox set fence = fence + 1');
      return fetch(uid, most);
    },
  });
  await assert.rejects(bench.take(), /another process/);
  assert.deepEqual([(await bench.mails()).length, bench.server.away], [0, []]);
  Object.assign(bench.server, { fetch });
  assert.equal(await bench.take(), 1);
  assert.equal((await bench.mails()).length, 1);
});

test('a mail without an archive, or with a hostile one, waits with its reason; it is passed on within MSSanté or closed', async (t) => {
  const bench = await openIncoming(t);
  await bench.receive(mailOf(HEADERS, [{ type: 'text/plain', content: 'Bonjour' }]));
  const plain = await bench.last();
  assert.deepEqual(
    [plain.state, plain.kind, plain.ruleId, plain.sender],
    ['desk', 'message', mssanteInRules.noXdm.id, 'thomas.eric@medecin.mssante.fr'],
  );
  const outside = await decideMail(bench.context, plain.id, { action: 'forward', recipient: 'x@gmail.com' }, BY);
  assert.equal(outside.ok, false);
  assert.ok(
    (await decideMail(bench.context, plain.id, { action: 'forward', recipient: 'service@ch.mssante.fr' }, BY)).ok,
  );
  assert.deepEqual(
    [(await bench.last()).state, (await bench.last()).ruleId],
    ['closed', mssanteInRules.forwardedByPerson.id],
  );
  assert.equal((await bench.tasks()).filter(({ kind }) => kind === 'mail-reply').length, 1);
  const bomb = zipOf([{ name: 'a', content: Buffer.alloc(50_000_000) }]);
  await bench.receive(
    mailOf({ ...HEADERS, 'Message-ID': '<2@a.fr>' }, [{ type: 'application/zip', name: 'IHE_XDM.zip', content: bomb }]),
  );
  assert.equal((await bench.last()).ruleId, 'TDU-XDM-002');
  assert.ok((await decideMail(bench.context, (await bench.last()).id, { action: 'close' }, BY)).ok);
});

test('bytes are here before the server is told; what was interrupted goes on, and no mail is taken twice', async (t) => {
  const bench = await openIncoming(t);
  bench.server.mails.set(1, xdmMail({ uniqueId: '1.2.1' }));
  bench.server.mails.set(2, xdmMail({ uniqueId: '1.2.2' }));
  bench.server.fails = (command) => (command === 'putAway' ? new Error('cut') : undefined);
  await assert.rejects(bench.take(), /cut/);
  assert.deepEqual([(await bench.mails()).length, bench.server.away], [1, []]);
  bench.server.fails = () => undefined;
  assert.equal(await bench.take(), 1);
  assert.deepEqual([(await bench.mails()).length, bench.server.away], [2, [1, 2]]);
  assert.equal(await bench.take(), 0);
});

test('a mail that is too large, or that the server never gives, is put aside and the others come in', async (t) => {
  const { MailboxFailure } = await import('../wire/imap/mailbox-client.ts');
  const bench = await openIncoming(t, (incoming) => ({ ...incoming, maxBytes: 10_000 }));
  bench.server.mails.set(1, Buffer.alloc(10_001));
  bench.server.mails.set(2, mailOf(HEADERS, [{ type: 'text/plain', content: 'x' }]));
  bench.server.fails = (command, uid) => (command === 'fetch' && uid === 2 ? new MailboxFailure('BAD') : undefined);
  for (let tries = 0; tries < 5; tries++) await assert.rejects(bench.take(), /BAD/);
  bench.server.mails.set(3, mailOf({ ...HEADERS, 'Message-ID': '<3@a.fr>' }, [{ type: 'text/plain', content: 'y' }]));
  await bench.take();
  const mails = (await bench.mails()).map(({ ruleId, subject, state }) => [ruleId, subject, state]);
  assert.deepEqual(
    mails.toSorted(),
    [
      [mssanteInRules.mailTooLarge.id, 'Trop gros', 'desk'],
      [mssanteInRules.mailNotGiven.id, 'Trop gros', 'desk'],
      [null, '', 'received'],
    ].toSorted(),
  );
});

test('a receipt goes to whoever sent the mail; one that is about nothing of ours waits', async (t) => {
  const bench = await openIncoming(t);
  const fields =
    'Final-Recipient: rfc822; a@b.fr\r\nOriginal-Message-ID: <orig@ici>\r\nDisposition: automatic-action/MDN-sent-automatically; processed';
  const report = (id: string) =>
    mailOf(
      { ...HEADERS, 'Message-ID': id },
      [
        { type: 'text/plain', content: 'lu' },
        { type: 'message/disposition-notification', content: fields, plain: true },
      ],
      'multipart/report; report-type=disposition-notification',
    );
  await bench.receive(report('<1@a>'));
  assert.deepEqual(
    bench.receipts.map(({ kind, originalMessageId, outcome }) => [kind, originalMessageId, outcome]),
    [['reading', '<orig@ici>', 'processed']],
  );
  assert.deepEqual([(await bench.last()).state, (await bench.last()).kind], ['done', 'receipt']);
  bench.known = 'unknown';
  await bench.receive(report('<2@a>'));
  assert.equal((await bench.last()).ruleId, mssanteInRules.receiptUnmatched.id);
  const notice = mailOf(
    {
      ...HEADERS,
      'Message-ID': '<3@a>',
      Subject: '=?utf-8?q?[KO_Int=C3=A9gration_syst=C3=A8me_!][902]_XDM/1.0/DDM+CR?=',
      'In-Reply-To': '<orig@ici>',
    },
    [{ type: 'text/plain', content: 'non' }],
  );
  await bench.receive(notice);
  assert.deepEqual([bench.receipts.at(-1)?.outcome, bench.receipts.at(-1)?.status], ['error', '902']);
  assert.equal((await bench.last()).ruleId, mssanteInRules.integrationFailure.id);
});

const OFFICIAL = new URL('../../../shared/conformance/xdm/fr-derived-ldl-ses.IHE_XDM.zip', import.meta.url);
const ABSENT = { skip: !existsSync(OFFICIAL) && 'shared/conformance is not here' };

test(
  'the French example archive, level 3, reaches the DPI; another HL7 library reads its message',
  ABSENT,
  async (t) => {
    const bench = await openIncoming(t);
    bench.insi.answer = () => found({ givenNames: 'DOMINIQUE MARIE-LOUISE', birthPlace: '51215' });
    await bench.admit({ patient: { ipp: 'P1', birthGivenNames: 'DOMINIQUE MARIE-LOUISE', birthPlace: '51215' } });
    await bench.run('insi');
    const archive = { type: 'application/zip', name: 'IHE_XDM.zip', content: readFileSync(OFFICIAL) };
    await bench.receive(mailOf(HEADERS, [{ type: 'text/plain', content: 'Bonjour' }, archive]));
    await bench.work('mail-handover');
    const { documents } = await bench.last();
    assert.deepEqual(
      documents.map(({ state, typeCode, ruleId, detail }) => [state, typeCode, ruleId, detail]),
      [['handed', '11490-0', null, null]],
    );
    const seen = judge(t, Buffer.from(bench.handed[0] ?? ''));
    if (seen === undefined) return;
    const [obx] = seen.filter(([name]) => name === 'OBX');
    const cda = Buffer.from(obx?.[5]?.split('^')[4] ?? '', 'base64');
    assert.match(cda.toString('utf8'), /<ClinicalDocument/);
    assert.equal(seen.find(([name]) => name === 'TXA')?.[12], documents[0]?.uniqueId);
  },
);
