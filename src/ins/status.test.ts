import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IdentityDevice, identityDevice } from '../codes/identity-devices.ts';
import { INS_OIDS } from './oids.ts';
import { seededRandom } from './seeded-random.fixture.ts';
import { applyEvent, type IdentityEvent, type IdentityState, mayCallInsi, newIdentity } from './status.ts';
import type { Ins, Matricule } from './types.ts';

const NIR: Ins = { matricule: '279035121518989' as Matricule, oid: INS_OIDS.nirTest };
const NIA: Ins = { matricule: '109076322088835' as Matricule, oid: INS_OIDS.nia };

function checked(code = 'CN', extra: { coherent?: boolean; conditionConfirmed?: boolean } = {}): IdentityEvent {
  const device: IdentityDevice | undefined = identityDevice(code);
  return { type: 'deviceChecked', device, checkedAt: '2026-11-23', coherent: true, ...extra };
}

function retrieved(
  extra: { ins?: Ins; coherence?: 'coherent' | 'discrepancy'; heldByOther?: boolean } = {},
): IdentityEvent {
  const proof = { retrievedAt: '2026-11-23T14:05:00Z', mode: 'INSI' } as const;
  return { type: 'insiRetrieved', ins: NIR, proof, coherence: 'coherent', heldByOther: false, ...extra };
}

function after(...events: IdentityEvent[]): IdentityState {
  return events.reduce((state, event) => {
    const result = applyEvent(state, event);
    assert.ok(result.ok, `${state.status} + ${event.type}`);
    return result.value.state;
  }, newIdentity());
}

function refused(state: IdentityState, event: IdentityEvent): string {
  const result = applyEvent(state, event);
  return result.ok ? `accepted as ${result.value.state.status}` : result.refusal.rule.id;
}

const set = (attribute: 'homonyme' | 'douteuse' | 'fictive'): IdentityEvent => ({ type: 'attributeSet', attribute });
const clear = (attribute: 'homonyme' | 'douteuse' | 'fictive'): IdentityEvent => ({
  type: 'attributeCleared',
  attribute,
});
const failed: IdentityEvent = { type: 'verificationFailed' };
const traitChanged = (deviceStillBacks: boolean): IdentityEvent => ({ type: 'strictTraitChanged', deviceStillBacks });
const down = (to: 'PROV' | 'VALI' | 'RECUP'): IdentityEvent => ({ type: 'downgraded', to });

test('the transitions of RNIV', () => {
  const cases: readonly [string, readonly IdentityEvent[], string][] = [
    ['created', [], 'PROV'],
    ['document checked', [checked()], 'VALI'],
    ['INSi first', [retrieved()], 'RECUP'],
    ['document then INSi', [checked(), retrieved()], 'QUAL'],
    ['INSi then document', [retrieved(), checked()], 'QUAL'],
    ['verification failed on RECUP', [retrieved(), failed], 'PROV'],
    ['verification failed on QUAL', [retrieved(), checked(), failed], 'VALI'],
    ['trait changed, document still backs', [checked(), retrieved(), traitChanged(true)], 'VALI'],
    ['trait changed, document no longer backs', [checked(), retrieved(), traitChanged(false)], 'PROV'],
    ['douteuse', [checked(), retrieved(), set('douteuse')], 'PROV'],
    ['fictive', [checked(), set('fictive')], 'PROV'],
    ['homonyme keeps the status', [checked(), retrieved(), set('homonyme')], 'QUAL'],
    ['douteuse then cleared gives nothing back', [checked(), retrieved(), set('douteuse'), clear('douteuse')], 'PROV'],
    ['downgrade to RECUP', [checked(), retrieved(), down('RECUP')], 'RECUP'],
    ['downgrade to VALI', [checked(), retrieved(), down('VALI')], 'VALI'],
    ['downgrade to PROV', [checked(), retrieved(), down('PROV')], 'PROV'],
    ['derogation confirmed', [checked('AN', { conditionConfirmed: true })], 'VALI'],
  ];
  for (const [name, events, status] of cases) assert.equal(after(...events).status, status, name);
});

test('what is refused, and by which rule', () => {
  const cases: readonly [string, readonly IdentityEvent[], IdentityEvent, string][] = [
    ['unknown device', [], checked('XX'), 'TDU-ID-030'],
    ['driving licence', [], checked('PC'), 'TDU-ID-031'],
    ['derogation not confirmed', [], checked('AN'), 'TDU-ID-031'],
    ['device contradicts', [retrieved()], checked('CN', { coherent: false }), 'TDU-ID-032'],
    ['check of a douteuse', [set('douteuse')], checked(), 'TDU-ID-033'],
    ['INSi of a fictive', [set('fictive')], retrieved(), 'TDU-ID-033'],
    ['discrepancy', [checked()], retrieved({ coherence: 'discrepancy' }), 'TDU-ID-026'],
    ['INS held by another', [checked()], retrieved({ heldByOther: true }), 'TDU-ID-044'],
    ['fictive with douteuse', [set('douteuse')], set('fictive'), 'TDU-ID-034'],
    ['homonyme with fictive', [set('fictive')], set('homonyme'), 'TDU-ID-034'],
    ['absent attribute', [], clear('homonyme'), 'TDU-ID-035'],
    ['upgrade by name', [], down('VALI'), 'TDU-ID-036'],
    ['VALI to RECUP', [checked()], down('RECUP'), 'TDU-ID-036'],
    ['nothing to verify', [checked()], failed, 'TDU-ID-037'],
  ];
  for (const [name, events, event, rule] of cases) assert.equal(refused(after(...events), event), rule, name);
  assert.equal(refused({ ...newIdentity(), authority: 'upstream' }, checked()), 'TDU-ID-039');
  assert.deepEqual(after(set('homonyme'), set('douteuse')).attributes, ['douteuse', 'homonyme']);
});

