/**
 * The three contexts (design 1 and 10): one journey, from the admission to the plan, wherever the RI and the DPI are.
 * 1: RI, DPI side and PFI here. 2: the RI is the GAM. 3: so is it, and the DPI prints by itself.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import type { ConfigInput } from '../../src/config/schema.ts';
import { DEMO_EG, DEMO_IPP_DOMAIN } from '../../src/demo/structure.ts';
import { verifyChain } from '../../src/store/proofs.ts';
import { type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { conformanceDir, hasTool, run } from '../support/tools.ts';
import { admission, altered, cdaMessage, cdaOf, letterPdf, newUniqueId, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS, person } from './people.fixture.ts';
import { documentIn, patientWhere, qualified, untouchable } from './waiting.fixture.ts';

type Context = 1 | 2 | 3;

/** ins.md 6.1, vector 1: published for this patient. */
const PUBLISHED_SYMBOL =
  'IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE\u001dS4PAT-TROIS\u001dS5FS628-03-1979S763220';

const TITLES: Readonly<Record<Context, string>> = {
  1: 'everything here',
  2: 'the RI is the GAM',
  3: 'the RI is the GAM, the DPI prints by itself',
};

/** What the plan says of each of its points once the journey is over. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  'TDU-PLN-001': 'done',
  'TDU-PLN-002': 'done',
  'TDU-PLN-003': 'to-declare',
  'TDU-PLN-010': 'done',
  'TDU-PLN-011': 'done',
  'TDU-PLN-012': 'done',
  'TDU-PLN-020': 'done',
  'TDU-PLN-030': 'done',
  'TDU-PLN-031': 'not-applicable',
  'TDU-PLN-032': 'not-applicable',
  'TDU-PLN-040': 'done',
  'TDU-PLN-041': 'done',
};
const PLANS: Readonly<Record<Context, Readonly<Record<string, string>>>> = {
  1: { ...EVERYWHERE, 'TDU-PLN-030': 'not-applicable', 'TDU-PLN-031': 'todo' },
  2: EVERYWHERE,
  // The DPI prints: its templates are still to be audited; its messages bear the INS.
  3: { ...EVERYWHERE, 'TDU-PLN-020': 'todo', 'TDU-PLN-032': 'done' },
};

const planAnswer = z.object({
  context: z.number(),
  steps: z.array(z.object({ checks: z.array(z.object({ rule: z.string(), state: z.string() })) })),
});

const sha1 = (bytes: Uint8Array): string => createHash('sha1').update(bytes).digest('hex');

/** Context 3: the site leaves banner and DataMatrix to the DPI (practice 13). */
function adjust(context: Context): (config: ConfigInput) => ConfigInput {
  return (config) =>
    context === 3
      ? { ...config, sources: config.sources.map((source) => ({ ...source, stampRawPdf: false })) }
      : config;
}

for (const context of [1, 2, 3] as const)
  describe(`context ${context}: ${TITLES[context]}`, () => {
    let running: Demonstration | undefined;
    const demonstration = (): Demonstration => {
      assert.ok(running);
      return running;
    };
    before(async () => {
      running = await startTestDemonstration({ context, adjust: adjust(context) });
    });
    after(() => running?.stop());

    sameJourney(context, demonstration);
    if (context === 1) builtHere(demonstration);
    else repositoryUpstream(demonstration);
  });

/** What the software of this context says of the patient: in contexts 2 and 3 it knows the INS. */
function saidOf(context: Context): { readonly patient?: { readonly ins: typeof PAT_TROIS } } {
  return context === 1 ? {} : { patient: { ins: PAT_TROIS } };
}

