/** What a person does to the mapping tables: record a row, delete it. Each change keeps who, when and what it was before. */
import { documentType } from '../codes/document-types.ts';
import { findSource } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { mappingRules } from '../rules/mapping.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import {
  addMappingEvent,
  deleteMapping,
  type KindTarget,
  lockMappings,
  type MappingEvent,
  type MappingKind,
  type MappingRecord,
  mappingById,
  mappingByKey,
  putMapping,
} from '../store/mappings.ts';
import { addAudit } from '../store/proofs.ts';
import { isAwaited } from '../store/unmapped-values.ts';
import { releaseAwaiting } from './release.ts';
import { nameKey } from './resolve.ts';
import { parseScope, scopeIsEditable, scopeIsVisible } from './scopes.ts';
import { checkTarget, type TypedTarget } from './targets.ts';

/** Who acts, and the one establishment that they see; null for all. */
export interface MappingActor {
  readonly name: string;
  readonly role: string;
  readonly eg: string | null;
}

/** A row as it is typed, called or read from a file. */
export interface TypedMapping {
  readonly kind: MappingKind;
  readonly scope: string;
  readonly localValue: string;
  readonly localName?: string | undefined;
  readonly label?: string | undefined;
  readonly target: TypedTarget;
  /** Revision that the person read; a later one is not overwritten. 0: there must be no such row. */
  readonly revision?: number | undefined;
}

/** Characters of a value or a label; a longer local code is cut at its reception. */
const LONGEST_LOCAL_VALUE = 200;

/** A row ready to be recorded. */
export type CheckedMapping = Pick<MappingRecord, 'scope' | 'localValue' | 'localName' | 'label'> & KindTarget;

export function checkMapping(
  { config }: UseCaseContext,
  typed: TypedMapping,
  actor: MappingActor,
): Result<CheckedMapping> {
  const scope = parseScope(typed.scope);
  const localValue = typed.localValue.trim();
  const label = typed.label?.trim() ?? '';
  const wrong = (detail: string) => refuse(mappingRules.invalidTarget, { detail });
  if (localValue === '' || localValue.length > LONGEST_LOCAL_VALUE) return wrong('valeur locale');
  if (label.length > LONGEST_LOCAL_VALUE) return wrong('libellé local');
  if (scope === undefined) return wrong('portée');
  if (scope.kind === 'establishment' && typed.kind === 'units')
    return wrong('portée : une unité désigne l’établissement, elle ne peut pas en dépendre');
  if (scope.kind === 'establishment' && !isDeclared(config, scope.eg))
    return wrong(`portée : entité géographique « ${scope.eg.slice(0, 20)} » non déclarée`);
  // What a caller of the API sends is bound to its establishment; its name stands in place of an application.
  if (scope.kind === 'source' && scope.application !== 'REST' && !sends(config, scope.application, scope.facility))
    return wrong(`portée : application « ${scope.application.slice(0, 40)} » non déclarée`);
  if (!scopeIsEditable(config, actor.eg, typed.scope)) return refuse(apiRules.forbidden);
  if (typed.kind === 'types' && documentType(localValue) !== undefined)
    return refuse(mappingRules.nationalValue, { detail: localValue });
  const target = checkTarget(config, typed.kind, typed.target);
  if (!target.ok) return target;
  const localName = typed.kind === 'authors' ? nameKey({ family: typed.localName ?? '', given: '' }) : '';
  return ok({ ...target.value, scope: typed.scope, localValue, localName, label });
}

function isDeclared(config: UseCaseContext['config'], eg: string): boolean {
  return config.legalEntities.some((legal) => legal.geographicEntities.some(({ finess }) => finess === eg));
}

function sends(config: UseCaseContext['config'], application: string, facility: string): boolean {
  return facility === '*'
    ? config.sources.some((source) => source.application === '*' || source.application === application)
    : findSource(config, application, facility) !== undefined;
}

/** Records a row; what waits for its value is looked at again. The same row again changes nothing. */
export async function saveMapping(
  context: UseCaseContext,
  typed: TypedMapping,
  actor: MappingActor,
): Promise<Result<MappingRecord>> {
  const checked = checkMapping(context, typed, actor);
  if (!checked.ok) return checked;
  return transaction(context.pool, async (tx) => {
    await lockMappings(tx, 'exclusive');
    return record(tx, context, checked.value, actor, typed.revision);
  });
}

/** Records many rows in one transaction: all of them, or the refusal of the first that changed meanwhile. */
export async function saveMappings(
  context: UseCaseContext,
  rows: readonly CheckedMapping[],
  actor: MappingActor,
): Promise<void> {
  await transaction(context.pool, async (tx) => {
    await lockMappings(tx, 'exclusive');
    for (const row of rows) await record(tx, context, row, actor, undefined);
  });
}

async function record(
  tx: Db,
  context: UseCaseContext,
  row: CheckedMapping,
  actor: MappingActor,
  revision: number | undefined,
): Promise<Result<MappingRecord>> {
  const known = await mappingByKey(tx, row);
  if (revision !== undefined && revision !== (known?.revision ?? 0)) return refuse(mappingRules.changedMeanwhile);
  if (known !== undefined && known.label === row.label && sameTarget(known, row)) return ok(known);
  const saved: MappingRecord = {
    ...row,
    id: known?.id ?? context.newUuid(),
    revision: (known?.revision ?? 0) + 1,
    updatedAt: context.now(),
    updatedBy: actor.name,
  };
  await putMapping(tx, saved);
  await note(tx, context, actor, saved.id, {
    event: known === undefined ? 'created' : 'changed',
    before: known?.target ?? null,
    after: saved.target,
  });
  if (await isAwaited(tx, row.kind, row.localValue)) await releaseAwaiting(tx, row.kind, row.localValue);
  return ok(saved);
}

/** By content: PostgreSQL does not keep the order of the keys. */
export function sameTarget(a: KindTarget, b: KindTarget): boolean {
  const text = ({ target }: KindTarget) => JSON.stringify(Object.entries(target).sort());
  return text(a) === text(b);
}

/** What was sent under it stays as it is; what waits, or comes later, waits for a new row. */
export async function removeMapping(
  context: UseCaseContext,
  { kind, id }: { readonly kind: MappingKind; readonly id: string },
  actor: MappingActor,
): Promise<Refusal | undefined> {
  return transaction(context.pool, async (tx) => {
    await lockMappings(tx, 'exclusive');
    const known = await mappingById(tx, id);
    if (known?.kind !== kind || !scopeIsVisible(context.config, actor.eg, known.scope))
      return { rule: apiRules.notFound };
    if (!scopeIsEditable(context.config, actor.eg, known.scope)) return { rule: apiRules.forbidden };
    await deleteMapping(tx, id);
    await note(tx, context, actor, id, { event: 'deleted', before: known.target, after: null });
    return undefined;
  });
}

async function note(
  tx: Db,
  { now }: UseCaseContext,
  actor: MappingActor,
  id: string,
  change: Omit<MappingEvent, 'at' | 'actor'>,
): Promise<void> {
  await addMappingEvent(tx, id, { ...change, at: now(), actor: actor.name });
  await addAudit(tx, {
    at: now(),
    actor: actor.name,
    role: actor.role,
    action: `mapping ${change.event}`,
    subject: `mapping:${id}`,
    reason: null,
    outcome: 'done',
  });
}