test('an INS recorded without its INSi proof never qualifies', () => {
  const result = applyEvent({ ...newIdentity(), ins: NIR }, checked());
  assert.equal(result.ok && result.value.state.status, 'VALI');
});

test('effects tell the caller what to store, release, freeze and diffuse', () => {
  const effects = (state: IdentityState, event: IdentityEvent) => {
    const result = applyEvent(state, event);
    assert.ok(result.ok);
    return result.value.effects;
  };
  const qualified = after(checked(), retrieved());
  assert.deepEqual(effects(after(checked()), retrieved()), [
    { type: 'insStored', ins: NIR },
    { type: 'qualified' },
    { type: 'diffuse' },
  ]);
  assert.deepEqual(effects(qualified, set('douteuse')), [
    { type: 'insCleared', previous: NIR },
    { type: 'qualificationLost', previous: NIR },
    { type: 'diffuse' },
  ]);
  assert.deepEqual(effects(qualified, retrieved({ ins: NIA })), [
    { type: 'insStored', ins: NIA, previous: NIR },
    { type: 'qualified' },
    { type: 'diffuse' },
  ]);
  assert.deepEqual(effects(qualified, retrieved()), [], 'the same INS again changes nothing for others');
});

test('INSi is called alone for a checked identity, by an operator for a PROV one, never for a blocked one', () => {
  const call = (state: IdentityState, trigger: 'automatic' | 'operator', provAutomatic = false) => {
    const result = mayCallInsi(state, { trigger, provAutomatic });
    return result.ok ? 'allowed' : result.refusal.rule.id;
  };
  assert.equal(call(after(checked()), 'automatic'), 'allowed');
  assert.equal(call(newIdentity(), 'automatic'), 'TDU-ID-038');
  assert.equal(call(newIdentity(), 'operator'), 'allowed');
  assert.equal(call(newIdentity(), 'automatic', true), 'allowed');
  assert.equal(call(after(set('fictive')), 'operator'), 'TDU-ID-033');
  assert.equal(call({ ...newIdentity(), authority: 'upstream' }, 'operator'), 'TDU-ID-039');
});

test('no sequence of events gives QUAL without a device check and a coherent INSi answer since the last loss', () => {
  const events: readonly [IdentityEvent, ...IdentityEvent[]] = [
    checked(),
    checked('PC'),
    checked('AN'),
    checked('CN', { coherent: false }),
    retrieved(),
    retrieved({ ins: NIA }),
    retrieved({ coherence: 'discrepancy' }),
    retrieved({ heldByOther: true }),
    failed,
    traitChanged(true),
    traitChanged(false),
    set('homonyme'),
    set('douteuse'),
    set('fictive'),
    clear('homonyme'),
    clear('douteuse'),
    clear('fictive'),
    down('PROV'),
    down('VALI'),
    down('RECUP'),
  ];
  let qualifiedSeen = 0;
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = seededRandom(seed);
    let state = newIdentity();
    // Kept apart from the machine: which proof was accepted since it was last taken away.
    const proofs = { device: false, insi: false };
    for (let step = 0; step < 40; step += 1) {
      const event = random.pick(events);
      const result = applyEvent(state, event);
      if (!result.ok) continue;
      state = result.value.state;
      const is = (attribute: string) => event.type === 'attributeSet' && event.attribute === attribute;
      const to = event.type === 'downgraded' ? event.to : undefined;
      if (event.type === 'deviceChecked') proofs.device = event.coherent && event.device?.trust === 'high';
      if (event.type === 'insiRetrieved') proofs.insi = event.coherence === 'coherent' && !event.heldByOther;
      if (event.type === 'verificationFailed' || event.type === 'strictTraitChanged' || to === 'VALI')
        proofs.insi = false;
      if ((event.type === 'strictTraitChanged' && !event.deviceStillBacks) || to === 'RECUP') proofs.device = false;
      if (is('douteuse') || is('fictive') || to === 'PROV') proofs.device = proofs.insi = false;
      const expected = proofs.device ? (proofs.insi ? 'QUAL' : 'VALI') : proofs.insi ? 'RECUP' : 'PROV';
      assert.equal(state.status, expected, `seed ${seed}, step ${step}, ${event.type}`);
      assert.equal(state.ins !== undefined, proofs.insi, `seed ${seed}, step ${step}`);
      if (state.status === 'QUAL') qualifiedSeen += 1;
    }
  }
  assert.ok(qualifiedSeen > 100, 'the generator must reach QUAL often enough to mean something');
});
