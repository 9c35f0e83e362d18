/** What the gateway really sends to INSi and to the DMP, judged by tools that know nothing of it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { withXml, text as xmlText } from '../../src/wire/xml/xml.ts';
import { xmlsecAccepts, xmlsecIsAbsent } from '../../src/wire/xml/xmlsec.fixture.ts';
import { type Demonstration, openPlace, type Place, startTestDemonstration } from '../support/demonstration.ts';
import { conformanceDir, hasTool, run } from '../support/tools.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { type Recorded, type Recorder, startRecorder } from './recorder.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

const ASSERTION_ID = ['ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion'];
const XADES_IDS = [
  'Id http://www.w3.org/2000/09/xmldsig#:Manifest',
  'Id http://uri.etsi.org/01903/v1.1.1#:SignedProperties',
];

/** The parts of a multipart body, headers apart, read without the product's own reader. */
function partsOf({ contentType, body }: Recorded): Buffer[] {
  const boundary = /boundary="([^"]+)"/.exec(contentType)?.[1] ?? '';
  const raw = body.toString('latin1');
  return raw
    .split(`--${boundary}`)
    .slice(1, -1)
    .map((part) => Buffer.from(part.slice(part.indexOf('\r\n\r\n') + 4, -2), 'latin1'));
}

