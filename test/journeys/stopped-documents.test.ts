/** Documents taken in and then stopped: coded reason, original kept, ZAM « N », and nothing else changes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { PDFName } from '@cantoo/pdf-lib';
import { altered as alteredPdf, withTool } from '../../src/wire/pdf/pdf.fixture.ts';
import { type Demonstration, startTestDemonstration, until } from '../support/demonstration.ts';
import { hasTool } from '../support/tools.ts';
import { admission, cdaMessage, cdaOf, letterPdf, newUniqueId, pdfMessage, type Sent } from './messages.fixture.ts';
import { asInsiKnows, PAT_TROIS, person } from './people.fixture.ts';
import { documentIn, qualified, untouchable } from './waiting.fixture.ts';

const OTHER = person(2);

interface Stopped {
  readonly what: string;
  readonly make: () => Sent | Promise<Sent>;
  readonly state: 'refused' | 'withdrawn';
  readonly rule: string;
  readonly needs?: string;
}

const pdf = async (change: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>): Promise<Sent> =>
  pdfMessage(PAT_TROIS, { content: await change(await letterPdf()) });

function cda(change: (text: string) => string, of = PAT_TROIS): Sent {
  const uniqueId = newUniqueId();
  const text = cdaOf(of, uniqueId).toString('utf8');
  const changed = change(text);
  return cdaMessage(PAT_TROIS, Buffer.from(changed, 'utf8'), uniqueId);
}

/** Fails rather than leaves the text as it was. */
function without(text: string, pattern: RegExp): string {
  assert.match(text, pattern);
  return text.replace(pattern, '');
}

const STOPPED: readonly Stopped[] = [
  {
    what: 'an encrypted PDF',
    make: () =>
      pdf((bytes) =>
        withTool(
          'qpdf',
          ['--encrypt', '', 'owner', '256', '--', 'in.pdf', 'out.pdf'],
          { 'in.pdf': bytes },
          ({ file }) => file('out.pdf'),
        ),
      ),
    state: 'refused',
    rule: 'TDU-DOC-103',
    needs: 'qpdf',
  },
  {
    what: 'a signed PDF',
    make: async () =>
      pdfMessage(PAT_TROIS, {
        content: await alteredPdf(({ catalog, context }) => {
          const signature = { FT: 'Sig', T: 'S1', V: { Type: 'Sig', ByteRange: [0, 1, 2, 3] } };
          const fields = [context.register(context.obj(signature))];
          catalog.set(PDFName.of('AcroForm'), context.obj({ SigFlags: 3, Fields: fields }));
        }),
      }),
    state: 'refused',
    rule: 'TDU-DOC-104',
  },
  {
    what: 'a PDF cut where Base64 cannot show it',
    make: () => pdf((bytes) => bytes.subarray(0, 3_000)),
    state: 'refused',
    rule: 'TDU-DOC-101',
  },
  {
    what: 'a CDA under the number of this patient with the INS of another',
    make: () => cda((text) => text, { ...OTHER, ipp: PAT_TROIS.ipp }),
    state: 'refused',
    rule: 'TDU-DOC-040',
  },
  {
    what: 'a CDA without INS',
    make: () => cda((text) => without(text, /<id root="1\.2\.250\.1\.213\.1\.4\.10"[^>]*\/>/)),
    state: 'refused',
    rule: 'TDU-DOC-020',
  },
  {
    what: 'a CDA with the right INS and the wrong birth date',
    make: () => cda((text) => text.replace('<birthTime value="19790328"', '<birthTime value="19790329"')),
    state: 'refused',
    rule: 'TDU-DOC-044',
  },
  {
    what: 'a CDA without the person who answers for it',
    make: () => cda((text) => without(text, /<legalAuthenticator>.*<\/legalAuthenticator>/s)),
    state: 'refused',
    rule: 'TDU-DOC-029',
  },
  {
    what: 'a document sent under the INS of somebody else',
    make: () => pdfMessage(PAT_TROIS, { patient: { ins: OTHER } }),
    state: 'refused',
    rule: 'TDU-DOC-050',
  },
  {
    what: 'a document sent under another birth name',
    make: () => pdfMessage(PAT_TROIS, { patient: { birthName: 'PAT-QUATRE' } }),
    state: 'refused',
    rule: 'TDU-DOC-041',
  },
  {
    what: 'a CDA of a type that nobody knows: it is its author’s, nothing maps it',
    make: () => {
      const uniqueId = newUniqueId();
      const type = { code: '00000-0', system: '2.16.840.1.113883.6.1', label: 'Papier' };
      return cdaMessage(PAT_TROIS, cdaOf(PAT_TROIS, uniqueId, { type }), uniqueId, { type });
    },
    state: 'refused',
    rule: 'TDU-FEED-041',
  },
  {
    what: 'a document that its sender does not want in the DMP',
    make: () => pdfMessage(PAT_TROIS, { profile: 'cisis', number: newUniqueId(), flags: { DESTDMP: false } }),
    state: 'withdrawn',
    rule: 'TDU-FEED-025',
  },
  {
    what: 'a document hidden from everybody',
    make: () =>
      pdfMessage(PAT_TROIS, {
        profile: 'cisis',
        number: newUniqueId(),
        flags: { MASQUE_PS: true, INVISIBLE_PATIENT: true },
      }),
    state: 'refused',
    rule: 'TDU-FEED-043',
  },
];

