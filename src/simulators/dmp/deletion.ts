/** TD3.3c, logical deletion (ITI-57 UpdateAvailabilityStatus). Source: dmp.md 1.6 and 6. */

import { isOid } from '../../ins/oids.ts';
import type { XmlElement } from '../../wire/xml/xml.ts';
import { isTheirs } from './access.ts';
import { readSubmission, registryObjectList, type Submission } from './ebxml.ts';
import type { FeedContext } from './feed.ts';
import type { Holdings } from './holdings.ts';
import { identifiersOf } from './metadata.ts';
import { type RegistryError, reporter } from './problem.ts';
import { heldSet } from './set-record.ts';
import { readInsCx, samePatient } from './values.ts';
import type { Caller } from './vihf-rules.ts';
import { APPROVED, DELETED, SET, SUBMISSION_SET_NODE, UPDATE_STATUS } from './xds-vocabulary.ts';

const LCM = 'urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0';

export function readUpdate(payload: XmlElement): Submission | undefined {
  if (payload.name !== 'SubmitObjectsRequest' || payload.namespaceUri !== LCM) return undefined;
  const list = registryObjectList(payload);
  return list === undefined ? undefined : readSubmission(list);
}

/** Empty when the document is deleted, durably. */
export async function deleteDocument(
  update: Submission,
  caller: Caller,
  { holdings, policy, newUuid }: FeedContext,
): Promise<RegistryError[]> {
  const errors: RegistryError[] = [];
  const report = reporter(errors, 'XDSMetadataUpdateError');
  const [set, otherSet] = update.packages;
  const [link, otherLink] = update.associations;
  if (
    set === undefined ||
    otherSet !== undefined ||
    !set.classifications.some(({ node }) => node === SUBMISSION_SET_NODE)
  ) {
    report('Un et un seul SubmissionSet attendu.');
    return errors;
  }
  if (link === undefined || otherLink !== undefined || link.type !== UPDATE_STATUS || update.entries.length > 0) {
    report('Une et une seule association UpdateAvailabilityStatus attendue.', 'XDSMetadataUpdateOperationError');
    return errors;
  }
  const setUniqueId = identifiersOf(set, SET.uniqueId)[0] ?? '';
  if (!isOid(setUniqueId)) report('uniqueId du lot absent ou qui n’est pas un OID.');
  if (link.source !== set.id) report('L’association doit partir du SubmissionSet.');
  if (!samePatient(readInsCx(identifiersOf(set, SET.patientId)[0] ?? ''), caller.patient)) {
    report('patientId du lot différent de celui du VIHF.', 'XDSPatientIdDoesNotMatch');
  }
  if (link.slots.OriginalStatus?.join() !== APPROVED || link.slots.NewStatus?.join() !== DELETED) {
    report('Seul le passage de Approved à Deleted est simulé.', 'XDSMetadataUpdateOperationError');
  }
  if (errors.length > 0) return errors;
  const target = link.target.toLowerCase();
  const record = heldSet({
    object: set,
    uniqueId: setUniqueId,
    patient: caller.patient,
    associations: update.associations,
    entryUUIDs: new Map(),
    receivedAt: policy.now().toISOString(),
    newUuid,
  });
  return holdings.setStatus(target, 'Deleted', record, () => findConflicts(target, setUniqueId, caller, holdings));
}

function findConflicts(entryUUID: string, setUniqueId: string, caller: Caller, holdings: Holdings): RegistryError[] {
  const errors: RegistryError[] = [];
  const report = reporter(errors, 'XDSMetadataUpdateError', entryUUID);
  if (holdings.knowsSet(setUniqueId)) report('uniqueId du lot déjà enregistré.', 'XDSDuplicateUniqueIdInRegistry');
  const document = holdings.byEntryUUID(entryUUID);
  if (document === undefined || !samePatient(document.patient, caller.patient)) {
    report('Document inconnu pour ce patient.');
    return errors;
  }
  if (holdings.statusOf(document) !== 'Approved') report('Le document n’est plus Approved.');
  if (!isTheirs(document, caller))
    report('Seuls les documents de la structure (INDIRECTE) ou de l’auteur peuvent être supprimés.');
  return errors;
}
