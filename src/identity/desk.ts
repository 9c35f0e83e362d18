/** What a person does to an identity: create, ask INSi, record a device check, set attributes, downgrade. */
import { type IdentityDevice, identityDevice } from '../codes/identity-devices.ts';
import { ippsOfCall, sourceOfEstablishment } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import { INS_OIDS } from '../ins/oids.ts';
import { mayCallInsi } from '../ins/status.ts';
import type { IdentityAttribute, IdentityStatus } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { fhirRules } from '../rules/fhir.ts';
import { identityRules } from '../rules/identity.ts';
import { identityLifecycleRules } from '../rules/identity-lifecycle.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  type Identifier,
  type IdentityRecord,
  identityById,
  identityByIdentifier,
  lockIdentity,
  lockNumbers,
} from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';
import { insertNew, newRecord } from './arrival.ts';
import { type Cause, type Draft, queueInsi, queueInsiIfDue, saveChange, withEvent } from './change.ts';
import { stateOf } from './record.ts';
import { strictTraits, type TraitsInput } from './traits-input.ts';

export interface NewPatient extends TraitsInput {
  readonly usedName?: string | undefined;
  readonly usedGivenName?: string | undefined;
  readonly identifiers: readonly GivenNumber[];
  /** Set from the start: they only restrict what may be done with the identity. */
  readonly attributes?: readonly IdentityAttribute[];
}

export interface GivenNumber {
  readonly value: string;
  /** An OID or a declared name of it; absent: the installation's own domain. */
  readonly domain?: string | undefined;
  readonly type: string;
}

/** Who acts on an identity. `settles`: may unlock traits, lift a doubt, settle a discrepancy (the cell). */
export interface Editor {
  readonly name: string;
  readonly settles: boolean;
}

/** Creates a provisional identity after an antecedent search. */
export async function createPatient(
  context: UseCaseContext,
  input: NewPatient,
  actor: string,
): Promise<Result<IdentityRecord>> {
  return transaction(context.pool, (tx) => createIn(tx, context, input, actor));
}

/** Same, unless `known` finds identities while nobody else creates by the same condition: the one that it finds is given. */
export async function createUnlessKnown(
  context: UseCaseContext,
  condition: { readonly key: string; readonly known: (tx: Db) => Promise<readonly IdentityRecord[]> },
  input: NewPatient,
  actor: string,
): Promise<Result<{ readonly record: IdentityRecord; readonly created: boolean }>> {
  return transaction(context.pool, async (tx) => {
    await lockNumbers(tx, [{ domain: 'if-none-exist', value: condition.key }]);
    const [record, ...others] = await condition.known(tx);
    if (others.length > 0) return refuse(fhirRules.conditionMatchesSeveral);
    if (record !== undefined) return ok({ record, created: false });
    const created = await createIn(tx, context, input, actor);
    return created.ok ? ok({ record: created.value, created: true }) : created;
  });
}

async function createIn(
  tx: Db,
  context: UseCaseContext,
  input: NewPatient,
  actor: string,
): Promise<Result<IdentityRecord>> {
  if (context.config.context !== 1) return refuse(identityRules.mirrorReadOnly);
  const strict = strictTraits(input);
  if (!strict.ok) return strict;
  const identifiers = localNumbers(context.config, input.identifiers);
  if (identifiers.length === 0)
    return refuse(apiRules.invalidRequest, { detail: 'identifiers : un IPP est attendu', location: 'corps' });
  await lockNumbers(tx, identifiers);
  for (const { domain, value } of identifiers) {
    const holder = await identityByIdentifier(tx, domain, value);
    if (holder !== undefined)
      return refuse(identityRules.ippConflict, { location: 'identifiers', detail: `patient ${holder.id}` });
  }
  const record: IdentityRecord = {
    ...newRecord(context, strict.value, false),
    usedName: input.usedName ?? null,
    usedGivenName: input.usedGivenName ?? null,
  };
  const marked = withAttributesSet(record, input.attributes ?? []);
  if (!marked.ok) return marked;
  const cause = deskCause(context, actor);
  await insertNew(tx, record, identifiers, cause);
  const draft = await queueInsiIfDue(tx, context, marked.value);
  const event = marked.value === record ? 'recherche INSi demandée' : 'attributs déclarés à la création';
  await saveChange(tx, record, draft, { ...cause, event });
  return reread(tx, record.id);
}

