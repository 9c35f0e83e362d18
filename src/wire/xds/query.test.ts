import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readSoap } from '../soap/envelope.ts';
import { withXml } from '../xml/xml.ts';
import { readQueryResponse } from './query.ts';
import { readRegistryResponse } from './registry-response.ts';
import { getDocumentsRequest } from './stored-query.ts';
import { entry } from './submission.fixture.ts';

const CONFORMANCE = fileURLToPath(new URL('../../../../shared/conformance/xds/', import.meta.url));
const QUERY = 'urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0';
const RS = 'urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0';
const RIM = 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0';
const STATUS = 'urn:oasis:names:tc:ebxml-regrep:ResponseStatusType';

describe('GetDocuments query', () => {
  it('is what the schema accepts', (t) => {
    if (!existsSync(CONFORMANCE)) return t.skip('conformance data is absent');
    for (const returns of ['LeafClass', 'ObjectRef'] as const) {
      const input = getDocumentsRequest('UniqueId', [entry.uniqueId], returns);
      assert.match(input, /\('1\.3\.6\.1\.4\.1\.19376\.1\.2\.20\.12345\.1\.1'\)/);
      const judge = spawnSync('xmllint', ['--noout', '--nonet', '--schema', `${CONFORMANCE}xsd/query.xsd`, '-'], {
        input,
      });
      if (judge.error !== undefined) return t.skip('xmllint is not installed');
      assert.equal(judge.status, 0, judge.stderr.toString());
    }
  });
});

describe('AdhocQueryResponse', () => {
  const read = (content: string, status = 'Success') =>
    withXml(
      Buffer.from(
        `<q:AdhocQueryResponse xmlns:q="${QUERY}" xmlns:rs="${RS}" status="${STATUS}:${status}">${content}</q:AdhocQueryResponse>`,
      ),
      readQueryResponse,
    );

  it('gives the whole entry from a foreign registry', (t) => {
    const sample = `${CONFORMANCE}samples-ch-epr/ITI-18_response.env.xml`;
    if (!existsSync(sample)) return t.skip('conformance data is absent');
    const answer = readSoap(readFileSync(sample), readQueryResponse);
    assert.ok(answer.kind === 'body');
    assert.deepEqual(answer.value, {
      status: 'success',
      errors: [],
      documents: [
        {
          entryUuid: 'urn:uuid:1415538d-41bc-41b2-9ae6-8b785f7f3aa6',
          status: 'Approved',
          uniqueId: '2.25.306443472873218838784535217290635593269',
          hash: 'a72f1824ea1d57af00faf5dd5ccb9aea0b0ce390',
          size: 5375,
        },
      ],
    });
  });

  it('gives references alone, or nothing', () => {
    const reference = `<l:RegistryObjectList xmlns:l="${RIM}"><l:ObjectRef id="urn:uuid:1"/></l:RegistryObjectList>`;
    assert.deepEqual(read(reference)?.documents, [{ entryUuid: 'urn:uuid:1' }]);
    assert.deepEqual(read(`<l:RegistryObjectList xmlns:l="${RIM}"/>`)?.documents, []);
  });

  it('is not read when its status is unknown, nor from another element', () => {
    assert.equal(read('', 'Maybe'), undefined);
    const registry = `<rs:RegistryResponse xmlns:rs="${RS}" status="${STATUS}:Success"/>`;
    assert.equal(withXml(Buffer.from(registry), readQueryResponse), undefined);
  });
});

describe('RegistryResponse', () => {
  const read = (xml: string) => withXml(Buffer.from(xml), readRegistryResponse);

  it('reads the success of a foreign repository', (t) => {
    const sample = `${CONFORMANCE}samples-ch-epr/ITI-41_response.env.xml`;
    if (!existsSync(sample)) return t.skip('conformance data is absent');
    const answer = readSoap(readFileSync(sample), readRegistryResponse);
    assert.deepEqual(answer, { kind: 'body', value: { status: 'success', errors: [] } });
  });

  it('reads every error, with what it says and where', () => {
    const xml =
      `<RegistryResponse xmlns="${RS}" status="${STATUS}:Failure"><RegistryErrorList>` +
      '<RegistryError errorCode="XDSRegistryMetadataError" codeContext="typeCode" location="Document01" ' +
      'severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"/>' +
      '<RegistryError errorCode="XDSExtraMetadataNotSaved" codeContext="" ' +
      'severity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Warning">texte</RegistryError>' +
      '</RegistryErrorList></RegistryResponse>';
    assert.deepEqual(read(xml), {
      status: 'failure',
      errors: [
        { code: 'XDSRegistryMetadataError', context: 'typeCode', location: 'Document01', severity: 'error' },
        { code: 'XDSExtraMetadataNotSaved', context: 'texte', severity: 'warning' },
      ],
    });
  });

  it('is not read from another namespace', () => {
    assert.equal(read(`<RegistryResponse status="${STATUS}:Success"/>`), undefined);
  });
});
