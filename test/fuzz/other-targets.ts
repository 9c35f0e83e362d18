/** The payload of a DataMatrix, the token that opens the DMP, archives. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeInsPayload } from '../../src/ins/datamatrix.ts';
import { readInsPayload, verifyInsPayload } from '../../src/ins/datamatrix-read.ts';
import { qualifiedIdentity } from '../../src/wire/cda/cda.fixture.ts';
import { createTestAuthority } from '../../src/wire/soap/certificates.fixture.ts';
import { DEFAULT_VIHF_PROFILE, signedVihf } from '../../src/wire/vihf/vihf.ts';
import { zipOf } from '../../src/wire/xdm/archive.fixture.ts';
import { openArchive } from '../../src/wire/xdm/archive.ts';
import { acting, lps, qualifiedPatient } from '../../src/wire/xds/submission.fixture.ts';
import { verifyEnveloped } from '../../src/wire/xml/signature-verify.ts';
import { createSigner } from '../../src/wire/xml/signer.ts';
import { elements, withXml } from '../../src/wire/xml/xml.ts';
import { mutated } from './mutations.ts';
import type { FuzzTarget } from './target.ts';

const IDENTITY = qualifiedIdentity();
const PAYLOAD = encodeInsPayload(IDENTITY);

/** A payload without any problem says exactly what the identity says. */
const datamatrix: FuzzTarget = {
  name: 'datamatrix',
  runs: 4_000,
  property: () =>
    fc.property(mutated([Buffer.from(PAYLOAD)], ['S1', 'S7', '<GS>', '\u001d', 'IS01', '0', 'É']), (bytes) => {
      const text = bytes.toString('utf8');
      const { blocks } = readInsPayload(text);
      assert.ok(blocks.size <= 7);
      if (verifyInsPayload(text, IDENTITY).problems.length > 0) return;
      const expected = readInsPayload(PAYLOAD).blocks;
      for (const [id, value] of blocks) assert.equal(value, expected.get(id));
    }),
};

/** Whatever a configuration or a patient is called, the token is well formed, signed, and says nothing more. */
const vihf: FuzzTarget = {
  name: 'vihf',
  runs: 150,
  property: async () => {
    const authority = await createTestAuthority('CN=Fuzz');
    const { cert, key } = await authority.issue('O=FUZZ, OU=1120459876, CN=fuzz');
    const signer = createSigner({ certPem: cert, keyPem: key });
    const build = (text: string): Promise<string> =>
      signedVihf({
        acting: {
          ...acting,
          structure: { ...acting.structure, id: text },
          responsible: { id: text, name: text },
          roles: [{ code: text, system: '1.2.3', label: text }],
        },
        patient: qualifiedPatient(),
        lps: { ...lps, name: text, version: text, homologation: text, instanceId: text },
        profile: DEFAULT_VIHF_PROFILE,
        signer,
        issuedAt: new Date('2026-11-23T10:30:00Z'),
        id: '6d3f1f5e-6f0b-4f0a-8d0e-1c2d3e4f5a6b',
      });
    const shape = (xml: string): string[] =>
      withXml(Buffer.from(xml), (root) => elements(root, '//*').map(({ name }) => name));
    const expected = shape(await build('x'));
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.constantFrom(
        '</saml2:AttributeValue>',
        ']]>',
        '&#0;',
        '<!--',
        '"/><Role code="10"/>',
        '\r\n\t',
        '\u0000\ufffe',
      ),
    );
    return fc.asyncProperty(hostile, async (text) => {
      const xml = await build(text);
      assert.deepEqual(shape(xml), expected);
      const verified = withXml(Buffer.from(xml), (root) => verifyEnveloped(root, ['rsa-sha256']).ok);
      assert.equal(verified, true);
    });
  },
};

/** Never more than the archive may hold, never a name that leaves its folder. */
const archive: FuzzTarget = {
  name: 'archive',
  runs: 1_500,
  property: () => {
    const seed = zipOf([
      { name: 'IHE_XDM/', content: '', stored: true, mode: 0o040755 },
      { name: 'IHE_XDM/SUBSET01/METADATA.XML', content: '<a/>'.repeat(50) },
      { name: 'IHE_XDM/SUBSET01/DOC00001.XML', content: 'abc', stored: true, zip64: true },
    ]);
    const tokens = ['PK\u0001\u0002', 'PK\u0003\u0004', 'PK\u0005\u0006', '../', '/', '\0\0\0\0', 'ÿÿÿÿ'];
    return fc.asyncProperty(mutated([seed], tokens), async (bytes) => {
      const opened = await openArchive(bytes);
      if (!opened.ok) return;
      for (const file of opened.value) {
        assert.ok(!file.name.startsWith('/') && !file.name.split('/').includes('..'), file.name);
        const content = await file.read();
        if (content.ok) assert.equal(content.value.length, file.size);
      }
    });
  },
};

export const OTHER_TARGETS: readonly FuzzTarget[] = [datamatrix, vihf, archive];
