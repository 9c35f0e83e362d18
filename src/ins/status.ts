/**
 * The RNIV state machine. Two independent proofs make the status: a high-trust device checked (VALI axis) and an INS
 * retrieved from INSi and found coherent (RECUP axis); both together, and nothing else, make QUAL. Pure rules: the
 * identity use cases store the returned state and carry out the effects. Source: ins.md 3 (EXI SI 07 to 09).
 */
import type { IdentityDevice } from '../codes/identity-devices.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { IdentityAttribute, IdentityStatus, Ins } from './types.ts';

/** The check of an identification device. `checkedAt` is an ISO instant or date. */
export interface DeviceCheck {
  readonly device: string;
  readonly checkedAt: string;
  readonly checkedBy?: string;
}

/** INS obtained: when (ISO instant) and by which route (ZFD-5: INSI by traits, CV by Vitale card). */
export interface InsiProof {
  readonly retrievedAt: string;
  readonly mode: 'INSI' | 'CV';
}

/** `authority` says who decides the status: this installation, or the upstream RI whose copy we hold. */
export interface IdentityState {
  readonly authority: 'local' | 'upstream';
  readonly status: IdentityStatus;
  readonly attributes: readonly IdentityAttribute[];
  readonly ins?: Ins;
  readonly deviceCheck?: DeviceCheck;
  readonly insiProof?: InsiProof;
}

export type IdentityEvent =
  /** `coherent`: the device shows the recorded traits. `conditionConfirmed`: the derogation of the device applies. */
  | {
      readonly type: 'deviceChecked';
      readonly device: IdentityDevice | undefined;
      readonly checkedAt: string;
      readonly checkedBy?: string;
      readonly coherent: boolean;
      readonly conditionConfirmed?: boolean;
    }
  /** CR 00. `coherence` comes from compareTraits; `heldByOther`: another active identity of the domain has this INS. */
  | {
      readonly type: 'insiRetrieved';
      readonly ins: Ins;
      readonly proof: InsiProof;
      readonly coherence: 'coherent' | 'discrepancy';
      readonly heldByOther: boolean;
    }
  /** A verification that a person confirmed as failed. */
  | { readonly type: 'verificationFailed' }
  /** `deviceStillBacks`: the device already checked shows the new value. */
  | { readonly type: 'strictTraitChanged'; readonly deviceStillBacks: boolean }
  | { readonly type: 'attributeSet'; readonly attribute: IdentityAttribute }
  | { readonly type: 'attributeCleared'; readonly attribute: IdentityAttribute }
  | { readonly type: 'downgraded'; readonly to: 'PROV' | 'VALI' | 'RECUP' };

/**
 * What the caller must do besides storing the state. `insStored` with `previous` is the same person under a new number:
 * nothing sent is wrong (practice.md 23). `qualificationLost` lists and freezes what was sent. `diffuse`: A31.
 */
export type StatusEffect =
  | { readonly type: 'insStored'; readonly ins: Ins; readonly previous?: Ins }
  | { readonly type: 'insCleared'; readonly previous: Ins }
  | { readonly type: 'qualified' }
  | { readonly type: 'qualificationLost'; readonly previous: Ins }
  | { readonly type: 'diffuse' };

export interface Transition {
  readonly state: IdentityState;
  readonly effects: readonly StatusEffect[];
}

/** A local identity just created. */
export function newIdentity(): IdentityState {
  return { authority: 'local', status: 'PROV', attributes: [] };
}

/** The state after the event with its effects, or why the event is not allowed. */
export function applyEvent(state: IdentityState, event: IdentityEvent): Result<Transition> {
  if (state.authority === 'upstream') return refuse(identityRules.mirrorReadOnly);
  switch (event.type) {
    case 'deviceChecked':
      return deviceChecked(state, event);
    case 'insiRetrieved':
      return insiRetrieved(state, event);
    case 'verificationFailed':
      return state.ins === undefined
        ? refuse(identityRules.noInsToInvalidate)
        : ok(transition(state, withoutIns(state)));
    case 'strictTraitChanged':
      return ok(transition(state, event.deviceStillBacks ? withoutIns(state) : withoutProofs(state)));
    case 'attributeSet':
      return attributeSet(state, event.attribute);
    case 'attributeCleared':
      return attributeCleared(state, event.attribute);
    case 'downgraded':
      return downgraded(state, event.to);
  }
}

/** Who asks for an INSi call, and whether the site lets PROV identities be called without an operator (RECO PP 03). */
export interface InsiCallContext {
  readonly trigger: 'automatic' | 'operator';
  readonly provAutomatic: boolean;
}

/** Whether INSi may be called now for this identity (practice.md 1). */
export function mayCallInsi(state: IdentityState, context: InsiCallContext): Result<true> {
  if (state.authority === 'upstream') return refuse(identityRules.mirrorReadOnly);
  if (isBlocked(state)) return refuse(identityRules.blockedByAttribute);
  const checked = state.deviceCheck !== undefined;
  if (!checked && context.trigger === 'automatic' && !context.provAutomatic)
    return refuse(identityRules.insiNeedsOperator);
  return ok(true);
}

type EventOf<T extends IdentityEvent['type']> = Extract<IdentityEvent, { type: T }>;