describe('the real wire', () => {
  let place: Place;
  let dmp: Recorder;
  let insi: Recorder;
  let demonstration: Demonstration;
  let cda: Buffer;
  before(async () => {
    place = await openPlace();
    dmp = await startRecorder(place.pki, place.pki.authCli);
    insi = await startRecorder(place.pki, place.pki.insiAuto);
    demonstration = await startTestDemonstration({
      place,
      adjust: (config) => {
        if (config.dmp === undefined || config.insi === undefined) throw new Error('the demonstration has both');
        dmp.passTo(config.dmp.url);
        insi.passTo(config.insi.url);
        return { ...config, dmp: { ...config.dmp, url: dmp.url }, insi: { ...config.insi, url: insi.url } };
      },
    });
    await demonstration.send(admission(PAT_TROIS).bytes);
    await qualified(demonstration, PAT_TROIS.ipp);
    const letter = await pdfMessage(PAT_TROIS);
    await demonstration.send(letter.bytes);
    const { id } = await documentIn(demonstration, letter.controlId, 'accepted');
    cda = await demonstration.content(id, 'cda');
  });
  after(async () => {
    await demonstration?.stop();
    await Promise.all([dmp?.close(), insi?.close()]);
    await place?.remove();
  });

  const ending = (suffix: string): Recorded => {
    const found = dmp.requests.filter(({ path }) => path.endsWith(suffix));
    const [only] = found;
    assert.ok(only !== undefined && found.length === 1, `${found.length} requests to ${suffix}`);
    return only;
  };

  function needsXmlsec(t: TestContext): boolean {
    if (xmlsecIsAbsent()) t.skip('xmlsec1 is not installed');
    return xmlsecIsAbsent();
  }

  test('TD0.2 then TD2.1, once each, under the authentication certificate', () => {
    assert.deepEqual(
      dmp.requests.map(({ path, client }) => [path, client]),
      [
        ['/si-dmp-server/v2/services/patients', 'TRAITDUNION AUTH_CLI'],
        ['/si-dmp-server/v2/services/repository', 'TRAITDUNION AUTH_CLI'],
      ],
    );
    assert.match(ending('/patients').contentType, /^application\/soap\+xml;/);
    assert.match(ending('/repository').contentType, /^multipart\/related;.*type="application\/xop\+xml"/);
  });

  test('xmlsec1 verifies the VIHF of both calls, and not a VIHF for another patient', (t) => {
    if (needsXmlsec(t)) return;
    const [submission = Buffer.alloc(0)] = partsOf(ending('/repository'));
    for (const envelope of [ending('/patients').body, submission].map((bytes) => bytes.toString('utf8'))) {
      assert.equal(xmlsecAccepts(envelope, place.pki.caPem, ASSERTION_ID), true);
      const of = `${PAT_TROIS.matricule}^^^`;
      assert.ok(envelope.includes(of));
      const forged = envelope.replaceAll(of, `279035121518900^^^`);
      assert.equal(xmlsecAccepts(forged, place.pki.caPem, ASSERTION_ID), false);
    }
  });

  test('the VIHF says who sends, for whom, in indirect mode', () => {
    const value = (name: string) =>
      withXml(ending('/patients').body, (root) =>
        xmlText(root, `//s:Attribute[@Name='${name}']/s:AttributeValue`, {
          s: 'urn:oasis:names:tc:SAML:2.0:assertion',
        }),
      );
    assert.equal(value('Authentification_Mode'), 'INDIRECTE');
    assert.equal(value('VIHF_Version'), '3.0');
    assert.equal(value('Identifiant_Structure'), '1990000028');
    assert.match(value('Secteur_Activite') ?? '', /^SA01\^1\.2\.250\.1\.71\.4\.2\.4$/);
    assert.equal(value('Ressource_URN'), 'urn:dmp');
    assert.equal(
      value('urn:oasis:names:tc:xacml:2.0:resource:resource-id'),
      `${PAT_TROIS.matricule}^^^&${PAT_TROIS.oid}&ISO^NH`,
    );
  });

  function xades(): string {
    const found = partsOf(ending('/repository')).find((part) => part.includes('SignedProperties'));
    assert.ok(found !== undefined);
    return found.toString('utf8');
  }

  test('xmlsec1 verifies the XAdES of the submission, and not one moved in time', (t) => {
    if (needsXmlsec(t)) return;
    assert.equal(xmlsecAccepts(xades(), place.pki.caPem, XADES_IDS), true);
    const moved = xades().replace(/<SigningTime>20/, '<SigningTime>19');
    assert.notEqual(moved, xades());
    assert.equal(xmlsecAccepts(moved, place.pki.caPem, XADES_IDS), false);
  });

  test('the manifest that is signed covers the CDA, in canonical form', async (t) => {
    if (!hasTool('xmllint')) return t.skip('xmllint is not installed');
    const canonical = await run('xmllint', ['--nonet', '--c14n', '-'], cda);
    assert.equal(canonical.status, 0, canonical.stderr);
    const digest = createHash('sha1').update(canonical.stdout).digest('base64');
    assert.ok(xades().includes(`<DigestValue>${digest}</DigestValue>`));
  });

  test('the CDA travels as an attachment, byte for byte', () => {
    assert.ok(partsOf(ending('/repository')).some((part) => part.equals(cda)));
  });

  test('the XDS schema accepts the ITI-41 request', async (t) => {
    const folder = conformanceDir();
    if (folder === undefined) return t.skip('../shared/conformance is absent');
    if (!hasTool('xmllint')) return t.skip('xmllint is not installed');
    const [envelope = Buffer.alloc(0)] = partsOf(ending('/repository'));
    const pattern =
      /<(\w+:)?ProvideAndRegisterDocumentSetRequest[\s\S]*<\/(\w+:)?ProvideAndRegisterDocumentSetRequest>/;
    const [body = ''] = pattern.exec(envelope.toString('utf8')) ?? [];
    assert.equal(body.match(/<xop:Include/g)?.length, 2, 'the document and the signature');
    // The schema knows Base64 content; the MTOM include stands for it on the wire.
    const inline = body.replace(/<xop:Include[^>]*\/>/g, 'AA==');
    const schema = join(folder, 'xds/xsd/XDS.b_DocumentRepository.xsd');
    const judged = await run('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], inline);
    assert.equal(judged.status, 0, judged.stderr);
  });

  test('INSi is asked under INSI-AUTO with both contexts, addressed and dated', () => {
    const asked = insi.requests.find(({ body }) => body.includes(PAT_TROIS.birthName));
    assert.ok(asked !== undefined);
    assert.deepEqual([asked.path, asked.client], ['/lps', 'INSI-AUTO']);
    const action = 'urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite';
    assert.match(asked.contentType, /^application\/soap\+xml; ?charset=utf-8; ?action="/i);
    assert.ok(asked.contentType.includes(`action="${action}"`));
    const ns = {
      s: 'http://www.w3.org/2003/05/soap-envelope',
      a: 'http://www.w3.org/2005/08/addressing',
      bam: 'urn:siram:bam:ctxbam',
      lps: 'urn:siram:lps:ctxlps',
      r: 'http://www.cnamts.fr/INSiRecSans',
    };
    const value = (path: string) => withXml(asked.body, (root) => xmlText(root, path, ns));
    assert.equal(value('/s:Envelope/s:Header/a:Action'), action);
    assert.match(value('/s:Envelope/s:Header/a:MessageID') ?? '', /^uuid:[0-9a-f-]{36}$/);
    assert.equal(value('//bam:ContexteBAM/@Version'), '01_02');
    assert.equal(value('//lps:ContexteLPS/@Version'), '01_00');
    for (const context of ['bam', 'lps']) {
      assert.match(value(`//${context}:Temps`) ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      assert.equal(value(`//${context}:Emetteur`), '1990000010');
    }
    assert.equal(value('//lps:IDAM'), 'DEMO-INSI-0001');
    assert.equal(value('/s:Envelope/s:Body/r:RECSANSVITALE/r:NomNaissance'), PAT_TROIS.birthName);
    assert.equal(value('/s:Envelope/s:Body/r:RECSANSVITALE/r:DateNaissance'), PAT_TROIS.birthDate);
  });

  test('every request to INSi has a MessageID of its own', () => {
    const ids = insi.requests.map(({ body }) => /uuid:[0-9a-f-]{36}/.exec(body.toString('utf8'))?.[0]);
    assert.equal(new Set(ids).size, insi.requests.length);
  });

  test('no matricule stands in an address', () => {
    for (const { path } of [...dmp.requests, ...insi.requests]) assert.doesNotMatch(path, /\d{13}/);
  });
});