describe('a document that must not leave', () => {
  let demonstration: Demonstration;
  before(async () => {
    demonstration = await startTestDemonstration();
    await demonstration.insi.post('/identities', asInsiKnows(OTHER));
    for (const someone of [PAT_TROIS, OTHER]) await demonstration.send(admission(someone).bytes);
    for (const { ipp } of [PAT_TROIS, OTHER]) await qualified(demonstration, ipp);
  });
  after(() => demonstration?.stop());

  for (const { what, make, state, rule, needs } of STOPPED) {
    test(`${what}: AA, then ${state} for ${rule}, kept and answered`, async (t) => {
      if (needs !== undefined && !hasTool(needs)) return t.skip(`${needs} is not installed`);
      const before = await untouchable(demonstration);
      const sent = await make();
      assert.equal((await demonstration.send(sent.bytes)).code, 'AA');
      const document = await documentIn(demonstration, sent.controlId, state, rule);
      assert.ok((document.reason?.title ?? '') !== '' && (document.reason?.remedy ?? '') !== '');
      const original = await demonstration.content(document.id, 'original');
      assert.ok(sent.bytes.toString('latin1').includes(original.toString('base64')), 'kept byte for byte');
      const answer = await until('answered', async () =>
        (await demonstration.answers(document.id)).find((one) => one.state === 'delivered'),
      );
      assert.ok(answer.er7.includes(`|ACK_RECEPTION_DMP^`) && answer.er7.includes(`|${sent.controlId}|N^`));
      assert.ok(answer.er7.includes(rule), answer.er7);
      assert.deepEqual(await untouchable(demonstration), before);
    });
  }

  test('a uniqueId that another document bears is refused, and the first one stays alone at the DMP', async () => {
    const uniqueId = newUniqueId();
    const first = cdaMessage(PAT_TROIS, cdaOf(PAT_TROIS, uniqueId), uniqueId);
    await demonstration.send(first.bytes);
    await documentIn(demonstration, first.controlId, 'accepted');
    const second = cdaMessage(PAT_TROIS, cdaOf(PAT_TROIS, uniqueId, { title: 'Autre contenu' }), uniqueId);
    assert.equal((await demonstration.send(second.bytes)).code, 'AA');
    await documentIn(demonstration, second.controlId, 'refused', 'TDU-FEED-040');
    assert.equal((await demonstration.held({ uniqueId })).length, 1);
  });

  test('a PDF whose symbol names another patient is refused', async () => {
    const sent = await pdfMessage(OTHER);
    await demonstration.send(sent.bytes);
    const { id } = await documentIn(demonstration, sent.controlId, 'accepted');
    const marked = await demonstration.content(id, 'prepared');
    const wrong = await pdfMessage(PAT_TROIS, { content: marked });
    await demonstration.send(wrong.bytes);
    await documentIn(demonstration, wrong.controlId, 'refused', 'TDU-FEED-045');
    const right = await pdfMessage(OTHER, { content: marked });
    await demonstration.send(right.bytes);
    const again = await documentIn(demonstration, right.controlId, 'accepted');
    assert.ok((await demonstration.content(again.id, 'prepared')).equals(marked), 'no second symbol');
  });

  test('the document of an unknown patient waits for the admission, and leaves by itself', async () => {
    const newcomer = person(4);
    await demonstration.insi.post('/identities', asInsiKnows(newcomer));
    const before = await untouchable(demonstration);
    const sent = await pdfMessage(newcomer);
    assert.equal((await demonstration.send(sent.bytes)).code, 'AA');
    const waiting = await documentIn(demonstration, sent.controlId, 'waiting', 'TDU-ID-046');
    assert.equal(waiting.reason?.owner, 'bureau des entrées');
    assert.deepEqual(await demonstration.answers(waiting.id), []);
    assert.deepEqual(await untouchable(demonstration), before);
    await demonstration.send(admission(newcomer).bytes);
    const accepted = await documentIn(demonstration, sent.controlId, 'accepted');
    assert.equal(accepted.id, waiting.id);
    assert.equal((await demonstration.held({ matricule: newcomer.matricule })).length, 1);
  });
});
