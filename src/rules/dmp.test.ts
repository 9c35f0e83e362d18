import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { dmpRules, xdsRule } from './dmp.ts';
import { xdsRules } from './dmp-xds.ts';

/** The codes of dmp.md 6 for ITI-41, ITI-43 and ITI-57. */
const CODES =
  'InvalidDocumentContent PartialReplaceContentNotProcessed XDSDuplicateUniqueIdInRegistry XDSExtraMetadataNotSaved ' +
  'XDSMissingDocument XDSMissingDocumentMetadata XDSPatientIdDoesNotMatch XDSRegistryBusy XDSRepositoryBusy ' +
  'XDSRegistryDeprecatedDocumentError XDSRegistryDuplicateUniqueIdInMessage XDSRepositoryDuplicateUniqueIdInMessage ' +
  'XDSRegistryError XDSRepositoryError XDSRegistryMetadataError XDSRepositoryMetadataError XDSRegistryNotAvailable ' +
  'XDSRegistryOutOfResources XDSRepositoryOutOfResources XDSUnknownPatientId XDSDocumentUniqueIdError ' +
  'XDSMetadataUpdateError XDSMetadataUpdateOperationError XDSMetadataVersionError XDSPatientIDReconciliationError';

describe('DMP rules', () => {
  it('explain every code of the specification, and no other', () => {
    assert.deepEqual(Object.keys(xdsRules).sort(), CODES.split(' ').sort());
    for (const code of CODES.split(' ')) assert.ok(xdsRule(code));
    for (const code of ['DMPAccessDenied', 'toString', '__proto__', '']) assert.equal(xdsRule(code), undefined);
  });

  it('retry alone exactly what passes by itself, and the duplicate that must be asked about', () => {
    const alone = Object.entries(xdsRules).filter(([, rule]) => rule.retry === 'automatic');
    const busy = /Busy$|NotAvailable$|OutOfResources$/;
    assert.deepEqual(
      alone.map(([code]) => code).sort(),
      CODES.split(' ')
        .filter((code) => busy.test(code) || code === 'XDSDuplicateUniqueIdInRegistry')
        .sort(),
    );
    assert.deepEqual(
      alone.filter(([, rule]) => !rule.safeToResend).map(([code]) => code),
      ['XDSDuplicateUniqueIdInRegistry'],
    );
  });

  it('have an identifier each', () => {
    const ids = Object.values(dmpRules).map((rule) => rule.id);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^TDU-DMP-\d{3}$/);
  });
});