/** The draft with these attributes besides its own, or why they do not go together. */
export function withAttributesSet(draft: Draft, attributes: readonly IdentityAttribute[]): Result<Draft> {
  let marked: Result<Draft> = ok(draft);
  for (const attribute of attributes)
    if (marked.ok && !marked.value[attribute]) marked = withEvent(marked.value, { type: 'attributeSet', attribute });
  return marked;
}

/** An INS comes from INSi and a billing NIR is not an identity: neither is a local number (practice 2, ins.md 1). */
function isLocalNumber({ domain, type }: GivenNumber): boolean {
  const oid = domain?.replace(/^urn:oid:/i, '');
  return !/^(INS|NH$)/i.test(type) && !Object.values<string | undefined>(INS_OIDS).includes(oid);
}

export function localNumbers(config: Config, given: readonly GivenNumber[]): Identifier[] {
  const local = given.filter(isLocalNumber);
  const source = sourceOfEstablishment(config, undefined);
  if (source === undefined) return [];
  const kinds = new Map(local.map(({ value, type }) => [value, type]));
  return ippsOfCall(config, source, local).map((ipp) => ({ ...ipp, kind: kinds.get(ipp.value) ?? 'PI' }));
}

/** An operator who holds the document asks INSi (practice 1); the answer comes by the queue. */
export async function requestInsiSearch(
  context: UseCaseContext,
  id: string,
  actor: string,
): Promise<Result<IdentityRecord>> {
  return edit(context, id, { actor, event: 'recherche INSi demandée' }, async (tx, record) => {
    const allowed = mayCallInsi(stateOf(record), { trigger: 'operator', provAutomatic: false });
    return allowed.ok ? ok(await queueInsi(tx, record)) : allowed;
  });
}

/** What a person held in hand. */
export interface PresentedDevice {
  readonly documentType: string;
  readonly checkedAt: string;
  /** The condition of a derogatory device is met (RNIV 1 §3.3.3): somebody says so, it is never supposed. */
  readonly conditionConfirmed?: boolean | undefined;
}

/** The device of the site's table and the instant of its check; refused when either is missing, unknown or impossible. */
export function presentedDevice(
  { config, now }: UseCaseContext,
  { documentType, checkedAt, conditionConfirmed }: PresentedDevice,
): Result<{ readonly device: IdentityDevice; readonly checkedAt: string }> {
  const at = new Date(checkedAt);
  if (Number.isNaN(at.getTime()) || at.getTime() > now().getTime() + 86_400_000)
    return refuse(apiRules.invalidRequest, { detail: 'checkedAt', location: 'corps' });
  const device = identityDevice(documentType, config.identityDevices);
  if (device === undefined)
    return refuse(identityRules.deviceMissing, {
      detail: `documentType attendu : ${config.identityDevices.map(({ code }) => code).join(', ')}`,
      location: 'corps',
    });
  if (device.trust === 'under-condition' && conditionConfirmed !== true)
    return refuse(identityLifecycleRules.deviceConditionToConfirm, { detail: device.condition ?? device.label });
  return ok({ device, checkedAt: at.toISOString() });
}

/** The second proof: a high-trust device was checked. One that contradicts the identity changes nothing but is traced. */
export async function recordDeviceCheck(
  context: UseCaseContext,
  id: string,
  check: PresentedDevice & { coherent: boolean },
  actor: string,
): Promise<Result<IdentityRecord>> {
  const presented = presentedDevice(context, check);
  if (!presented.ok) return presented;
  const { device, checkedAt } = presented.value;
  const how = { actor, event: "contrôle d'un dispositif d'identité", requirement: 'EXI SI 10' };
  return edit(context, id, how, async (tx, record) => {
    const checked = withEvent(record, {
      type: 'deviceChecked',
      device,
      checkedAt,
      checkedBy: actor,
      coherent: check.coherent,
      conditionConfirmed: true,
    });
    if (checked.ok) return ok(await queueInsiIfDue(tx, context, checked.value));
    if (checked.refusal.rule === identityRules.deviceIncoherent)
      await addHistory(tx, id, {
        ...deskCause(context, actor),
        event: `dispositif d'identité contredisant l'identité : ${device.label}`,
        requirement: 'EXI SI 10',
        before: undefined,
        after: undefined,
      });
    return checked;
  });
}

export type StatusAction =
  | {
      readonly action: 'set-attribute' | 'clear-attribute';
      readonly attribute: IdentityAttribute;
      readonly reason: string;
    }
  | { readonly action: 'downgrade'; readonly to: 'PROV' | 'VALI'; readonly reason: string }
  | StatusWanted;

