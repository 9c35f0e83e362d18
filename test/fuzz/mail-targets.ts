/** Mails that anybody may have written: opened, read as receipts, answered. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { xdmMail } from '../../src/mssante/incoming-mails.fixture.ts';
import { buildDisposition } from '../../src/wire/mail/disposition.ts';
import { HEADERS, mailOf } from '../../src/wire/mail/mail.fixture.ts';
import { DEFAULT_MAIL_LIMITS, type OpenedMail } from '../../src/wire/mail/mail.ts';
import { openPackage } from '../../src/wire/mail/package.ts';
import { readMail } from '../../src/wire/mail/read.ts';
import { readReceipts } from '../../src/wire/mail/report.ts';
import { mutated } from './mutations.ts';
import type { FuzzTarget } from './target.ts';

const FIELDS = [
  'Original-Recipient: rfc822; a@b.fr',
  'Final-Recipient: rfc822; a@b.fr',
  'Original-Message-ID: <1@b.fr>',
  'Disposition: automatic-action/MDN-sent-automatically; processed/Error: 902^Patient inconnu',
].join('\r\n');
const STATUS = 'Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.fr\r\nAction: failed\r\nStatus: 5.1.1';
const SEEDS = [
  xdmMail({}),
  mailOf(
    HEADERS,
    [{ type: 'message/disposition-notification', content: FIELDS, plain: true }],
    'multipart/report; report-type=disposition-notification',
  ),
  mailOf(
    HEADERS,
    [{ type: 'message/delivery-status', content: STATUS, plain: true }],
    'multipart/report; report-type=delivery-status',
  ),
];
const TOKENS = ['\r\n', '\r\n\r\n', '--b0undary', '=?utf-8?b?', '?=', 'charset=utf-7', '; ', '<', '>', '\0', 'base64'];

const LIMITS = { ...DEFAULT_MAIL_LIMITS, maxText: 2_000, maxAttachments: 20 };

function checkFields(mail: OpenedMail): void {
  for (const field of [mail.messageId, mail.subject, mail.from, mail.fromName, mail.replyTo, mail.dispositionTo])
    assert.ok(field.length <= 1_000 && !/[\p{Cc}\p{Cf}]/u.test(field), JSON.stringify(field));
  assert.ok(mail.text.length <= LIMITS.maxText && mail.attachments.length <= LIMITS.maxAttachments);
}

/** Opened or refused, never broken; what is answered to it says one thing, ours. */
const mail: FuzzTarget = {
  name: 'mail',
  runs: 250,
  property: () =>
    fc.asyncProperty(mutated(SEEDS, TOKENS), async (bytes) => {
      const opened = await openPackage(bytes, LIMITS);
      if (!opened.ok) return;
      const received = opened.value.mail;
      checkFields(received);
      for (const { recipient, originalMessageId } of readReceipts(received)) {
        assert.notEqual(recipient, '');
        assert.match(originalMessageId, /^(<[^<>\s]+>)?$/);
      }
      const answer = await buildDisposition({ ...received, dispositionTo: 'dest@b.fr' }, Buffer.from(bytes), {
        from: 'dpi@a.fr',
        reporter: 'x',
        messageId: '<r@a.fr>',
        sentAt: new Date(0),
        noticeInSubject: true,
        returned: 'headers',
      });
      const back = await readMail(answer, LIMITS);
      assert.ok(back.ok);
      assert.deepEqual([back.value.to, back.value.cc, back.value.messageId], [['dest@b.fr'], [], '<r@a.fr>']);
      assert.deepEqual(
        readReceipts(back.value).map(({ outcome, recipient }) => [outcome, recipient]),
        [['processed', received.originalRecipient === '' ? 'dpi@a.fr' : recipientOf(received)]],
      );
    }),
};

/** What the receipt of a mail with an Original-Recipient names. */
function recipientOf({ originalRecipient }: OpenedMail): string {
  const address = originalRecipient.replace(/^[\w.+-]+\s*;/, '').trim();
  return address.replace(/^<|>$/g, '').toLowerCase() || 'dpi@a.fr';
}

export const MAIL_TARGETS: readonly FuzzTarget[] = [mail];
