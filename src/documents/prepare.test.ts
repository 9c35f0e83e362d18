import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBench, PAT_TROIS_INS, type UseCaseBench, withSources } from '../../test/support/use-case-bench.ts';
import { DEMO_IPP_DOMAIN } from '../demo/structure.ts';
import { encodeInsPayload } from '../ins/datamatrix.ts';
import { parseDocumentUniqueId, parseIpp } from '../ins/identifiers.ts';
import { parseOid } from '../ins/oids.ts';
import type { CogCode, QualifiedIdentity } from '../ins/types.ts';
import { documentRules } from '../rules/document.ts';
import { feedRules } from '../rules/feed.ts';
import { hl7Rules } from '../rules/hl7.ts';
import { mssanteRules } from '../rules/mssante.ts';
import { pdfRules } from '../rules/pdf.ts';
import type { Rule } from '../rules/rule.ts';
import { putBuiltCda } from '../store/built-cda.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { loadMessage } from '../store/messages.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity, type TestTraits, valueOfResult } from '../wire/cda/cda.fixture.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';
import { letter } from '../wire/pdf/pdf.fixture.ts';
import { checkPdfA } from '../wire/pdf/pdfa/check.ts';
import { comparePdfs } from '../wire/pdf/pdfa/compare.ts';
import { readMarks, stampPdf } from '../wire/pdf/stamp.ts';
import { buildTiff, HALF, HALF_G4, half } from '../wire/raw/tiff.fixture.ts';
import { formOf } from './forms.ts';
import { type Original, originalOf } from './original.ts';
import { prepareDocument } from './prepare.ts';
import { prepareForMail } from './prepare-mail.ts';

const REAL_STAMPER: Stamper = {
  stamp: (bytes, banner, options) => stampPdf(bytes, banner, options),
  readMarks: (bytes) => readMarks(bytes),
  checkPdfA: (bytes) => checkPdfA(bytes),
  compare: (before, after) => comparePdfs(before, after),
  close: async () => {},
};
const TRAITS: Partial<TestTraits> = { birthGivenNames: 'DOMINIQUE MARIE', birthPlace: '63220' };
const PATIENT = qualifiedIdentity(TRAITS);

async function originalFor(bench: UseCaseBench): Promise<{ document: DocumentRecord; original: Original }> {
  const document = await bench.document();
  const original = originalOf(await loadMessage(bench.context.pool, document.messageId), document.part);
  assert.ok(original.ok);
  return { document, original: original.value };
}

async function ruleOf(
  bench: UseCaseBench,
  change: Partial<DocumentRecord> = {},
  patient: QualifiedIdentity = PATIENT,
): Promise<Rule | undefined> {
  const { document, original } = await originalFor(bench);
  const result = await prepareDocument(bench.context, { ...document, ...change }, original, patient, REAL_STAMPER);
  return result.ok ? undefined : result.refusal.rule;
}

function cda(parts: Partial<TestTraits> = {}, ipp = 'P1'): Buffer {
  return buildLevelOneCda(
    levelOneDocument({
      uniqueId: valueOfResult(parseDocumentUniqueId('1.2.250.1.999.7')),
      patient: qualifiedIdentity({ ...TRAITS, ...parts }),
      ipp: { value: valueOfResult(parseIpp(ipp)), domain: valueOfResult(parseOid(DEMO_IPP_DOMAIN)) },
    }),
  );
}

const CISIS = { profile: 'cisis', mime: ['text', 'XML'], number: '1.2.250.1.999.7' } as const;

