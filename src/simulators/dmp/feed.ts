/** TD2.1, feeding a submission (ITI-41): all checks, then everything held or nothing. Source: dmp.md 2.2, 3 to 6, 9. */
import { createHash } from 'node:crypto';
import { INVISIBLE_TO_REPRESENTATIVES, openDmpErrors, visibilitiesOf } from './access.ts';
import type { CdaHeader } from './cda.ts';
import { checkCda } from './cda-rules.ts';
import type { RegistryObject } from './ebxml.ts';
import { checkClinicalCodes, checkEntry, checkSignatureEntry } from './entry-rules.ts';
import type { HeldDocument } from './held.ts';
import type { Holdings } from './holdings.ts';
import { assembleLot, type Lot, type LotDocument, type ProvidedSet } from './lot.ts';
import type { MimePart } from './mime.ts';
import type { Policy } from './options.ts';
import { type RegistryError, reporter } from './problem.ts';
import { inDmp } from './query.ts';
import { heldSet } from './set-record.ts';
import { checkSet } from './set-rules.ts';
import type { Caller } from './vihf-rules.ts';
import { checkLotSignature } from './xades.ts';
import { SET } from './xds-vocabulary.ts';

export interface FeedContext {
  readonly holdings: Holdings;
  readonly policy: Policy;
  readonly newUuid: () => string;
}

/** Empty when the submission is held; else the reasons, and nothing changed. */
export async function feed(
  provided: ProvidedSet,
  parts: ReadonlyMap<string, MimePart>,
  caller: Caller,
  context: FeedContext,
): Promise<RegistryError[]> {
  const { holdings, policy } = context;
  // An authorisation matters for reading only (dmp.md 7).
  const errors: RegistryError[] = openDmpErrors(holdings.patient(caller.patient), caller);
  const lot = assembleLot(provided, parts, SET.uniqueId, errors);
  if (lot === undefined) return errors;
  const headers = checkLot(lot, caller, policy, errors);
  const conflicts = (): RegistryError[] => findConflicts(lot, headers, caller, context);
  if (errors.length > 0) return [...errors, ...conflicts()];
  const items = heldDocuments(lot, headers, caller, context);
  const set = heldSet({
    object: lot.set,
    uniqueId: lot.setUniqueId,
    patient: caller.patient,
    associations: provided.submission.associations,
    entryUUIDs: new Map(items.map(({ document }) => [document.object.id, document.entryUUID])),
    receivedAt: policy.now().toISOString(),
    newUuid: context.newUuid,
  });
  return holdings.add(items, set, conflicts);
}

/** Checks on the submission alone. Returns the CDA headers read, by entry id. */
function checkLot(lot: Lot, caller: Caller, policy: Policy, errors: RegistryError[]): Map<string, CdaHeader> {
  checkSet(lot, caller, policy, errors);
  const headers = new Map<string, CdaHeader>();
  for (const document of lot.documents) {
    checkEntry(document, caller, policy, errors);
    checkClinicalCodes(document.entry, errors);
    checkSecrecy(document.entry, caller, policy, errors);
    // A DICOM KOS is the only document fed that is no CDA (dmp.md 5).
    const cda = document.entry.mimeType === 'application/dicom' ? undefined : checkCda(document, caller, errors);
    if (cda !== undefined) headers.set(document.entry.id, cda);
  }
  checkEntry(lot.signature, caller, policy, errors);
  checkSignatureEntry(lot.signature.entry, errors);
  checkLotSignature(lot, caller.signerDer, policy, errors);
  const ids = [lot.setUniqueId, ...[...lot.documents, lot.signature].map(({ uniqueId }) => uniqueId)];
  if (new Set(ids).size !== ids.length) {
    errors.push({ code: 'XDSRepositoryDuplicateUniqueIdInMessage', context: 'uniqueId répété dans le lot.' });
  }
  const versions = [...headers.values()].filter(isVersioned).map((cda) => `${setKey(cda)} ${cda.versionNumber}`);
  if (new Set(versions).size !== versions.length) {
    errors.push({
      code: 'InvalidDocumentContent',
      context: 'Deux documents du lot ont le même setId et la même version.',
    });
  }
  const bytes = [...lot.documents, lot.signature].reduce((total, document) => total + document.bytes.length, 0);
  if (bytes > policy.maxLotBytes) {
    errors.push({ code: 'XDSRepositoryError', context: `Lot de plus de ${policy.maxLotBytes} octets.` });
  }
  return headers;
}

/** What legal representatives must not see is fed by a secret connection, which they do not see either. */
function checkSecrecy(entry: RegistryObject, caller: Caller, policy: Policy, errors: RegistryError[]): void {
  if (!policy.secretFeed || caller.secret) return;
  if (!visibilitiesOf({ object: entry }).includes(INVISIBLE_TO_REPRESENTATIVES)) return;
  const context = `${INVISIBLE_TO_REPRESENTATIVES} : alimentation par connexion secrète seulement (EX_2.1-1050).`;
  errors.push({ code: 'XDSRegistryMetadataError', context, location: entry.id });
}