function deviceChecked(state: IdentityState, event: EventOf<'deviceChecked'>): Result<Transition> {
  if (isBlocked(state)) return refuse(identityRules.blockedByAttribute);
  if (event.device === undefined) return refuse(identityRules.deviceMissing);
  const { trust, code } = event.device;
  if (trust === 'low' || (trust === 'under-condition' && event.conditionConfirmed !== true))
    return refuse(identityRules.deviceNotHighTrust, { detail: event.device.condition ?? event.device.label });
  if (!event.coherent) return refuse(identityRules.deviceIncoherent);
  const { checkedAt, checkedBy } = event;
  const deviceCheck = { device: code, checkedAt, ...(checkedBy !== undefined && { checkedBy }) };
  return ok(transition(state, { ...state, deviceCheck }));
}

function insiRetrieved(state: IdentityState, event: EventOf<'insiRetrieved'>): Result<Transition> {
  if (isBlocked(state)) return refuse(identityRules.blockedByAttribute);
  if (event.coherence !== 'coherent') return refuse(identityRules.traitsDiffer);
  if (event.heldByOther) return refuse(identityRules.duplicateActiveIns);
  return ok(transition(state, { ...state, ins: event.ins, insiProof: event.proof }));
}

/** EXI ID 24. Sources agree that fictive and douteuse exclude each other; a homologated product lets fictive stand alone only. */
function attributeSet(state: IdentityState, attribute: IdentityAttribute): Result<Transition> {
  const others = state.attributes.filter((present) => present !== attribute);
  const alone = attribute === 'fictive' ? others.length === 0 : !others.includes('fictive');
  if (!alone) return refuse(identityRules.attributesIncompatible, { detail: [attribute, ...others].join(', ') });
  const next = attribute === 'homonyme' ? state : withoutProofs(state);
  return ok(transition(state, { ...next, attributes: [...others, attribute].sort() }));
}

/** Clearing gives nothing back: a douteuse identity is checked again from PROV. */
function attributeCleared(state: IdentityState, attribute: IdentityAttribute): Result<Transition> {
  if (!state.attributes.includes(attribute)) return refuse(identityRules.attributeAbsent, { detail: attribute });
  return ok(transition(state, { ...state, attributes: state.attributes.filter((present) => present !== attribute) }));
}

function downgraded(state: IdentityState, to: 'PROV' | 'VALI' | 'RECUP'): Result<Transition> {
  const below: Readonly<Record<IdentityStatus, readonly IdentityStatus[]>> = {
    QUAL: ['VALI', 'RECUP', 'PROV'],
    VALI: ['PROV'],
    RECUP: ['PROV'],
    PROV: [],
  };
  if (!below[state.status].includes(to))
    return refuse(identityRules.notADowngrade, { detail: `${state.status} vers ${to}` });
  const next = { VALI: withoutIns, RECUP: withoutDevice, PROV: withoutProofs }[to](state);
  return ok(transition(state, next));
}

function isBlocked(state: IdentityState): boolean {
  return state.attributes.includes('douteuse') || state.attributes.includes('fictive');
}

/** The only place where a status is decided: it follows from the proofs that remain. */
function transition(before: IdentityState, proofs: IdentityState): Transition {
  const checked = proofs.deviceCheck !== undefined;
  const retrieved = proofs.ins !== undefined && proofs.insiProof !== undefined;
  const status = checked ? (retrieved ? 'QUAL' : 'VALI') : retrieved ? 'RECUP' : 'PROV';
  const state: IdentityState = { ...proofs, status };
  return { state, effects: effectsOf(before, state) };
}

function effectsOf(before: IdentityState, after: IdentityState): StatusEffect[] {
  const effects: StatusEffect[] = [];
  const changedIns = before.ins?.matricule !== after.ins?.matricule || before.ins?.oid !== after.ins?.oid;
  if (after.ins !== undefined && changedIns)
    effects.push({ type: 'insStored', ins: after.ins, ...(before.ins !== undefined && { previous: before.ins }) });
  if (after.ins === undefined && before.ins !== undefined) effects.push({ type: 'insCleared', previous: before.ins });
  if (before.status === 'QUAL' && before.ins !== undefined && after.status !== 'QUAL')
    effects.push({ type: 'qualificationLost', previous: before.ins });
  if (after.status === 'QUAL' && (before.status !== 'QUAL' || changedIns)) effects.push({ type: 'qualified' });
  const visible = changedIns || before.status !== after.status || before.attributes.join() !== after.attributes.join();
  if (visible) effects.push({ type: 'diffuse' });
  return effects;
}

function withoutIns({ authority, status, attributes, deviceCheck }: IdentityState): IdentityState {
  return { authority, status, attributes, ...(deviceCheck !== undefined && { deviceCheck }) };
}

function withoutDevice({ authority, status, attributes, ins, insiProof }: IdentityState): IdentityState {
  return {
    authority,
    status,
    attributes,
    ...(ins !== undefined && { ins }),
    ...(insiProof !== undefined && { insiProof }),
  };
}

function withoutProofs({ authority, status, attributes }: IdentityState): IdentityState {
  return { authority, status, attributes };
}