test('a raw text becomes a CDA of ours that names patient, author, establishment and uniqueId', async (t) => {
  const bench = await openBench(t);
  await bench.file();
  const { document, original } = await originalFor(bench);
  const prepared = await prepareDocument(bench.context, document, original, PATIENT, REAL_STAMPER);
  assert.ok(prepared.ok);
  const { header, built, cda: bytes } = prepared.value;
  assert.ok(header);
  assert.equal(built, true);
  assert.equal(header.id?.root, document.uniqueId);
  assert.deepEqual(
    header.patient.ids.map(({ root, extension }) => `${root}|${extension}`),
    [`${PAT_TROIS_INS.oid}|${PAT_TROIS_INS.matricule}`, `${DEMO_IPP_DOMAIN}|P1`],
  );
  assert.equal(header.custodian?.id?.extension, '1990000028');
  const again = await prepareDocument(bench.context, document, original, PATIENT, REAL_STAMPER);
  assert.ok(again.ok && again.value.cda.equals(bytes), 'a retry is the same document');
});

test('a text that the site wants as PDF is one, with the banner; a TIFF goes as it is unless the site says so', async (t) => {
  const bodyOf = async (bench: UseCaseBench) => {
    const { document, original } = await originalFor(bench);
    const prepared = await prepareDocument(bench.context, document, original, PATIENT, REAL_STAMPER);
    assert.ok(prepared.ok, prepared.ok ? '' : prepared.refusal.rule.id);
    await putBuiltCda(bench.context.pool, document.id, prepared.value.cda);
    const form = await formOf(bench.context.pool, document, 'prepared');
    assert.ok(form.ok);
    return { original: original.bytes, ...form.value };
  };
  const scan = { content: buildTiff([half(4, [HALF_G4]), half(1, [HALF])]), mime: ['image', 'tiff'] } as const;
  const asIs = await openBench(t);
  await asIs.file(scan);
  const kept = await bodyOf(asIs);
  assert.equal(kept.mimeType, 'image/tiff');
  assert.ok(kept.bytes.equals(kept.original));
  const converting = withSources({ stampRawPdf: true, rawFormats: { text: 'pdf', tiff: 'pdf' } });
  const bench = await openBench(t, converting);
  await bench.file();
  const letterOf = await bodyOf(bench);
  assert.equal(letterOf.mimeType, 'application/pdf');
  const marks = await readMarks(letterOf.bytes);
  assert.ok(marks.ok && marks.value.symbols.some(({ text }) => text.startsWith('IS')), 'the DataMatrix is on it');
});

test('a format that the source may not send is refused at the door; one that hides something is kept and answered', async (t) => {
  const bench = await openBench(t, withSources({ rawFormats: { rtf: 'refuse' } }));
  await assert.rejects(bench.file({ content: Buffer.from('{\\rtf1}'), mime: ['text', 'rtf'] }));
  const bomb = buildTiff([{ ...half(1, [HALF]), width: 1, height: 1_000_000 }]);
  await bench.file({ content: bomb, mime: ['image', 'tiff'] });
  const document = await bench.document();
  assert.deepEqual([document.state, document.ruleId], ['unreadable', pdfRules.pdfTooLarge.id]);
  await bench.run('document');
  assert.equal((await bench.answers()).length, 1);
});

test('a raw PDF is stamped where the site says so, and goes unstamped where its application prints the banner', async (t) => {
  const content = Buffer.from(await letter());
  const stamping = await openBench(t);
  await stamping.file({ content, mime: ['application', 'pdf'] });
  const first = await originalFor(stamping);
  const stamped = await prepareDocument(stamping.context, first.document, first.original, PATIENT, REAL_STAMPER);
  assert.ok(stamped.ok);
  const trusting = await openBench(t, withSources({ stampRawPdf: false }));
  await trusting.file({ content, mime: ['application', 'pdf'] });
  const second = await originalFor(trusting);
  const plain = await prepareDocument(trusting.context, second.document, second.original, PATIENT, REAL_STAMPER);
  assert.ok(plain.ok);
  const carries = (bytes: Buffer) => bytes.includes(`>${content.toString('base64')}<`);
  assert.deepEqual([carries(stamped.value.cda), carries(plain.value.cda)], [false, true]);
});

