/** TD3.3a and TD3.3b: the same document under new metadata, of which visibility alone may change. Source: dmp.md 1.6 and 6. */
import {
  INVISIBLE_TO_PATIENT,
  INVISIBLE_TO_REPRESENTATIVES,
  isListed,
  isTheirs,
  isTreatingPhysician,
  MASKED,
  visibilitiesOf,
} from './access.ts';
import type { Association, Classification, RegistryObject, Submission } from './ebxml.ts';
import { checkConfidentiality } from './entry-rules.ts';
import type { FeedContext } from './feed.ts';
import type { HeldDocument, HeldSet } from './held.ts';
import type { Holdings } from './holdings.ts';
import { codesOf } from './metadata.ts';
import { type RegistryError, type Report, reporter } from './problem.ts';
import { inDmp } from './query.ts';
import { addedSlots } from './registry-writer.ts';
import type { Caller } from './vihf-rules.ts';
import { APPROVED, ENTRY, HAS_MEMBER } from './xds-vocabulary.ts';

/** Showing to the patient or to the representatives is TD3.3b, masking and unmasking TD3.3a. */
export function transactionOfVersion({ entries }: Submission, holdings: Holdings): 'TD3.3a' | 'TD3.3b' {
  const [entry] = entries;
  const current = entry?.lid === undefined ? undefined : holdings.byLogicalId(entry.lid);
  if (entry === undefined || current === undefined) return 'TD3.3a';
  const { added, removed } = difference(current, entry);
  const masking = [...added, ...removed].includes(MASKED);
  return !masking && added.length + removed.length > 0 ? 'TD3.3b' : 'TD3.3a';
}

function difference(current: HeldDocument, entry: RegistryObject): { added: string[]; removed: string[] } {
  const [before, after] = [visibilitiesOf(current), visibilitiesOf({ object: entry })];
  return {
    added: after.filter((code) => !before.includes(code)),
    removed: before.filter((code) => !after.includes(code)),
  };
}

/** Empty when the new version is held. */
export async function changeVisibility(
  link: Association,
  update: Submission,
  set: HeldSet,
  caller: Caller,
  context: FeedContext,
): Promise<RegistryError[]> {
  const errors: RegistryError[] = [];
  const [entry, other] = update.entries;
  const report = reporter(errors, 'XDSMetadataUpdateError', entry?.id);
  if (entry === undefined || other !== undefined) {
    report('Un et un seul ExtrinsicObject attendu.', 'XDSMetadataUpdateOperationError');
    return errors;
  }
  if (link.type !== HAS_MEMBER || link.target !== entry.id || link.slots.SubmissionSetStatus?.join() !== 'Original') {
    report('Une association HasMember (Original) vers l’ExtrinsicObject attendue.', 'XDSMetadataUpdateOperationError');
  }
  const current = entry.lid === undefined ? undefined : context.holdings.byLogicalId(entry.lid);
  if (current === undefined) report('lid absent ou inconnu : identifiant logique du document attendu.');
  checkConfidentiality(entry, report);
  if (current === undefined || errors.length > 0) return errors;
  const next = nextVersion(current, entry, context.newUuid);
  const linked = linkedTo(set, next.entryUUID);
  return context.holdings.update(next, linked, () => conflicts(link, entry, set, caller, context));
}

/** What the server keeps: all but the visibility comes from what it holds. */
function nextVersion(current: HeldDocument, entry: RegistryObject, newUuid: () => string): HeldDocument {
  const others = current.object.classifications.filter(({ scheme }) => scheme !== ENTRY.confidentiality);
  const levels = entry.classifications.filter(({ scheme }) => scheme === ENTRY.confidentiality);
  return {
    ...current,
    entryUUID: `urn:uuid:${newUuid().toLowerCase()}`,
    version: current.version + 1,
    object: { ...current.object, classifications: [...others, ...levels] },
  };
}

function linkedTo(set: HeldSet, entryUUID: string): HeldSet {
  return { ...set, associations: set.associations.map((link) => ({ ...link, target: entryUUID })) };
}

function conflicts(
  link: Association,
  entry: RegistryObject,
  set: HeldSet,
  caller: Caller,
  { holdings, policy }: FeedContext,
): RegistryError[] {
  const errors: RegistryError[] = [];
  const report = reporter(errors, 'XDSMetadataUpdateError', entry.id);
  if (holdings.knowsSet(set.uniqueId)) report('uniqueId du lot déjà enregistré.', 'XDSDuplicateUniqueIdInRegistry');
  const patient = holdings.patient(caller.patient);
  const current = holdings.byLogicalId(entry.lid ?? '');
  const known = current !== undefined && current.kind === 'document' && inDmp(current, patient);
  if (!known || !isListed(current, caller, patient, policy)) {
    report('Document inconnu pour ce patient.');
    return errors;
  }
  if (link.slots.PreviousVersion?.join() !== String(current.version)) {
    report(`PreviousVersion : ${current.version} attendu, version en cours.`, 'XDSMetadataVersionError');
  }
  const status = holdings.statusOf(current);
  if (status !== 'Approved' || entry.status !== APPROVED) report(`Document et statut Approved attendus (${status}).`);
  checkUnchanged(current, entry, report);
  const { added, removed } = difference(current, entry);
  if (added.includes(INVISIBLE_TO_PATIENT)) report('Un document déjà visible du patient ne peut plus lui être caché.');
  if (added.includes(INVISIBLE_TO_REPRESENTATIVES)) {
    report('Un document déjà visible des représentants légaux ne peut plus leur être caché.');
  }
  if (removed.includes(MASKED) && !isTheirs(current, caller, policy) && !isTreatingPhysician(patient, caller)) {
    report('Démasquage : ses propres documents, ou ceux de son patient pour le médecin traitant.');
  }
  return errors;
}

/** The whole entry is sent back; anything else than the visibility codes has to be as the registry holds it. */
function checkUnchanged(current: HeldDocument, entry: RegistryObject, report: Report): void {
  const held = { ...current.object, slots: { ...current.object.slots, ...addedSlots(current) } };
  const names = ['mimeType', 'objectType', 'name', 'description'] as const;
  const changed: string[] = names.filter((name) => entry[name] !== held[name]);
  for (const name of new Set([...Object.keys(held.slots), ...Object.keys(entry.slots)])) {
    if (sorted(held.slots[name]) !== sorted(entry.slots[name])) changed.push(name);
  }
  if (classificationsOf(held) !== classificationsOf(entry)) changed.push('classifications');
  if (level(held) !== level(entry)) changed.push('confidentialityCode');
  if (
    sorted(held.identifiers.map((pair) => pair.join(' '))) !== sorted(entry.identifiers.map((pair) => pair.join(' ')))
  ) {
    changed.push('ExternalIdentifier');
  }
  if (changed.length > 0)
    report(`Seule la visibilité peut changer ; diffère de ce qui est détenu : ${changed.join(', ')}.`);
}

function sorted(values: readonly string[] = []): string {
  return JSON.stringify(values.toSorted());
}

/** Without labels and ids, which the registry may write its own way. */
function classificationsOf({ classifications }: RegistryObject): string {
  const write = ({ scheme, code, slots }: Classification): string =>
    JSON.stringify([scheme, code, Object.entries(slots).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
  return sorted(classifications.filter(({ scheme }) => scheme !== ENTRY.confidentiality).map(write));
}

function level(object: RegistryObject): string {
  const [first] = codesOf(object, ENTRY.confidentiality);
  return `${first?.code} ${first?.system}`;
}
