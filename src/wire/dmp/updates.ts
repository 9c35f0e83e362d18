/**
 * Changing what the DMP holds, by the professional who may: visibility (TD3.3a/b), archiving (TD3.3d). The entry is asked for
 * first, since an update gives it back whole with the number of its version (dmp.md 6): an update that was already made,
 * its answer lost, is then seen to be made and not sent twice.
 */
import type { VisibilityCode } from '../../codes/confidentiality-codes.ts';
import { dmpRules } from '../../rules/dmp.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import type { Acting } from '../vihf/acting.ts';
import type { PackageOptions } from '../xds/ebxml.ts';
import { visibilityOf, visibilityUpdateRequest } from '../xds/metadata-update.ts';
import { type RecordsResponse, readRecords } from '../xds/query.ts';
import { lastPart, type RegistryObject } from '../xds/registry-object.ts';
import { readRegistryResponse } from '../xds/registry-response.ts';
import { statusUpdateRequest } from '../xds/status-update.ts';
import { getDocumentsRequest } from '../xds/stored-query.ts';
import type { SetHeader } from '../xds/submission.ts';
import type { DmpLine, Patient } from './caller.ts';
import { ACTION_QUERY, failedListing } from './consultation.ts';
import { type DmpAnswer, notSent, queryAnswer, type SubmitOutcome, submitOutcome } from './outcome.ts';
import type { Transaction } from './rights.ts';

interface Update extends SetHeader {
  readonly patient: Patient;
  /** `urn:uuid:…` of the current version, from TD3.1a. */
  readonly entryUuid: string;
}

export interface VisibilityChange extends Update {
  readonly maskedFromProfessionals: boolean;
  /** From now on: what the patient has seen cannot be hidden again. */
  readonly invisibleToPatient: boolean;
  readonly invisibleToLegalGuardians: boolean;
}

export interface Archiving extends Update {
  /** False takes it out of the archive. */
  readonly archived: boolean;
}

export interface DmpUpdates {
  /** TD3.3a (masked or not to professionals) and TD3.3b (visible to the patient, to the legal guardians). */
  changeVisibility(change: VisibilityChange, acting: Acting): Promise<SubmitOutcome>;
  /** TD3.3d. */
  archive(change: Archiving, acting: Acting): Promise<SubmitOutcome>;
}

export const ACTION_UPDATE = 'urn:ihe:iti:2010:UpdateDocumentSet';

export function createUpdates(line: DmpLine, sourceId: string): DmpUpdates {
  /** The one entry of this reference. */
  async function recordOf({ patient, entryUuid }: Update, acting: Acting): Promise<DmpAnswer<RegistryObject[]>> {
    const body = getDocumentsRequest('EntryUUID', [entryUuid], 'LeafClass');
    const timeoutMs = line.timeouts.questionMs;
    const request = { path: line.paths.registry, action: ACTION_QUERY, body, timeoutMs, read: readRecords };
    const judge = (response: RecordsResponse): DmpAnswer<RegistryObject[]> =>
      response.status === 'success' ? { kind: 'answered', value: [...response.records] } : failedListing(response);
    return queryAnswer(await line.call({ transaction: 'TD3.1b', ...request }, acting, patient), judge);
  }

  async function send(transaction: Transaction, body: string, patient: Patient, acting: Acting) {
    const timeoutMs = line.timeouts.questionMs;
    const request = { path: line.paths.registry, action: ACTION_UPDATE, body, timeoutMs, read: readRegistryResponse };
    return submitOutcome(await line.call({ transaction, ...request }, acting, patient));
  }

  /** Asks first, then decides: what is refused or done already sends nothing. */
  async function update(
    change: Update,
    acting: Acting,
    decide: (record: RegistryObject, options: PackageOptions) => Result<Decision>,
  ): Promise<SubmitOutcome> {
    const found = await recordOf(change, acting);
    if (found.kind === 'failed') return { kind: 'not-sent', class: found.class, refusal: found.refusal };
    const [record, ...others] = found.value;
    if (record === undefined || others.length > 0) return notSent({ rule: dmpRules.recordNotFound });
    const decision = decide(record, { institution: acting.structure, sourceId, ins: change.patient.ins });
    if (!decision.ok) return notSent(decision.refusal);
    const { value } = decision;
    if (value === 'done') return { kind: 'accepted', warnings: [] };
    return send(value.transaction, value.body, change.patient, acting);
  }

  return {
    changeVisibility: (change, acting) =>
      update(change, acting, (record, options) => decideVisibility(change, record, options)),
    archive: (change, acting) => update(change, acting, (record, options) => decideArchiving(change, record, options)),
  };
}

/** What is left to send: nothing when the entry is already as it should be. */
type Decision = 'done' | { readonly transaction: Transaction; readonly body: string };

function decideVisibility(change: VisibilityChange, record: RegistryObject, options: PackageOptions): Result<Decision> {
  if (statusOf(record) !== 'Approved') return refuse(dmpRules.recordNotFound, { detail: statusOf(record) });
  const held = visibilityOf(record);
  const wanted = new Set<VisibilityCode>([
    ...(change.maskedFromProfessionals ? (['MASQUE_PS'] as const) : []),
    ...(change.invisibleToPatient ? (['INVISIBLE_PATIENT'] as const) : []),
    ...(change.invisibleToLegalGuardians ? (['INVISIBLE_REPRESENTANTS_LEGAUX'] as const) : []),
  ]);
  if (wanted.has('INVISIBLE_PATIENT') && !held.has('INVISIBLE_PATIENT')) return refuse(dmpRules.alreadyVisible);
  if (wanted.has('INVISIBLE_PATIENT') && wanted.has('MASQUE_PS')) return refuse(dmpRules.forbiddenVisibility);
  if (wanted.size === held.size && [...wanted].every((code) => held.has(code))) return ok('done');
  const transaction = wanted.has('MASQUE_PS') === held.has('MASQUE_PS') ? 'TD3.3b' : 'TD3.3a';
  return ok({ transaction, body: visibilityUpdateRequest(change, record, wanted, options) });
}

function decideArchiving(change: Archiving, record: RegistryObject, options: PackageOptions): Result<Decision> {
  const to = change.archived ? 'Archived' : 'Approved';
  const from = change.archived ? 'Approved' : 'Archived';
  const status = statusOf(record);
  if (status === to) return ok('done');
  if (status !== from) return refuse(dmpRules.recordNotFound, { detail: status });
  return ok({ transaction: 'TD3.3d', body: statusUpdateRequest({ ...change, from, to }, options) });
}

function statusOf(record: RegistryObject): string {
  return lastPart(record.status ?? '');
}