test('a PDF that carries a DataMatrix is verified: the same patient passes as it is, another one stops', async (t) => {
  const bench = await openBench(t);
  await bench.file({ content: Buffer.from(await letter()), mime: ['application', 'pdf'] });
  const { document } = await originalFor(bench);
  const marked = async (text: string, patient = PATIENT) => {
    const symbols = [{ text, page: 1 }] as never;
    const stamper: Stamper = {
      ...REAL_STAMPER,
      stamp: async () => ({ ok: true, value: { outcome: 'already-marked', symbols } }),
      readMarks: async () => ({ ok: true, value: { outcome: 'already-marked', symbols } }),
      close: async () => {},
    };
    const { original } = await originalFor(bench);
    const result = await prepareDocument(bench.context, document, original, patient, stamper);
    return result.ok ? 'passes' : result.refusal.rule.id;
  };
  const gs = '\u001d';
  const payload = `IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE MARIE${gs}S4PAT-TROIS${gs}S5FS628-03-1979S763220`;
  assert.equal(await marked(payload), 'passes');
  assert.equal(await marked(payload.replace('PAT-TROIS', 'AUTRE')), feedRules.dataMatrixOfAnother.id);
  assert.equal(await marked('https://exemple.fr'), feedRules.dataMatrixOfAnother.id);
});

test('a PDF whose application prints the banner is verified all the same, and never touched', async (t) => {
  const bench = await openBench(t, withSources({ stampRawPdf: false }));
  const printed = await stampPdf(await letter(), {
    kind: 'qualified',
    identity: PATIENT,
    payload: encodeInsPayload(PATIENT),
  });
  assert.ok(printed.ok && printed.value.outcome === 'stamped');
  await bench.file({ content: Buffer.from(printed.value.bytes), mime: ['application', 'pdf'] });
  const { document, original } = await originalFor(bench);
  const right = await prepareDocument(bench.context, document, original, PATIENT, REAL_STAMPER);
  assert.ok(right.ok && right.value.cda.includes(original.bytes.toString('base64')));
  const other = { ...PATIENT, traits: { ...PATIENT.traits, birthPlace: '63113' as CogCode } };
  const wrong = await prepareDocument(bench.context, document, original, other, REAL_STAMPER);
  assert.ok(!wrong.ok);
  assert.equal(wrong.refusal.rule, feedRules.dataMatrixOfAnother);
});

test('a PDF that cannot be stamped stops with its own reason', async (t) => {
  const bench = await openBench(t);
  await bench.file({ content: Buffer.from('%PDF-1.4\nbroken'), mime: ['application', 'pdf'] });
  const rule = await ruleOf(bench);
  assert.ok(
    Object.values(pdfRules).some((known) => known.id === rule?.id),
    rule?.id,
  );
});

test('type, format and author stop a document before anything is built', async (t) => {
  const bench = await openBench(t);
  await bench.file();
  const { document } = await originalFor(bench);
  const { author: _, ...nobody } = document.notice;
  assert.equal(await ruleOf(bench, { typeCode: '00000-0' }), feedRules.typeUnknown);
  assert.equal(await ruleOf(bench, { notice: nobody }), feedRules.authorMissing);
  const { original } = await originalFor(bench);
  const odd = await prepareDocument(
    bench.context,
    document,
    { ...original, mimeType: 'application/zip' },
    PATIENT,
    REAL_STAMPER,
  );
  assert.equal(odd.ok ? undefined : odd.refusal.rule, hl7Rules.formatUnsupported);
});

test('the traits of the message are held against the identity: a document never changes patient', async (t) => {
  const bench = await openBench(t);
  const differs = async (patient: object) => {
    await bench.file({ patient });
    return ruleOf(bench);
  };
  assert.equal(await differs({}), undefined);
  assert.equal(await differs({ birthName: 'Pat Trois', birthGivenNames: 'DOMINIQUE' }), undefined);
  assert.equal(await differs({ birthName: 'AUTRE' }), documentRules.cdaBirthNameDiffers);
  assert.equal(await differs({ firstGivenName: 'MARIE' }), documentRules.cdaFirstGivenNameDiffers);
  assert.equal(await differs({ sex: 'M' }), documentRules.cdaSexDiffers);
  assert.equal(await differs({ birthDate: '19790329' }), documentRules.cdaBirthDateDiffers);
  assert.equal(await differs({ birthDate: '' }), documentRules.cdaBirthDateDiffers);
  assert.equal(
    await differs({ ins: { ...PAT_TROIS_INS, matricule: '297022A02077878' } }),
    documentRules.messageOtherPatient,
  );
});

