import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ruleOfStatus, smtpErrorCode, smtpStatus } from './smtp-status.ts';

describe('what a mail server says', () => {
  const SAID: readonly (readonly [string, string, string])[] = [
    ['550 5.1.1 unknown', 'TDU-MSS-021', '550'],
    ['smtp; 552 5.2.2 mailbox full', 'TDU-MSS-022', '552'],
    ['5.2.1', 'TDU-MSS-023', '550'],
    ['5.2.3 too large', 'TDU-MSS-024', '523'],
    ['552-5.3.4 message too big', 'TDU-MSS-024', '552'],
    ['5.4.7 delivery time expired', 'TDU-MSS-025', '441'],
    ['554 5.6.0 not conformant', 'TDU-MSS-026', '554'],
    ['550 5.7.1 sender not allowed', 'TDU-MSS-027', '550'],
    ['541', 'TDU-MSS-027', '541'],
    ['553', 'TDU-MSS-021', '553'],
    ['something else', 'TDU-MSS-015', '554'],
  ];
  for (const [text, rule, code] of SAID)
    test(`« ${text} » is ${rule}, and ${code} for the sender`, () => {
      const status = smtpStatus(text);
      assert.equal(ruleOfStatus(status).id, rule);
      assert.equal(smtpErrorCode(status).code, code);
      assert.notEqual(smtpErrorCode(status).label, '');
    });

  test('a number inside a longer one is no reply code', () => {
    assert.deepEqual(smtpStatus('id 155012, queue 2550'), {});
  });
});