/** As the contract shows a patient: all the attributes that it shall carry, the status that it shall have. */
interface StatusWanted {
  readonly action: 'set';
  readonly attributes?: readonly IdentityAttribute[] | undefined;
  readonly status?: IdentityStatus | undefined;
  readonly reason: string;
}

/** Attributes and downgrades only: no call sets QUAL (practice 2). */
export async function changeStatus(
  context: UseCaseContext,
  id: string,
  change: StatusAction,
  { name, settles }: Editor,
): Promise<Result<IdentityRecord>> {
  const how = { actor: name, event: `${labelOf(change)} (${change.reason})`, requirement: 'EXI SI 09' };
  return edit(context, id, how, async (_tx, record) => {
    const changed = statusChanged(record, change);
    const lifted = changed.ok && (['douteuse', 'fictive'] as const).filter((is) => record[is] && !changed.value[is]);
    return lifted && lifted.length > 0 && !settles
      ? refuse(identityLifecycleRules.unlockNotAllowed, { detail: `attribut ${lifted.join(', ')}` })
      : changed;
  });
}

function statusChanged(record: IdentityRecord, change: StatusAction): Result<Draft> {
  if (change.action === 'downgrade') return withEvent(record, { type: 'downgraded', to: change.to });
  if (change.action === 'set') return withStatus(record, change);
  const type = change.action === 'set-attribute' ? 'attributeSet' : 'attributeCleared';
  return withEvent(record, { type, attribute: change.attribute });
}

function labelOf(change: StatusAction): string {
  if (change.action === 'downgrade') return `rétrogradation en ${change.to}`;
  if (change.action !== 'set')
    return `${change.action === 'set-attribute' ? 'attribut posé' : 'attribut levé'} : ${change.attribute}`;
  const { attributes, status } = change;
  return [
    ...(attributes === undefined ? [] : [`attributs demandés : ${attributes.join(', ') || 'aucun'}`]),
    ...(status === undefined ? [] : [`statut demandé : ${status}`]),
  ].join(', ');
}

/** What differs, event by event: a rule that stops one stops all. QUAL and RECUP take proofs, never a request. */
function withStatus(record: Draft, { attributes, status }: StatusWanted): Result<Draft> {
  const carried = ATTRIBUTES.filter((attribute) => record[attribute]);
  const wanted = attributes ?? carried;
  const events = [
    ...carried
      .filter((attribute) => !wanted.includes(attribute))
      .map((attribute) => ({ type: 'attributeCleared', attribute }) as const),
    ...wanted
      .filter((attribute) => !carried.includes(attribute))
      .map((attribute) => ({ type: 'attributeSet', attribute }) as const),
  ];
  let draft: Result<Draft> = ok(record);
  for (const event of events) {
    if (!draft.ok) return draft;
    draft = withEvent(draft.value, event);
  }
  if (!draft.ok || status === undefined || status === draft.value.status) return draft;
  return status === 'QUAL'
    ? refuse(identityRules.notADowngrade)
    : withEvent(draft.value, { type: 'downgraded', to: status });
}

const ATTRIBUTES = ['homonyme', 'douteuse', 'fictive'] as const;

export function deskCause({ now }: UseCaseContext, actor: string): Cause {
  return { at: now(), actor, source: actor.startsWith('token:') ? 'API' : 'console' };
}

/** Locks, changes, saves with its history, reads again; a refusal leaves everything as it was. */
export async function edit(
  context: UseCaseContext,
  id: string,
  how: { actor: string; event: string | ((draft: Draft) => string); requirement?: string },
  change: (tx: Db, record: IdentityRecord) => Promise<Result<Draft>>,
): Promise<Result<IdentityRecord>> {
  return transaction(context.pool, async (tx) => {
    const record = await lockIdentity(tx, id);
    if (!record.active) return refuse(identityRules.mergedIdentity);
    const changed = await change(tx, record);
    if (!changed.ok) return changed;
    const { actor, event, ...rest } = how;
    const said = typeof event === 'string' ? event : event(changed.value);
    await saveChange(tx, record, changed.value, { ...deskCause(context, actor), ...rest, event: said });
    return reread(tx, id);
  });
}

async function reread(tx: Db, id: string): Promise<Result<IdentityRecord>> {
  const record = await identityById(tx, id);
  return record === undefined ? refuse(apiRules.notFound) : ok(record);
}
