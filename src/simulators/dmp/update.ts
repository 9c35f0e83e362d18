/** TD3.3, changing what is held (ITI-57): deletion and archive by status, visibility by a new version. Source: dmp.md 1.6 and 6. */
import type { XmlElement } from '../../wire/xml/xml.ts';
import { isTheirs, isTreatingPhysician, openDmpErrors, readingErrors } from './access.ts';
import { type Association, type RegistryObject, readSubmission, registryObjectList, type Submission } from './ebxml.ts';
import type { FeedContext } from './feed.ts';
import type { HeldSet, Status } from './held.ts';
import { identifiersOf } from './metadata.ts';
import { changeVisibility, transactionOfVersion } from './new-version.ts';
import { type RegistryError, reporter } from './problem.ts';
import { inDmp } from './query.ts';
import { STATUSES } from './registry-writer.ts';
import type { Transaction } from './rights.ts';
import { heldSet } from './set-record.ts';
import { checkSet } from './set-rules.ts';
import type { Caller } from './vihf-rules.ts';
import { SET, SUBMISSION_SET_NODE, UPDATE_STATUS } from './xds-vocabulary.ts';

const LCM = 'urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0';

export function readUpdate(payload: XmlElement): Submission | undefined {
  if (payload.name !== 'SubmitObjectsRequest' || payload.namespaceUri !== LCM) return undefined;
  const list = registryObjectList(payload);
  return list === undefined ? undefined : readSubmission(list);
}

type UpdateTransaction = Extract<Transaction, 'TD3.3a' | 'TD3.3b' | 'TD3.3c' | 'TD3.3d'>;

/** A status that is no change of the DMP counts as a deletion, and is refused as one. */
export function transactionOfUpdate(update: Submission, { holdings }: FeedContext): UpdateTransaction {
  const [link] = update.associations;
  if (link?.type !== UPDATE_STATUS) return transactionOfVersion(update, holdings);
  return statusChange(link)?.transaction ?? 'TD3.3c';
}

/** Empty when what was asked is done, durably. */
export async function changeHeld(update: Submission, caller: Caller, context: FeedContext): Promise<RegistryError[]> {
  const transaction = transactionOfUpdate(update, context);
  const errors = accessErrors(transaction, caller, context);
  const report = reporter(errors, 'XDSMetadataUpdateError');
  const set = setOf(update, caller, context, errors);
  const [link, otherLink] = update.associations;
  if (link === undefined || otherLink !== undefined) {
    report('Une et une seule association attendue.', 'XDSMetadataUpdateOperationError');
  }
  if (set === undefined || link === undefined || errors.length > 0) return errors;
  if (link.source !== set.object.id) report('L’association doit partir du SubmissionSet.');
  if (errors.length > 0) return errors;
  if (link.type === UPDATE_STATUS) return changeStatus(link, update, set, caller, context);
  return changeVisibility(link, update, set, caller, context);
}

/** Deleting or finding one's own submission again is no reading; the rest is (dmp.md 1.6). */
function accessErrors(transaction: UpdateTransaction, caller: Caller, { holdings }: FeedContext): RegistryError[] {
  const patient = holdings.patient(caller.patient);
  if (transaction !== 'TD3.3c') return readingErrors(patient, caller);
  return patient.state === 'open' ? openDmpErrors(patient, caller) : [];
}

function setOf(
  update: Submission,
  caller: Caller,
  { policy, newUuid }: FeedContext,
  errors: RegistryError[],
): HeldSet | undefined {
  const [object, other] = update.packages;
  const report = reporter(errors, 'XDSMetadataUpdateError');
  if (object === undefined || other !== undefined || !object.classifications.some(isSetNode)) {
    report('Un et un seul SubmissionSet attendu.');
    return undefined;
  }
  const uniqueId = identifiersOf(object, SET.uniqueId)[0] ?? '';
  checkSet({ set: object, setUniqueId: uniqueId }, caller, policy, errors);
  return heldSet({
    object,
    uniqueId,
    patient: caller.patient,
    associations: update.associations,
    entryUUIDs: new Map(),
    receivedAt: policy.now().toISOString(),
    newUuid,
  });
}

function isSetNode({ node }: RegistryObject['classifications'][number]): boolean {
  return node === SUBMISSION_SET_NODE;
}

interface StatusChange {
  readonly transaction: UpdateTransaction;
  readonly from: Status;
  readonly to: Status;
}

/** Deletion may start from Approved or Archived. */
const STATUS_CHANGES: readonly StatusChange[] = [
  { transaction: 'TD3.3c', from: 'Approved', to: 'Deleted' },
  { transaction: 'TD3.3c', from: 'Archived', to: 'Deleted' },
  { transaction: 'TD3.3d', from: 'Approved', to: 'Archived' },
  { transaction: 'TD3.3d', from: 'Archived', to: 'Approved' },
];

function statusChange({ slots }: Association): StatusChange | undefined {
  return STATUS_CHANGES.find(
    ({ from, to }) => slots.OriginalStatus?.join() === STATUSES[from] && slots.NewStatus?.join() === STATUSES[to],
  );
}

async function changeStatus(
  link: Association,
  update: Submission,
  set: HeldSet,
  caller: Caller,
  context: FeedContext,
): Promise<RegistryError[]> {
  const change = statusChange(link);
  const refuse = (context: string): RegistryError[] => [{ code: 'XDSMetadataUpdateOperationError', context }];
  if (update.entries.length > 0) return refuse('UpdateAvailabilityStatus sans ExtrinsicObject attendu.');
  if (change === undefined) return refuse('Changement de statut non admis (OriginalStatus, NewStatus).');
  const target = link.target.toLowerCase();
  return context.holdings.setStatus(target, change.to, set, () =>
    statusConflicts(target, change, set.uniqueId, caller, context),
  );
}

function statusConflicts(
  target: string,
  change: StatusChange,
  setUniqueId: string,
  caller: Caller,
  { holdings, policy }: FeedContext,
): RegistryError[] {
  const errors: RegistryError[] = [];
  const report = reporter(errors, 'XDSMetadataUpdateError', target);
  if (holdings.knowsSet(setUniqueId)) report('uniqueId du lot déjà enregistré.', 'XDSDuplicateUniqueIdInRegistry');
  const patient = holdings.patient(caller.patient);
  const document = holdings.byEntryUUID(target);
  if (document === undefined || !inDmp(document, patient)) {
    report('Document inconnu pour ce patient.');
    return errors;
  }
  const status = holdings.statusOf(document);
  if (status !== change.from) report(`Le document n’est plus ${change.from} : il est ${status}.`);
  if (isTheirs(document, caller, policy)) return errors;
  if (change.transaction === 'TD3.3c') {
    report('Seuls les documents de la structure (mode indirect) ou de l’auteur peuvent être supprimés.');
  } else if (!isTreatingPhysician(patient, caller)) {
    report('Archivage : ses propres documents, ou ceux de son patient pour le médecin traitant.');
  }
  return errors;
}
