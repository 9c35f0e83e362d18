import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MailInChain, MailState } from '../store/mails.ts';
import { mailTurnOf } from './outgoing-turn.ts';

function mail(position: number, state: MailState, parts: Partial<MailInChain> = {}): MailInChain {
  return {
    id: `m${position}`,
    documentId: `d${position}`,
    destination: 'MSSANTE-PS',
    state,
    ended: null,
    attempts: 0,
    ruleId: null,
    detail: null,
    outcome: null,
    messageId: `m${position}@ch.mssante.fr`,
    sentMatricule: null,
    sentOid: null,
    firstSentAt: null,
    settledAt: null,
    updatedAt: new Date(0),
    position,
    uniqueId: `1.2.${position}`,
    action: position === 1 ? 'create' : 'replace',
    mayBeThere: false,
    ...parts,
  };
}

describe('whose turn it is among the mails of one document', () => {
  test('one that stands alone goes', () => {
    assert.deepEqual(mailTurnOf({ id: 'm1' }, []), { kind: 'go', superseded: [] });
  });

  test('a version replaces the last one that left, and those that never left are not sent any more', () => {
    const chain = [mail(1, 'accepted'), mail(2, 'waiting'), mail(3, 'waiting')];
    const turn = mailTurnOf({ id: 'm3' }, chain);
    assert.equal(turn.kind, 'go');
    assert.deepEqual(turn.kind === 'go' && [turn.original?.id, turn.superseded.map(({ id }) => id)], ['m1', ['m2']]);
  });

  test('what was replaced already is replaced no more', () => {
    const chain = [mail(1, 'accepted', { ended: 'replaced' }), mail(2, 'refused'), mail(3, 'ready')];
    const turn = mailTurnOf({ id: 'm3' }, chain);
    assert.equal(turn.kind === 'go' && turn.original, undefined);
  });

  for (const [what, before] of [
    ['on the wire', mail(1, 'sending')],
    ['of unknown outcome', mail(1, 'unknown')],
    ['to be sent again after having left', mail(1, 'ready', { firstSentAt: new Date(0), mayBeThere: true })],
  ] as const)
    test(`behind one that is ${what} it waits`, () => {
      assert.deepEqual(mailTurnOf({ id: 'm2' }, [before, mail(2, 'waiting')]), { kind: 'wait' });
    });

  test('one that was tried and certainly never arrived is not waited for: it is not sent any more', () => {
    const turn = mailTurnOf({ id: 'm2' }, [mail(1, 'ready', { firstSentAt: new Date(0) }), mail(2, 'waiting')]);
    assert.deepEqual(turn.kind === 'go' && [turn.original, turn.superseded.map(({ id }) => id)], [undefined, ['m1']]);
  });

  for (const state of ['waiting', 'refused', 'withdrawn'] as const)
    test(`one that is ${state} and that somebody has, or may have, is replaced or withdrawn`, () => {
      const turn = mailTurnOf({ id: 'm2' }, [
        mail(1, state, { mayBeThere: true }),
        mail(2, 'waiting', { action: 'delete' }),
      ]);
      assert.equal(turn.kind === 'go' && turn.original?.id, 'm1');
    });

  test('a mail that withdrew another is itself neither replaced nor withdrawn', () => {
    const chain = [
      mail(1, 'accepted', { ended: 'deleted' }),
      mail(2, 'accepted', { action: 'delete', mayBeThere: true }),
      mail(3, 'waiting', { action: 'create' }),
    ];
    const turn = mailTurnOf({ id: 'm3' }, chain);
    assert.equal(turn.kind === 'go' && turn.original, undefined);
  });

  test('one that a later version has overtaken does not go', () => {
    assert.deepEqual(mailTurnOf({ id: 'm1' }, [mail(1, 'waiting'), mail(2, 'accepted')]), { kind: 'overtaken' });
  });
});