test('a received CDA goes through byte-identical, or stops: patient, number, identifier and type must agree', async (t) => {
  const bench = await openBench(t);
  const bytes = cda();
  await bench.file({ ...CISIS, content: bytes });
  const { document, original } = await originalFor(bench);
  const prepared = await prepareDocument(bench.context, document, original, PATIENT, REAL_STAMPER);
  assert.ok(prepared.ok, prepared.ok ? '' : prepared.refusal.rule.id);
  assert.ok(prepared.value.cda.equals(bytes));
  assert.equal(prepared.value.built, false);
  assert.equal(
    await ruleOf(bench, {}, qualifiedIdentity({ ...TRAITS, matricule: '297022A02077878' })),
    documentRules.cdaOtherPatient,
  );
  assert.equal(
    await ruleOf(bench, {}, qualifiedIdentity({ ...TRAITS, birthName: 'AUTRE' })),
    documentRules.cdaBirthNameDiffers,
  );
  assert.equal(await ruleOf(bench, { ipp: 'P2' }), documentRules.cdaIppDiffers);
  const claims = (claimed: DocumentRecord['notice']['claimed']) => ({ notice: { ...document.notice, claimed } });
  assert.equal(await ruleOf(bench, claims({ uniqueId: '1.2.250.1.999.8' })), documentRules.cdaOtherDocument);
  assert.equal(await ruleOf(bench, claims({ typeCode: '18748-4' })), documentRules.cdaOtherDocument);
  assert.equal(await ruleOf(bench, claims({ uniqueId: '1.2.250.1.999.7^^^', typeCode: '11490-0' })), undefined);
});

test('a restricted CDA is not shared', async (t) => {
  const bench = await openBench(t);
  for (const code of ['R', 'V']) {
    const restricted = cda()
      .toString('utf8')
      .replace('<confidentialityCode code="N"', `<confidentialityCode code="${code}"`);
    await bench.file({ ...CISIS, content: Buffer.from(restricted), controlId: code });
    assert.equal(await ruleOf(bench), feedRules.restricted);
    await bench.context.pool.query(`update document set state = 'withdrawn'`);
  }
});

test('a received CDA goes to a professional without a qualified identity only if its PDF bears no INS either', async (t) => {
  const bench = await openBench(t);
  const printed = await stampPdf(await letter(), {
    kind: 'qualified',
    identity: PATIENT,
    payload: encodeInsPayload(PATIENT),
  });
  assert.ok(printed.ok && printed.value.outcome === 'stamped');
  const patient = { traits: PATIENT.traits };
  const ruleWith = async (content: Uint8Array): Promise<string> => {
    const { document, original } = await originalFor(bench);
    const uniqueId = valueOfResult(parseDocumentUniqueId(document.uniqueId));
    const ipp = { value: valueOfResult(parseIpp(document.ipp)), domain: valueOfResult(parseOid(document.ippDomain)) };
    const header = levelOneDocument({ uniqueId, ipp });
    const bytes = buildLevelOneCda({ ...header, patient, mediaType: 'application/pdf', content: Buffer.from(content) });
    const received = { ...document, kind: 'cda' } as const;
    const result = await prepareForMail(bench.context, received, { ...original, bytes }, patient, REAL_STAMPER);
    return result.ok ? 'passes' : result.refusal.rule.id;
  };
  await bench.file({ content: Buffer.from(await letter()), mime: ['application', 'pdf'] });
  assert.equal(await ruleWith(printed.value.bytes), mssanteRules.carriesIns.id);
  assert.notEqual(await ruleWith(await letter()), mssanteRules.carriesIns.id);
});
