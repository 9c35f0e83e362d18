import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Evidence, judge } from './verdict.ts';

/** One document that went well, for every side. */
function evidence(): {
  sent: Evidence['sent'][number];
  ours: Evidence['ours'][number];
  held: Evidence['atDmp'][number];
} {
  return {
    sent: { controlId: 'D-1', title: 'Essai 1', sha1: 'aa', acknowledged: true },
    ours: {
      controlId: 'D-1',
      title: 'Essai 1',
      uniqueId: '1.2.3',
      state: 'accepted',
      ruleId: null,
      ledgerSha1: 'aa',
      answers: ['delivered'],
    },
    held: { uniqueId: '1.2.3', title: 'Essai 1', status: 'Approved', hash: 'aa' },
  };
}

const HEARD = new Map([['D-1', ['Y']]]);

test('a document accepted on every side breaks no promise', () => {
  const { sent, ours, held } = evidence();
  assert.deepEqual(judge({ sent: [sent], ours: [ours], atDmp: [held], heard: HEARD }), {
    acknowledged: 1,
    accepted: 1,
    superseded: 0,
    waiting: 0,
    refused: 0,
    unknown: 0,
    lost: 0,
    duplicated: 0,
    problems: [],
  });
});

test('acknowledged and nowhere, or left without a reason, is lost; not acknowledged is not', () => {
  const { sent, ours } = evidence();
  const none = { ours: [], atDmp: [], heard: new Map() };
  assert.equal(judge({ ...none, sent: [sent] }).lost, 1);
  assert.equal(judge({ ...none, sent: [{ ...sent, acknowledged: false }] }).lost, 0);
  const left = (state: string, ruleId: string | null) =>
    judge({ ...none, sent: [sent], ours: [{ ...ours, state, ruleId, ledgerSha1: null, answers: [] }] });
  assert.equal(left('ready', 'TDU-DMP-001').lost, 1);
  assert.equal(left('waiting', null).lost, 1);
  assert.equal(left('waiting', 'TDU-FEED-001').lost, 0);
  assert.equal(left('unknown', 'TDU-DMP-001').unknown, 1);
});

test('two living documents for one source, or two of ours for one message, are duplicates', () => {
  const { sent, ours, held } = evidence();
  const again = { ...held, uniqueId: '1.2.4' };
  assert.equal(judge({ sent: [sent], ours: [ours], atDmp: [held, again], heard: HEARD }).duplicated, 1);
  const replaced = { ...again, status: 'Deprecated' };
  assert.equal(judge({ sent: [sent], ours: [ours], atDmp: [held, replaced], heard: HEARD }).duplicated, 0);
  const twice = [ours, { ...ours, uniqueId: '1.2.4', state: 'refused', ruleId: 'TDU-FEED-001' }];
  assert.equal(judge({ sent: [sent], ours: twice, atDmp: [held], heard: HEARD }).duplicated, 1);
});

test('a replaced document is not alive any more, and a version that ends elsewhere is a problem', () => {
  const { sent, ours, held } = evidence();
  const first = { sent: { ...sent, superseded: true as const }, ours: { ...ours, state: 'replaced' } };
  const deprecated = { ...held, status: 'Deprecated' };
  const all = { sent: [first.sent], ours: [first.ours], atDmp: [deprecated], heard: HEARD };
  assert.deepEqual(judge(all).problems, []);
  assert.equal(judge(all).superseded, 1);
  const overtaken = judge({ ...all, ours: [ours], atDmp: [held] });
  assert.deepEqual(overtaken.problems, ['D-1 is accepted, not replaced or deleted']);
  const refused = { ...ours, state: 'refused', ruleId: 'TDU-VER-001', ledgerSha1: null };
  assert.ok(judge({ ...all, ours: [refused], atDmp: [] }).problems.some((line) => line.includes('is refused')));
  assert.ok(judge({ ...all, atDmp: [held] }).problems.some((line) => line.includes('alive at the DMP and not')));
});

test('each side that says something else is a problem', () => {
  const { sent, ours, held } = evidence();
  const all = { sent: [sent], ours: [ours], atDmp: [held], heard: HEARD };
  const problems: readonly (readonly [string, Partial<Evidence>])[] = [
    ['not alive at the DMP', { atDmp: [] }],
    ['not the one received', { sent: [{ ...sent, sha1: 'bb' }] }],
    ['has not the hash of the DMP', { ours: [{ ...ours, ledgerSha1: 'bb' }] }],
    ['alive at the DMP and not accepted here', { ours: [{ ...ours, state: 'unknown', ruleId: 'TDU-DMP-001' }] }],
    ['never heard Y', { heard: new Map() }],
    ['heard the wrong outcome', { heard: new Map([['D-1', ['Y', 'N']]]) }],
    ['answers pending', { ours: [{ ...ours, answers: ['pending'] }] }],
  ];
  for (const [expected, changed] of problems) {
    const { problems: found } = judge({ ...all, ...changed });
    assert.ok(
      found.some((line) => line.includes(expected)),
      `${expected}: ${found.join(' | ')}`,
    );
  }
});