/** From the admission to the plan: the same everywhere. */
function sameJourney(context: Context, demonstration: () => Demonstration): void {
  const said = saidOf(context);
  let letterId = '';

  test('an admission is acknowledged, and its identity qualified', async () => {
    const asked = (await demonstration().insi.stats()).total;
    const sent = admission(PAT_TROIS, {
      ...said,
      movement: { id: `M-${PAT_TROIS.ipp}`, startsAt: '20261123080000', action: 'INSERT', unit: 'MED A' },
    });
    const ack = await demonstration().send(sent.bytes);
    assert.deepEqual([ack.code, ack.controlId], ['AA', sent.controlId]);
    const patient = await qualified(demonstration(), PAT_TROIS.ipp);
    assert.deepEqual([patient.matricule, patient.oid], [PAT_TROIS.matricule, PAT_TROIS.oid]);
    assert.equal(patient.mirror, context !== 1);
    // Who qualifies: INSi, asked once from here, or the upstream repository.
    assert.equal((await demonstration().insi.stats()).total, context === 1 ? asked + 1 : asked);
    if (context === 1) assert.deepEqual([patient.deviceCheck?.documentType, patient.insi.state], ['CN', 'settled']);
  });

  test('its raw PDF is accepted once in a CDA of ours, and its sender is told', async () => {
    const sent = await pdfMessage(PAT_TROIS, said);
    assert.equal((await demonstration().send(sent.bytes)).code, 'AA');
    const document = await documentIn(demonstration(), sent.controlId, 'accepted');
    letterId = document.id;
    assert.equal(document.reason, null);
    assert.deepEqual(
      document.deliveries.map(({ destination, state, attempts }) => [destination, state, attempts]),
      [['DMP', 'accepted', 1]],
    );
    const original = await demonstration().content(letterId, 'original');
    assert.deepEqual(original, Buffer.from(await letterPdf()));
    const marked = !original.equals(await demonstration().content(letterId, 'prepared'));
    assert.equal(marked, context !== 3, 'where the DPI prints, its page stays as it is');
    const cda = await demonstration().content(letterId, 'cda');
    const [held, ...others] = await demonstration().held({ matricule: PAT_TROIS.matricule });
    assert.equal(others.length, 0);
    assert.deepEqual(
      [held?.status, held?.uniqueId, held?.hash, held?.size, held?.typeCode, held?.structure],
      ['Approved', document.uniqueId, sha1(cda), cda.length, '11490-0', '1990000028'],
    );
    assert.deepEqual(held?.patient, { matricule: PAT_TROIS.matricule, oid: PAT_TROIS.oid });
    const kept = await demonstration().dmp.post('/documents/content', { entryUUID: held?.entryUUID });
    assert.ok(Buffer.from(z.object({ base64: z.string() }).parse(kept).base64, 'base64').equals(cda));

    const answer = await until('answer delivered', async () =>
      (await demonstration().answers(letterId)).find(({ state }) => state === 'delivered'),
    );
    assert.equal(answer.kind, 'ZAM^Z01');
    assert.match(answer.er7, /^MSH\|\^~\\&\|TRAITDUNION\|CH-DEMO\|DPI-TEST\|CH-DEMO\|[^\r]*\|ZAM\^Z01\^ZAM_Z01\|/);
    assert.ok(answer.er7.includes(`|ACK_RECEPTION_DMP^Accusé de réception DMP^AckMetierZAM|${sent.controlId}|Y^`));
  });

  test('a CDA received goes to the DMP byte for byte', async () => {
    const uniqueId = newUniqueId();
    const cda = cdaOf(PAT_TROIS, uniqueId);
    const sent = cdaMessage(PAT_TROIS, cda, uniqueId, said);
    assert.equal((await demonstration().send(sent.bytes)).code, 'AA');
    const document = await documentIn(demonstration(), sent.controlId, 'accepted');
    assert.equal(document.uniqueId, uniqueId);
    const [held, ...others] = await demonstration().held({ uniqueId });
    assert.equal(others.length, 0);
    assert.deepEqual([held?.status, held?.hash, held?.size], ['Approved', sha1(cda), cda.length]);
    assert.deepEqual(held?.patient, { matricule: PAT_TROIS.matricule, oid: PAT_TROIS.oid });
  });

  test('the ledger has one sealed link per acceptance, and its chain verifies', async () => {
    const chain = await until('both acceptances sealed', async () => {
      const verified = await verifyChain(demonstration().pool, 'ledger');
      return verified.links === 2 || verified.brokenAt !== undefined ? verified : undefined;
    });
    assert.deepEqual(chain, { links: 2 });
    const { rows } = await demonstration().pool.query<{ sha1: string }>(
      'select document_sha1 as sha1 from ledger order by id',
    );
    const held = await demonstration().held({ matricule: PAT_TROIS.matricule });
    assert.deepEqual(
      rows.map((row) => row.sha1),
      held.map(({ hash }) => hash),
    );
  });

  test('the plan says what was seen, each point as this context asks', async () => {
    const path = `/establishments/${DEMO_EG}/plan?fresh=true`;
    // What the doors see is written a second later.
    const states = await until('traffic counted', async () => {
      const plan = planAnswer.parse((await demonstration().api('GET', path)).body);
      assert.equal(plan.context, context);
      const found = new Map(
        plan.steps.flatMap(({ checks }) => checks.map(({ rule, state }) => [rule, state] as const)),
      );
      return found.get('TDU-PLN-041') === 'done' ? found : undefined;
    });
    const rules = Object.keys(PLANS[context]);
    assert.deepEqual(Object.fromEntries(rules.map((rule) => [rule, states.get(rule)])), PLANS[context]);
  });

  test('no matricule is in the log, nor in an address that was called', async () => {
    const log = await readFile(join(demonstration().place.data, 'traitdunion.log'), 'utf8');
    assert.equal(log.includes(PAT_TROIS.matricule), false);
    assert.equal(log.includes(PAT_TROIS.matricule.slice(0, 13)), false);
  });
}

