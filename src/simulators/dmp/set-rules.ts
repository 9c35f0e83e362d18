/** What the SubmissionSet must say. Source: dmp.md 3.2 and 9 (checks 4 and 5). */
import { isOid } from '../../ins/oids.ts';
import type { Lot } from './lot.ts';
import { authorsOf, codesOf, identifiersOf, slotOf } from './metadata.ts';
import type { Policy } from './options.ts';
import { type RegistryError, reporter } from './problem.ts';
import { readInsCx, readXdsTime, samePatient } from './values.ts';
import type { Caller } from './vihf-rules.ts';
import { isIn, SET } from './xds-vocabulary.ts';

/** The set of a submission, or of a change of what is held. */
export function checkSet(
  { set, setUniqueId }: Pick<Lot, 'set' | 'setUniqueId'>,
  caller: Caller,
  policy: Policy,
  errors: RegistryError[],
): void {
  const report = reporter(errors, 'XDSRegistryMetadataError', set.id);
  const one = (scheme: string): string => {
    const values = identifiersOf(set, scheme);
    return values.length === 1 ? (values[0] ?? '') : '';
  };
  const submitted = readXdsTime(slotOf(set, 'submissionTime') ?? '');
  if (submitted === undefined) report('submissionTime absent ou non exprimé en UTC AAAAMMJJHHMMSS.');
  else if (submitted > policy.now().getTime() + policy.clockSkewMs) report('submissionTime dans le futur.');
  if (!samePatient(readInsCx(one(SET.patientId)), caller.patient)) {
    report('patientId du lot différent de celui du VIHF.', 'XDSPatientIdDoesNotMatch');
  }
  if (!isOid(one(SET.sourceId))) report('sourceId absent ou qui n’est pas un OID.');
  if (one(SET.uniqueId) === '' || !isOid(setUniqueId)) report('uniqueId du lot absent ou qui n’est pas un OID.');
  const contentTypes = codesOf(set, SET.contentType);
  const [contentType] = contentTypes;
  if (
    contentTypes.length !== 1 ||
    contentType === undefined ||
    !isIn.contentTypes(contentType.code, contentType.system)
  ) {
    report('Un et un seul contentTypeCode de JDV_J59 attendu.');
  }
  const authors = authorsOf(set, SET.author);
  const [author] = authors;
  if (author === undefined || authors.length > 1) report('Un et un seul auteur de lot attendu.');
  else if (author.personId === undefined) report('authorPerson du lot absent ou mal formé (XCN).');
  if (author !== undefined && (author.badInstitution || author.institutions.join() !== caller.structure)) {
    report('Aucun authorInstitution du lot ne correspond à la structure du VIHF.');
  }
}
