import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonOf, mailOf } from './message.ts';

test('a mail gives the hours of Paris, in winter and in summer, and the JSON those of machines', () => {
  const message = {
    id: '5f0c2a54-6d0e-4e0f-9d6b-2f1f6f3a9c11',
    event: 'end',
    alert: {
      ruleId: 'TDU-ALR-001',
      subject: 'DMP',
      severity: 'critical',
      detail: null,
      eg: null,
      startedAt: new Date('2026-11-23T23:30:05Z'),
      endedAt: new Date('2027-07-01T10:00:00Z'),
    },
    installation: 'essai',
    at: new Date('2027-07-01T10:00:00Z'),
  } as const;
  const { text } = mailOf(message);
  assert.match(text, /^Début : 24\/11\/2026 00:30:05 \(heure de Paris\)$/m);
  assert.match(text, /^Fin : 01\/07\/2027 12:00:00 \(heure de Paris\)$/m);
  assert.match(
    JSON.stringify(jsonOf(message)),
    /"startedAt":"2026-11-23T23:30:05\.000Z","endedAt":"2027-07-01T10:00:00\.000Z"/,
  );
});