/** What we print and build is read by others. */
function builtHere(demonstration: () => Demonstration): void {
  const letter = async (): Promise<string> => {
    const { rows } = await demonstration().pool.query<{ id: string }>(
      `select id from document where kind = 'raw' and state = 'accepted' order by received_at limit 1`,
    );
    return rows[0]?.id ?? '';
  };

  test('the stamped page is read by libdmtx byte for byte', async (t) => {
    if (!hasTool('dmtxread') || !hasTool('pdftoppm')) return t.skip('dmtxread or pdftoppm is not installed');
    const folder = await mkdtemp(join(tmpdir(), 'tdu-page-'));
    t.after(() => rm(folder, { recursive: true }));
    const pdf = join(folder, 'page.pdf');
    await writeFile(pdf, await demonstration().content(await letter(), 'prepared'));
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
    const cda = await demonstration().content(await letter(), 'cda');
    const judged = await run('xmllint', ['--noout', '--nonet', '--schema', schema, '-'], cda);
    assert.equal(judged.status, 0, judged.stderr);
  });

  test('a changed ledger row breaks the chain', async () => {
    await demonstration().pool.query(`update ledger set type_code = '34112-3' where id = (select min(id) from ledger)`);
    assert.deepEqual(await verifyChain(demonstration().pool, 'ledger'), { links: 0, brokenAt: 1 });
  });
}

/** Our copy is a mirror: it believes what the declared upstream vouches for, and nothing else. */
function repositoryUpstream(demonstration: () => Demonstration): void {
  test('the billing number (NH) is never an INS: the document waits for the upstream, then leaves', async () => {
    const patient = person(1);
    const billed = altered(admission(patient, { patient: { ins: patient } }), '&ISO^INS|', '&ISO^NH|');
    await demonstration().send(billed.bytes);
    const { status, matricule } = await patientWhere(demonstration(), patient.ipp, 'known', () => true);
    assert.deepEqual([status, matricule], ['VALI', undefined]);
    const letter = await pdfMessage(patient);
    await demonstration().send(letter.bytes);
    await documentIn(demonstration(), letter.controlId, 'waiting', 'TDU-FEED-005');
    await demonstration().send(admission(patient, { event: 'A31', patient: { ins: patient } }).bytes);
    await documentIn(demonstration(), letter.controlId, 'accepted');
  });

  test('an INS that the upstream does not vouch for is not trusted', async () => {
    const cases = [
      { patient: person(2), parts: { status: 'PROV' as const } },
      { patient: person(3), parts: { statusCodes: ['DOUT'] } },
      { patient: person(4), parts: { ins: { ...person(4), oid: '1.2.250.1.213.1.4.2' } } },
    ];
    for (const { patient, parts } of cases) {
      await demonstration().send(admission(patient, { patient: { ins: patient, ...parts } }).bytes);
      const known = await patientWhere(demonstration(), patient.ipp, 'known', () => true);
      assert.notEqual(known.status, 'QUAL', patient.ipp);
      assert.equal(known.matricule, undefined);
    }
  });

  test('a loss of qualification upstream is mirrored, and what comes next waits', async () => {
    const patient = person(5);
    await demonstration().send(admission(patient, { patient: { ins: patient } }).bytes);
    await qualified(demonstration(), patient.ipp);
    await demonstration().send(admission(patient, { event: 'A31', patient: { status: 'PROV' } }).bytes);
    const lost = await patientWhere(demonstration(), patient.ipp, 'provisional', ({ status }) => status === 'PROV');
    assert.equal(lost.matricule, undefined);
    const letter = await pdfMessage(patient);
    await demonstration().send(letter.bytes);
    await documentIn(demonstration(), letter.controlId, 'waiting', 'TDU-FEED-005');
  });

  test('nothing is created, searched, checked or downgraded here', async () => {
    const before = await untouchable(demonstration());
    const { ipp: _, matricule: __, oid: ___, ...traits } = person(6);
    const created = await demonstration().api('POST', '/patients', {
      ...traits,
      identifiers: [{ value: 'J-06', domain: DEMO_IPP_DOMAIN }],
    });
    const { id } = await qualified(demonstration(), PAT_TROIS.ipp);
    const refused = [
      created,
      await demonstration().api('POST', `/patients/${id}/insi-search`),
      await demonstration().api('POST', `/patients/${id}/identity-check`, {
        documentType: 'CN',
        checkedAt: new Date().toISOString(),
        coherent: true,
      }),
      await demonstration().api('POST', `/patients/${id}/status`, { action: 'downgrade', to: 'PROV', reason: 'essai' }),
    ];
    for (const { status, type, body } of refused) {
      assert.deepEqual([status, type.split(';')[0]], [409, 'application/problem+json'], JSON.stringify(body));
      assert.match(JSON.stringify(body), /TDU-ID-039/);
    }
    assert.deepEqual(await untouchable(demonstration()), before);
  });

  test('INSi was never called', async () => {
    assert.equal((await demonstration().insi.stats()).total, 0);
  });
}
