/** Context 1: an admission and its documents go all the way to the DMP, and the sender is told. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import { verifyChain } from '../../src/store/proofs.ts';
import { type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { conformanceDir, hasTool, run } from '../support/tools.ts';
import { admission, cdaMessage, cdaOf, letterPdf, newUniqueId, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

/** ins.md 6.1, vector 1: published for this patient. */
const PUBLISHED_SYMBOL =
  'IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE\u001dS4PAT-TROIS\u001dS5FS628-03-1979S763220';

const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

describe('from admission to the DMP, everything here (context 1)', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration();
  });
  after(() => demonstration?.stop());

  test('a VALI admission with a high-trust device is acknowledged, then qualified by INSi', async () => {
    const asked = (await demonstration.insi.stats()).total;
    const sent = admission(PAT_TROIS);
    const ack = await demonstration.send(sent.bytes);
    assert.deepEqual([ack.code, ack.controlId], ['AA', sent.controlId]);
    const patient = await qualified(demonstration, PAT_TROIS.ipp);
    assert.deepEqual([patient.matricule, patient.oid], [PAT_TROIS.matricule, PAT_TROIS.oid]);
    assert.equal(patient.deviceCheck?.documentType, 'CN');
    assert.deepEqual(patient.insi.state, 'settled');
    assert.equal((await demonstration.insi.stats()).total, asked + 1);
  });

  let letterId = '';

  test('its raw PDF is stamped, wrapped in a CDA, accepted once, and answered', async () => {
    const sent = await pdfMessage(PAT_TROIS);
    assert.equal((await demonstration.send(sent.bytes)).code, 'AA');
    const document = await documentIn(demonstration, sent.controlId, 'accepted');
    letterId = document.id;
    assert.equal(document.reason, null);
    assert.deepEqual(
      document.deliveries.map(({ destination, state, attempts }) => [destination, state, attempts]),
      [['DMP', 'accepted', 1]],
    );
    assert.deepEqual(await demonstration.content(document.id, 'original'), Buffer.from(await letterPdf()));
    const cda = await demonstration.content(document.id, 'cda');
    const [held, ...others] = await demonstration.held({ matricule: PAT_TROIS.matricule });
    assert.equal(others.length, 0);
    assert.deepEqual(
      [held?.status, held?.uniqueId, held?.hash, held?.size, held?.typeCode, held?.structure],
      ['Approved', document.uniqueId, sha1(cda), cda.length, '11490-0', '1990000028'],
    );
    assert.deepEqual(held?.patient, { matricule: PAT_TROIS.matricule, oid: PAT_TROIS.oid });
    const kept = await demonstration.dmp.post('/documents/content', { entryUUID: held?.entryUUID });
    assert.ok(Buffer.from(z.object({ base64: z.string() }).parse(kept).base64, 'base64').equals(cda));

    const answer = await until('answer delivered', async () =>
      (await demonstration.answers(document.id)).find(({ state }) => state === 'delivered'),
    );
    assert.equal(answer.kind, 'ZAM^Z01');
    assert.match(answer.er7, /^MSH\|\^~\\&\|TRAITDUNION\|CH-DEMO\|DPI-TEST\|CH-DEMO\|[^\r]*\|ZAM\^Z01\^ZAM_Z01\|/);
    assert.ok(answer.er7.includes(`|ACK_RECEPTION_DMP^Accusé de réception DMP^AckMetierZAM|${sent.controlId}|Y^`));
  });

  test('the stamped page is read by libdmtx byte for byte', async (t) => {
    if (!hasTool('dmtxread') || !hasTool('pdftoppm')) return t.skip('dmtxread or pdftoppm is not installed');
    const folder = await mkdtemp(join(tmpdir(), 'tdu-page-'));
    t.after(() => rm(folder, { recursive: true }));
    const pdf = join(folder, 'page.pdf');
    await writeFile(pdf, await demonstration.content(letterId, 'prepared'));
    const page = ['-r', '200', '-gray', '-png', '-singlefile', pdf, join(folder, 'page')];
    assert.equal((await run('pdftoppm', page)).status, 0);
    const read = await run('dmtxread', ['-N1', '-m5000', join(folder, 'page.png')]);
    assert.deepEqual(read.stdout.toString('latin1'), PUBLISHED_SYMBOL);
  });

  test('the CDA that was built is valid for the French schema', async (t) => {
    const folder = conformanceDir();
    if (folder === undefined) return t.skip('../shared/conformance is absent');
    if (!hasTool('xmllint')) return t.skip('xmllint is not installed');
    const schema = join(folder, 'cda/xsd/CDA_extended.xsd');
    const cda = await demonstration.content(letterId, 'cda');
    const judged = await run('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], cda);
    assert.equal(judged.status, 0, judged.stderr);
  });

  test('a CDA received goes to the DMP byte for byte', async () => {
    const uniqueId = newUniqueId();
    const cda = cdaOf(PAT_TROIS, uniqueId);
    const sent = cdaMessage(PAT_TROIS, cda, uniqueId);
    assert.equal((await demonstration.send(sent.bytes)).code, 'AA');
    const document = await documentIn(demonstration, sent.controlId, 'accepted');
    assert.equal(document.uniqueId, uniqueId);
    const [held, ...others] = await demonstration.held({ uniqueId });
    assert.equal(others.length, 0);
    assert.deepEqual([held?.status, held?.hash, held?.size], ['Approved', sha1(cda), cda.length]);
    assert.deepEqual(held?.patient, { matricule: PAT_TROIS.matricule, oid: PAT_TROIS.oid });
  });

  test('the ledger has one sealed link per acceptance, and its chain verifies', async () => {
    const chain = await until('both acceptances sealed', async () => {
      const verified = await verifyChain(demonstration.pool, 'ledger');
      return verified.links === 2 || verified.brokenAt !== undefined ? verified : undefined;
    });
    assert.deepEqual(chain, { links: 2 });
    const { rows } = await demonstration.pool.query<{ sha1: string }>(
      'select document_sha1 as sha1 from ledger order by id',
    );
    const held = await demonstration.held({ matricule: PAT_TROIS.matricule });
    assert.deepEqual(
      rows.map((row) => row.sha1),
      held.map(({ hash }) => hash),
    );
  });

  test('a changed ledger row breaks the chain', async () => {
    await demonstration.pool.query(`update ledger set type_code = '34112-3' where id = (select min(id) from ledger)`);
    assert.deepEqual(await verifyChain(demonstration.pool, 'ledger'), { links: 0, brokenAt: 1 });
  });

  test('no matricule is in the log, nor in an address that was called', async () => {
    const log = await readFile(join(demonstration.place.data, 'traitdunion.log'), 'utf8');
    assert.equal(log.includes(PAT_TROIS.matricule), false);
    assert.equal(log.includes(PAT_TROIS.matricule.slice(0, 13)), false);
  });
});
