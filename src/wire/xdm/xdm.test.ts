import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { conformanceDir } from '../../../test/support/tools.ts';
import { NO_CONFORMANCE } from '../cda/cda.fixture.ts';
import { zipOf } from './archive.fixture.ts';
import { readXdm } from './xdm.ts';

const CDA = '<ClinicalDocument xmlns="urn:hl7-org:v3"/>';
const PATIENT = '279035121518989^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH';

interface Described {
  readonly uri: string;
  readonly content?: string | Buffer;
  readonly hash?: string;
  readonly size?: number;
  readonly patient?: string;
}

function metadata(entries: readonly Described[]): string {
  const slot = (name: string, value: string): string =>
    `<Slot name="${name}"><ValueList><Value>${value}</Value></ValueList></Slot>`;
  const identifier = (scheme: string, value: string): string =>
    `<ExternalIdentifier identificationScheme="${scheme}" value="${value}"/>`;
  const objects = entries.map(
    ({ uri, content = CDA, hash, size, patient = PATIENT }) =>
      `<ExtrinsicObject mimeType="text/xml">${slot('URI', uri)}` +
      `${slot('hash', hash ?? createHash('sha1').update(content).digest('hex').toUpperCase())}` +
      `${slot('size', String(size ?? Buffer.byteLength(content)))}` +
      `<Name><LocalizedString value="Lettre"/></Name>` +
      `${identifier('urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427', patient)}` +
      `${identifier('urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab', '1.2.3')}</ExtrinsicObject>`,
  );
  return (
    `<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" ` +
    `xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><RegistryObjectList>${objects.join('')}` +
    `</RegistryObjectList></lcm:SubmitObjectsRequest>`
  );
}

function xdm(
  described: readonly Described[],
  files: Readonly<Record<string, string | Buffer>> = { 'DOC00001.XML': CDA },
): Buffer {
  return zipOf([
    { name: 'INDEX.HTM', content: '<html/>' },
    { name: 'IHE_XDM/SUBSET01/METADATA.XML', content: metadata(described) },
    ...Object.entries(files).map(([name, content]) => ({ name: `IHE_XDM/SUBSET01/${name}`, content })),
  ]);
}

async function ruleOf(bytes: Buffer): Promise<string | undefined> {
  const read = await readXdm(bytes);
  return read.ok ? undefined : read.refusal.rule.id;
}

describe('an IHE XDM archive', () => {
  test('gives its documents with what is said of them', async () => {
    const read = await readXdm(xdm([{ uri: 'doc00001.xml' }]));
    assert.ok(read.ok);
    const [document] = read.value.documents;
    assert.equal(document?.bytes.toString(), CDA);
    assert.deepEqual(
      [document?.subset, document?.title, document?.uniqueId, document?.mimeType],
      ['SUBSET01', 'Lettre', '1.2.3', 'text/xml'],
    );
    assert.equal(read.value.patientId, PATIENT.replaceAll('&amp;', '&'));
  });

  const inner = zipOf([{ name: 'A', content: 'a' }]);
  const CASES: readonly (readonly [string, Buffer, string])[] = [
    ['no METADATA.XML', zipOf([{ name: 'README.TXT', content: '' }]), 'TDU-XDM-010'],
    [
      'METADATA.XML of a version control',
      zipOf([{ name: 'IHE_XDM/.svn/METADATA.XML', content: metadata([{ uri: 'A' }]) }]),
      'TDU-XDM-010',
    ],
    ['METADATA.XML that is not XML', zipOf([{ name: 'IHE_XDM/A/METADATA.XML', content: 'x' }]), 'TDU-XDM-011'],
    [
      'METADATA.XML with a DOCTYPE',
      zipOf([
        {
          name: 'IHE_XDM/A/METADATA.XML',
          content: `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${metadata([{ uri: '&x;' }])}`,
        },
      ]),
      'TDU-XDM-011',
    ],
    ['METADATA.XML without a document', xdm([]), 'TDU-XDM-011'],
    ['a document without a name', xdm([{ uri: '' }]), 'TDU-XDM-011'],
    ['a document that is not there', xdm([{ uri: 'DOC00002.XML' }]), 'TDU-XDM-012'],
    ['a document outside its folder', xdm([{ uri: '../../INDEX.HTM', content: '<html/>' }]), 'TDU-XDM-012'],
    ['a document of this machine', xdm([{ uri: '/etc/passwd' }]), 'TDU-XDM-012'],
    ['a document by address', xdm([{ uri: 'http://127.0.0.1:1/a' }]), 'TDU-XDM-012'],
    ['another size', xdm([{ uri: 'DOC00001.XML', size: 7 }]), 'TDU-XDM-013'],
    ['another SHA-1', xdm([{ uri: 'DOC00001.XML', hash: '0'.repeat(40) }]), 'TDU-XDM-013'],
    ['an archive as document', xdm([{ uri: 'A.ZIP', content: inner }], { 'A.ZIP': inner }), 'TDU-XDM-007'],
    [
      'two patients',
      xdm([{ uri: 'DOC00001.XML' }, { uri: 'DOC00001.XML', patient: PATIENT.replace('279', '179') }]),
      'TDU-XDM-014',
    ],
  ];
  for (const [what, bytes, rule] of CASES)
    test(`with ${what}: ${rule}`, async () => {
      assert.equal(await ruleOf(bytes), rule);
    });

  const folder = join(conformanceDir() ?? '', 'xdm');
  const examples = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.zip')) : [];
  test('of others is read, lower case and what macOS leaves included', {
    skip: examples.length === 0 && NO_CONFORMANCE,
  }, async () => {
    assert.ok(examples.length >= 3);
    for (const name of examples) {
      const read = await readXdm(readFileSync(join(folder, name)));
      assert.ok(read.ok, `${name}: ${read.ok || read.refusal.rule.id}`);
      assert.equal(read.value.documents.length, 1, name);
    }
  });
});
