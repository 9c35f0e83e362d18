import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildDisposition } from './disposition.ts';
import { HEADERS, mailOf, type Part } from './mail.fixture.ts';
import { DEFAULT_MAIL_LIMITS, type OpenedMail } from './mail.ts';
import { readMail } from './read.ts';
import { readReceipts } from './report.ts';

async function read(bytes: Buffer): Promise<OpenedMail> {
  const mail = await readMail(bytes, DEFAULT_MAIL_LIMITS);
  assert.ok(mail.ok, mail.ok ? '' : mail.refusal.rule.id);
  return mail.value;
}

const SAID: Part = { type: 'text/plain; charset=utf-8', content: 'Votre message n’a pas été remis.' };

function delivery(status: string, returned?: string): Buffer {
  const back: Part[] = returned === undefined ? [] : [{ type: 'text/rfc822-headers', content: returned, plain: true }];
  return mailOf(
    { ...HEADERS, From: 'MAILER-DAEMON@mssante.fr' },
    [SAID, { type: 'message/delivery-status', content: status, plain: true }, ...back],
    'multipart/report; report-type=delivery-status',
  );
}

test('a delivery report gives one receipt for each recipient, and a delay is not an end', async () => {
  const status = [
    'Reporting-MTA: dns; mx.mssante.fr',
    '',
    'Original-Recipient: rfc822;A@chb.mssante.fr',
    'Final-Recipient: rfc822; boite@interne.fr',
    'Action: delivered',
    'Status: 2.0.0',
    '',
    'Final-Recipient: rfc822; <b@chb.mssante.fr>',
    'Action: failed',
    'Status: 5.1.1 (bad destination)',
    'Diagnostic-Code: smtp; 550 5.1.1 User',
    ' unknown',
    '',
    'Final-Recipient: rfc822; c@chb.mssante.fr',
    'Action: delayed',
    'Status: 4.4.1',
    '',
    'Final-Recipient: rfc822; d@chb.mssante.fr',
    'Action: inventée',
  ].join('\r\n');
  const receipts = readReceipts(await read(delivery(status, 'Subject: x\r\nMessage-ID: <orig@chb>\r\n')));
  const common = { kind: 'delivery', originalMessageId: '<orig@chb>' } as const;
  assert.deepEqual(receipts, [
    { ...common, recipient: 'a@chb.mssante.fr', outcome: 'delivered', status: '2.0.0' },
    {
      ...common,
      recipient: 'b@chb.mssante.fr',
      outcome: 'failed',
      status: '5.1.1',
      text: '550 5.1.1 User unknown',
    },
    { ...common, recipient: 'c@chb.mssante.fr', outcome: 'delayed', status: '4.4.1' },
  ]);
});

test('without the headers given back, the mail is known by the one it answers', async () => {
  const bytes = Buffer.from(
    delivery('Final-Recipient: rfc822; a@b.fr\r\n\r\nFinal-Recipient: rfc822; a@b.fr\r\nAction: failed')
      .toString('latin1')
      .replace('MIME-Version', 'In-Reply-To: <orig@chb>\r\nMIME-Version'),
    'latin1',
  );
  assert.equal(readReceipts(await read(bytes))[0]?.originalMessageId, '<orig@chb>');
});

/** The example of the LPS volet (struct-msg-mdn), its blanks and its error as published. */
function disposition(value: string, extra = ''): Buffer {
  const fields = [
    'Original-Recipient: rfc822;serviceY_auto@chb.mssante.fr ',
    'Final-Recipient: rfc822; serviceY_auto@chb.mssante.fr ',
    'Original-Message-ID: <199509192301.23456 >',
    `Disposition:${value}`,
    extra,
  ].join('\r\n');
  return mailOf(
    { ...HEADERS, From: 'serviceY_auto@chb.mssante.fr' },
    [
      { type: 'text/plain', content: 'Le document n’a pas pu être intégré.' },
      { type: 'message/disposition-notification', content: fields, plain: true },
      { type: 'message/rfc822', content: 'Message-ID: <autre@chb>\r\n\r\nx', plain: true },
    ],
    'multipart/report; report-type=disposition-notification',
  );
}

test('a disposition notification says what was read, deleted or not integrated', async () => {
  const cases: readonly (readonly [string, string, object])[] = [
    ['automatic-action/MDN-sent-automatically; processed', '', { outcome: 'processed' }],
    ['manual-action/MDN-sent-manually; displayed', '', { outcome: 'processed' }],
    ['manual-action/MDN-sent-manually; deleted', '', { outcome: 'deleted' }],
    [
      'automatic-action/MDN-sent-automatically; processed/Error: 902^Identifiant de patient inconnu^messageErrorCondition| E^Error^errorSeverity',
      '',
      { outcome: 'error', status: '902', text: 'Identifiant de patient inconnu' },
    ],
    [
      'automatic-action/MDN-sent-automatically; processed/error',
      'Error: disque plein',
      { outcome: 'error', text: 'disque plein' },
    ],
  ];
  for (const [value, extra, expected] of cases)
    assert.deepEqual(readReceipts(await read(disposition(value, extra))), [
      {
        kind: 'reading',
        originalMessageId: '<199509192301.23456>',
        recipient: 'servicey_auto@chb.mssante.fr',
        ...expected,
      },
    ]);
});

test('an ordinary mail, and a report that says nothing, are no receipts', async () => {
  assert.deepEqual(readReceipts(await read(mailOf(HEADERS, [SAID]))), []);
  assert.deepEqual(readReceipts(await read(delivery('Action: failed'))), []);
  assert.deepEqual(readReceipts(await read(disposition('n’importe quoi'))), []);
});

test('the notification that we send reads back as what it says, for another reader of mail too', async () => {
  const original = mailOf({ ...HEADERS, 'Disposition-Notification-To': '<adam.hoda@mssante.fr>' }, [SAID]);
  const mail = await read(original);
  const sent = {
    from: 'dpi@hopital-demo.mssante.fr',
    reporter: 'Trait d’Union',
    messageId: '<mdn-1@hopital-demo.mssante.fr>',
    sentAt: new Date('2026-11-23T08:00:00Z'),
    noticeInSubject: true,
    returned: 'whole' as const,
  };
  const failed = await buildDisposition(mail, original, {
    ...sent,
    error: { code: '902', label: 'Identifiant de patient\r\nDisposition: inconnu' },
  });
  const back = await read(failed);
  assert.match(back.subject, /^\[KO Intégration système !\]\[902\] XDM\/1\.0\/DDM\+Lettre/);
  assert.deepEqual([back.to, back.inReplyTo], [['adam.hoda@mssante.fr'], '<1234@medecin.mssante.fr>']);
  assert.deepEqual(readReceipts(back), [
    {
      kind: 'reading',
      originalMessageId: '<1234@medecin.mssante.fr>',
      recipient: 'dpi@hopital-demo.mssante.fr',
      outcome: 'error',
      status: '902',
      text: 'Identifiant de patient Disposition: inconnu',
    },
  ]);
  const returned = back.attachments.find(({ mimeType }) => mimeType === 'message/rfc822');
  assert.deepEqual(
    Buffer.from(returned?.bytes ?? [])
      .toString('latin1')
      .trim(),
    original.toString('latin1').trim(),
  );
  const done = await read(await buildDisposition(mail, original, { ...sent, returned: 'headers' }));
  assert.equal(readReceipts(done)[0]?.outcome, 'processed');
  assert.equal(done.subject, mail.subject);
});