/** Checks against what is already held. */
function findConflicts(
  lot: Lot,
  headers: ReadonlyMap<string, CdaHeader>,
  caller: Caller,
  { holdings, policy }: FeedContext,
): RegistryError[] {
  const errors: RegistryError[] = [];
  if (holdings.knowsSet(lot.setUniqueId)) {
    errors.push({ code: policy.duplicateAnswer, context: 'uniqueId du lot déjà enregistré.', location: lot.set.id });
  }
  for (const { entry, uniqueId } of [...lot.documents, lot.signature]) {
    if (holdings.byUniqueId(uniqueId) !== undefined) {
      errors.push({ code: policy.duplicateAnswer, context: 'uniqueId déjà enregistré.', location: entry.id });
    }
  }
  for (const document of lot.documents) {
    checkVersion(document, headers.get(document.entry.id), caller, holdings, errors);
  }
  return errors;
}

function checkVersion(
  { entry, replaces }: LotDocument,
  cda: CdaHeader | undefined,
  caller: Caller,
  holdings: Holdings,
  errors: RegistryError[],
): void {
  const report = reporter(errors, 'InvalidDocumentContent', entry.id);
  if (
    cda !== undefined &&
    isVersioned(cda) &&
    holdings.byVersion(setKey(cda), Number(cda.versionNumber)) !== undefined
  ) {
    report('CDA : ce numéro de version existe déjà pour ce setId.');
  }
  const [parent] = cda?.replaced ?? [];
  const heldParent = heldFor(caller, parent?.root, holdings);
  if (replaces === undefined) {
    if (heldParent !== undefined) report('CDA : relatedDocument RPLC d’un document détenu, sans association RPLC.');
    return;
  }
  const target = holdings.byEntryUUID(replaces);
  if (target === undefined || target.kind !== 'document') {
    report('RPLC : document à remplacer inconnu (entryUUID attendu, non uniqueId).', 'XDSRegistryMetadataError');
    return;
  }
  if (!inDmp(target, holdings.patient(caller.patient))) {
    report('RPLC : le document à remplacer appartient à un autre patient.', 'XDSPatientIdDoesNotMatch');
  }
  if (holdings.statusOf(target) !== 'Approved') {
    report('RPLC : le document à remplacer n’est plus Approved.', 'XDSRegistryDeprecatedDocumentError');
  }
  if (cda === undefined) return;
  const namesAnother = parent === undefined || (heldParent !== undefined && heldParent !== target);
  if (namesAnother) report('CDA : relatedDocument ne désigne pas le document remplacé.');
  // A CDA of API V1 may belong to no set (dmp.md 5).
  if (!isVersioned(cda) || target.setId === undefined) return;
  if (setKey(cda) !== target.setId) report('CDA : setId différent de celui du document remplacé.');
  if (Number(cda.versionNumber) <= (target.versionNumber ?? 0)) report('CDA : versionNumber doit augmenter.');
}

/**
 * A version may name one that never reached the DMP (refused, or overtaken before it was sent): no source forbids it, and
 * its creator cannot know. What is held has to be named right.
 */
function heldFor(caller: Caller, uniqueId: string | undefined, holdings: Holdings): HeldDocument | undefined {
  const held = uniqueId === undefined ? undefined : holdings.byUniqueId(uniqueId);
  return held !== undefined && inDmp(held, holdings.patient(caller.patient)) ? held : undefined;
}

function isVersioned({ setId, versionNumber }: CdaHeader): boolean {
  return setId.root !== '' && versionNumber !== '';
}

function setKey({ setId }: CdaHeader): string {
  return `${setId.root}^${setId.extension}`;
}

function heldDocuments(
  lot: Lot,
  headers: ReadonlyMap<string, CdaHeader>,
  caller: Caller,
  { policy, newUuid }: FeedContext,
): { document: HeldDocument; bytes: Buffer }[] {
  const receivedAt = policy.now().toISOString();
  return [...lot.documents, lot.signature].map(({ entry, uniqueId, bytes, replaces }) => {
    const cda = headers.get(entry.id);
    const entryUUID = `urn:uuid:${newUuid().toLowerCase()}`;
    const document: HeldDocument = {
      entryUUID,
      logicalId: entryUUID,
      version: 1,
      uniqueId,
      kind: entry === lot.signature.entry ? 'signature' : 'document',
      object: entry,
      patient: caller.patient,
      hash: createHash('sha1').update(bytes).digest('hex'),
      size: bytes.length,
      ...(cda === undefined || !isVersioned(cda)
        ? {}
        : { setId: setKey(cda), versionNumber: Number(cda.versionNumber) }),
      ...(replaces === undefined ? {} : { replaces }),
      submissionSetUniqueId: lot.setUniqueId,
      structure: caller.structure,
      submitter: { id: caller.nameId, mode: caller.mode, software: caller.software },
      receivedAt,
      flags: caller.sha1 ? ['vihf-sha1'] : [],
    };
    return { document, bytes };
  });
}
