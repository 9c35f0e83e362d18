/** Contexts 2 and 3: the RI is upstream, our copy is read only and qualified only by what it says (practice 4). */

import { acceptedInsOids } from '../config/lookup.ts';
import { parseMatricule } from '../ins/matricule.ts';
import { isAllowedInsOid, parseOid } from '../ins/oids.ts';
import { mirroredState } from '../ins/upstream.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import { type IdentityRecord, otherHolderOf } from '../store/identities.ts';
import { type Arrival, addNewIdentifiers, feedingAfter, insertNew, newRecord, type Received } from './arrival.ts';
import { type Draft, saveChange, traitColumns } from './change.ts';
import { showCollision } from './collision.ts';
import { columnsOf } from './record.ts';

/**
 * Copies what the declared authority says, and only that: a message of anybody else changes nothing here (practice 4). An
 * INS that cannot be trusted is left out, with the reason as a notice.
 */
export async function receiveMirrored(
  tx: Db,
  context: UseCaseContext,
  known: IdentityRecord | undefined,
  arrival: Arrival,
): Promise<Result<Received>> {
  const { patient } = arrival.admission;
  if (!arrival.source.upstreamIdentities)
    return refuse(patient.ins === undefined ? identityRules.mirrorReadOnly : identityRules.insFromUntrustedSource);
  const record = known ?? newRecord(context, arrival.input, true);
  if (known === undefined) await insertNew(tx, record, arrival.identifiers, arrival.cause);
  else await addNewIdentifiers(tx, known.id, arrival);
  const ins = carriedIns(context, arrival);
  const decision = mirroredState({
    fromAuthority: true,
    reliability: patient.identityStatus ?? 'PROV',
    codes: patient.identityCodes,
    traits: arrival.input.traits,
    ...(ins.ins === undefined ? {} : { ins: { ...ins.ins, type: 'INS' } }),
  });
  let notice: Refusal | undefined =
    ins.notice ?? (decision.obstacle === undefined ? undefined : { rule: decision.obstacle });
  let state = decision.state;
  const holder = state.ins === undefined ? undefined : await otherHolderOf(tx, state.ins, record.id);
  if (holder !== undefined) {
    await showCollision(tx, context, record, holder);
    notice = { rule: identityRules.duplicateActiveIns };
    const { ins: _, ...without } = state;
    state = { ...without, status: 'VALI' };
  }
  const draft: Draft = {
    ...record,
    ...traitColumns(arrival.input),
    ...columnsOf(state),
    // An identity of our own becomes a copy when the repository moves upstream.
    mirror: true,
    usedName: patient.usedName ?? null,
    usedGivenName: patient.usedGivenName ?? null,
    ...feedingAfter(record, arrival),
    // What INSi did not confirm was the number that our own record bore.
    insDoubt: state.ins?.matricule === record.matricule ? record.insDoubt : null,
    insiState: state.status === 'QUAL' ? 'settled' : 'none',
    insiRuleId: notice?.rule.id ?? null,
  };
  await saveChange(tx, record, draft, { ...arrival.cause, event: "copie du référentiel d'identités amont" });
  return ok({ identityId: record.id, ...(notice === undefined ? {} : { notice }) });
}

function carriedIns(context: UseCaseContext, arrival: Arrival) {
  const carried = arrival.admission.patient.ins;
  if (carried === undefined) return {};
  const matricule = parseMatricule(carried.matricule);
  const oid = parseOid(carried.oid);
  if (!matricule.ok) return { notice: { ...matricule.refusal, location: 'PID-3' } };
  if (!oid.ok) return { notice: { ...oid.refusal, location: 'PID-3' } };
  if (!isAllowedInsOid(oid.value, acceptedInsOids(context.config)))
    return { notice: { rule: identityRules.insOidNotAllowed, location: 'PID-3' } };
  return { ins: { matricule: matricule.value, oid: oid.value } };
}
