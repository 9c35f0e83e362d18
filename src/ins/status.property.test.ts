/** Whatever happens in whatever order, the INS of an identity leaves only on the two proofs that nothing took away since. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { IDENTITY_DEVICES } from '../codes/identity-devices.ts';
import { INS_OIDS } from './oids.ts';
import { qualify } from './qualify.ts';
import { applyEvent, type IdentityEvent, type IdentityState, newIdentity } from './status.ts';
import type { CivilDate, Matricule, StrictTraits } from './types.ts';

const TRAITS: StrictTraits = {
  birthName: 'PAT-TROIS',
  firstGivenName: 'DOMINIQUE',
  birthGivenNames: 'DOMINIQUE MARIE',
  sex: 'F',
  birthDate: '1979-03-28' as CivilDate,
};

const attribute = fc.constantFrom('homonyme' as const, 'douteuse' as const, 'fictive' as const);
const number = fc.constantFrom('279035121518989' as Matricule, '109076322088835' as Matricule);

const event: fc.Arbitrary<IdentityEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('deviceChecked' as const),
      device: fc.option(fc.constantFrom(...IDENTITY_DEVICES), { nil: undefined, freq: 9 }),
      checkedAt: fc.constant('2026-11-23'),
      coherent: fc.boolean(),
      conditionConfirmed: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('insiRetrieved' as const),
      ins: fc.record({ matricule: number, oid: fc.constantFrom(INS_OIDS.nirTest, INS_OIDS.nia) }),
      proof: fc.constant({ retrievedAt: '2026-11-23T14:05:00Z', mode: 'INSI' as const }),
      coherence: fc.constantFrom('coherent' as const, 'coherent' as const, 'discrepancy' as const),
      heldByOther: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<IdentityEvent>({ type: 'verificationFailed' }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('strictTraitChanged' as const), deviceStillBacks: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('attributeSet' as const), attribute }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('attributeCleared' as const), attribute }) },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('downgraded' as const),
      to: fc.constantFrom('PROV' as const, 'VALI' as const, 'RECUP' as const),
    }),
  },
);

/** What a careful person would have noted on paper: is each proof there, and untouched? */
interface Paper {
  readonly checked: boolean;
  readonly retrieved: boolean;
}

/** Written without looking at the state machine: which proofs an accepted event gives and takes. */
function noted(paper: Paper, { type, ...said }: IdentityEvent & { to?: string; attribute?: string }): Paper {
  switch (type) {
    case 'deviceChecked':
      return { ...paper, checked: true };
    case 'insiRetrieved':
      return { ...paper, retrieved: true };
    case 'verificationFailed':
      return { ...paper, retrieved: false };
    case 'strictTraitChanged':
      return {
        checked: paper.checked && 'deviceStillBacks' in said && said.deviceStillBacks === true,
        retrieved: false,
      };
    case 'attributeSet':
      return said.attribute === 'homonyme' ? paper : { checked: false, retrieved: false };
    case 'attributeCleared':
      return paper;
    case 'downgraded':
      return { checked: said.to === 'VALI', retrieved: said.to === 'RECUP' };
  }
}

function mayLeave({ status, attributes, ins }: IdentityState): boolean {
  return qualify({ status, attributes, traits: TRAITS, ...(ins === undefined ? {} : { ins }) }).ok;
}

/** A proof that should not have been accepted at all. */
function isUnsound(event: IdentityEvent): boolean {
  if (event.type === 'insiRetrieved') return event.coherence !== 'coherent' || event.heldByOther;
  if (event.type !== 'deviceChecked') return false;
  const trust = event.device?.trust;
  const enough = trust === 'high' || (trust === 'under-condition' && event.conditionConfirmed === true);
  return !enough || !event.coherent;
}

test('no path leads an unqualified INS outside', () => {
  let left = 0;
  fc.assert(
    fc.property(fc.array(event, { maxLength: 25 }), (events) => {
      let state = newIdentity();
      let paper: Paper = { checked: false, retrieved: false };
      for (const each of events) {
        const before = state;
        const written = JSON.stringify(state);
        const result = applyEvent(state, each);
        assert.equal(JSON.stringify(state), written, 'a state is never changed in place');
        if (!result.ok) continue;
        assert.ok(!isUnsound(each), `accepted ${JSON.stringify(each)}`);
        state = result.value.state;
        paper = noted(paper, each);
        const blocked = state.attributes.includes('douteuse') || state.attributes.includes('fictive');
        assert.equal(mayLeave(state), paper.checked && paper.retrieved && !blocked);
        if (mayLeave(state)) left += 1;
        assert.equal(state.ins !== undefined, paper.retrieved, 'an INS without its proof');
        if (blocked) assert.deepEqual([state.status, state.ins, state.deviceCheck], ['PROV', undefined, undefined]);
        if (state.attributes.includes('fictive')) assert.deepEqual(state.attributes, ['fictive']);
        const effects = result.value.effects.map(({ type }) => type);
        const lost = before.status === 'QUAL' && state.status !== 'QUAL';
        assert.equal(effects.includes('qualificationLost'), lost);
        assert.equal(effects.includes('insCleared'), before.ins !== undefined && state.ins === undefined);
      }
    }),
    { numRuns: 2_000 },
  );
  assert.ok(left > 100, 'these paths prove nothing');
});

test('a copy of an upstream repository takes no event at all', () => {
  fc.assert(
    fc.property(event, (each) => {
      assert.equal(applyEvent({ ...newIdentity(), authority: 'upstream' }, each).ok, false);
    }),
  );
});
