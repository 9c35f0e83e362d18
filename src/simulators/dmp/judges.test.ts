/** The fixtures and the answers of the simulator, judged by others: a wrong fixture would prove nothing about it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openTestDmp, type TestAnswer, temporaryDirectory } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { certificates } from './certificates.fixture.ts';
import { fed } from './feeder.fixture.ts';
import { feedRequest, type Recipe, writeToken } from './message.fixture.ts';
import {
  FIND_SETS,
  find,
  GET_WITH_ASSOCIATIONS,
  registry,
  retrieve,
  setParameters,
  query as writeQuery,
} from './query.fixture.ts';
import { changeStatus, changeVisibility } from './update.fixture.ts';

async function verify(t: TestContext, xml: string, ids: readonly string[]): Promise<string> {
  const directory = await temporaryDirectory(t);
  const [file, ca] = [join(directory, 'signed.xml'), join(directory, 'ca.pem')];
  await writeFile(file, xml);
  await writeFile(ca, certificates().authority.pem);
  const run = spawnSync('xmlsec1', [
    '--verify',
    '--trusted-pem',
    ca,
    // The manifest names documents by urn:oid, which nobody can fetch.
    '--ignore-manifests',
    '--verification-time',
    '2026-11-23 10:00:00',
    ...ids,
    file,
  ]);
  return `${run.stdout}${run.stderr}`;
}

function part(contentId: string): string {
  const mime = feedRequest().body.toString('utf8');
  const start = mime.indexOf(`<${contentId}>\r\n\r\n`) + contentId.length + 6;
  return mime.slice(start, mime.indexOf('\r\n--', start));
}

test('xmlsec1 verifies the VIHF and the submission signature of the fixtures', async (t) => {
  if (spawnSync('xmlsec1', ['--version']).status !== 0) return t.skip('xmlsec1 is not installed');
  const token = await verify(t, writeToken({}), ['--id-attr:ID', 'urn:oasis:names:tc:SAML:2.0:assertion:Assertion']);
  assert.match(token, /^(Verification status: )?OK/m, token);
  const forged = await verify(t, writeToken({}).replace('Gateway', 'Other'), [
    '--id-attr:ID',
    'urn:oasis:names:tc:SAML:2.0:assertion:Assertion',
  ]);
  assert.doesNotMatch(forged, /^(Verification status: )?OK/m);
  const lot = await verify(t, part('Signature01@test'), [
    '--id-attr:Id',
    'http://www.w3.org/2000/09/xmldsig#:Manifest',
    '--id-attr:Id',
    'http://uri.etsi.org/01903/v1.1.1#:SignedProperties',
  ]);
  assert.match(lot, /SignedInfo References \(ok\/all\): 2\/2/, lot);
});

test('the XDS schema accepts the request of the fixtures', async (t) => {
  const schema = fileURLToPath(
    new URL('../../../../shared/conformance/xds/xsd/XDS.b_DocumentRepository.xsd', import.meta.url),
  );
  if (!existsSync(schema)) return t.skip('no conformance data');
  if (spawnSync('xmllint', ['--version']).status !== 0) return t.skip('xmllint is not installed');
  const envelope = part('root@test');
  const [body = ''] = /<xdsb:ProvideAndRegister.*<\/xdsb:ProvideAndRegisterDocumentSetRequest>/s.exec(envelope) ?? [];
  const file = join(await temporaryDirectory(t), 'request.xml');
  // The schema knows Base64 content; the MTOM include stands for it on the wire.
  await writeFile(file, body.replace(/<xop:Include[^>]*>/g, 'AA=='));
  const run = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, file]);
  assert.equal(run.status, 0, String(run.stderr));
});

/** Files of the conformance data against which an answer must be valid; undefined where they are not there. */
function schemaOf(name: string): string | undefined {
  const file = fileURLToPath(new URL(`../../../../shared/conformance/xds/xsd/${name}`, import.meta.url));
  return existsSync(file) && spawnSync('xmllint', ['--version']).status === 0 ? file : undefined;
}

/** What xmllint has to say of the payload of an answer; '' when it is valid. */
async function judge(t: TestContext, envelope: string, schema: string): Promise<string> {
  const [, body = ''] = /<s:Body>(.*)<\/s:Body>/s.exec(envelope) ?? [];
  const file = join(await temporaryDirectory(t), 'answer.xml');
  await writeFile(file, body.replace(/<xop:Include[^>]*>/g, 'AA=='));
  const { status, stderr } = spawnSync('xmllint', ['--noout', '--nonet', '--schema', schema, file]);
  return status === 0 ? '' : String(stderr);
}

test('every answer of the registry and of the repository is valid against the schemas of XDS', async (t) => {
  const [query, repository, rs] = [schemaOf('query.xsd'), schemaOf('XDS.b_DocumentRepository.xsd'), schemaOf('rs.xsd')];
  if (query === undefined || repository === undefined || rs === undefined)
    return t.skip('no conformance data or no xmllint');
  const dmp = await openTestDmp(t);
  const air = as({ mode: 'INDIRECTE_RENFORCEE' });
  const document = await fed(dmp, { visibilities: ['INVISIBLE_PATIENT'] });
  const byUUID = { $XDSDocumentEntryEntryUUID: `('${document.entryUUID}')` };
  const answers: [what: string, schema: string, answer: Promise<TestAnswer>][] = [
    ['FindDocuments', query, registry(dmp, find(), air)],
    ['FindSubmissionSets', query, registry(dmp, writeQuery(FIND_SETS, setParameters()), air)],
    ['GetDocumentsAndAssociations', query, registry(dmp, writeQuery(GET_WITH_ASSOCIATIONS, byUUID), air)],
    ['references', query, registry(dmp, writeQuery(GET_WITH_ASSOCIATIONS, byUUID, 'ObjectRef'), air)],
    ['refused query', query, registry(dmp, find({ $XDSDocumentEntryStatus: 'x' }), air)],
    ['retrieval', repository, retrieve(dmp, [document.uniqueId], air)],
    ['partial retrieval', repository, retrieve(dmp, [document.uniqueId, '1.2.3'], air)],
    ['failed retrieval', repository, retrieve(dmp, ['1.2.3'], air)],
    ['new version', rs, changeVisibility(dmp, document, [])],
    ['refused deletion', rs, changeStatus(dmp, document.entryUUID)],
    ['submission', rs, dmp.send(feedRequest())],
  ];
  for (const [what, schema, answer] of answers) {
    const { body } = await answer;
    assert.equal(await judge(t, body, schema), '', what);
  }
  assert.notEqual(
    await judge(t, '<s:Body><rs:RegistryResponse xmlns:rs="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"/></s:Body>', rs),
    '',
  );
});

test('the requests of the fixtures that change what is held are valid too', async (t) => {
  const lcm = schemaOf('lcm.xsd');
  if (lcm === undefined) return t.skip('no conformance data or no xmllint');
  const dmp = await openTestDmp(t);
  const document = await fed(dmp);
  for (const send of [
    (recipe: Recipe) => changeVisibility(dmp, document, ['MASQUE_PS'], { recipe }),
    (recipe: Recipe) => changeStatus(dmp, document.entryUUID, { recipe }),
  ]) {
    let sent = '';
    const envelope = (xml: string): string => {
      sent = xml;
      return xml;
    };
    await send({ ...as({ mode: 'INDIRECTE_RENFORCEE' }), envelope });
    assert.equal(await judge(t, sent, lcm), '');
  }
});
