import assert from 'node:assert/strict';
import { test } from 'node:test';
import { degrees, type PDFPage, rgb } from '@cantoo/pdf-lib';
import bwip from 'bwip-js/node';
import { insBlocks } from '../../ins/datamatrix.ts';
import { INS_OIDS } from '../../ins/oids.ts';
import { createStamper } from './isolated-stamp.ts';
import {
  altered,
  hasTool,
  letter,
  PAT_TROIS,
  PAT_TROIS_BANNER,
  PAT_TROIS_PAYLOAD,
  readByOthers,
  ruleOf,
  value,
  withTool,
} from './pdf.fixture.ts';
import { stampPdf } from './stamp.ts';
import {
  type AuditOptions,
  auditTemplate,
  DEFAULT_AUDIT_OPTIONS,
  findingsOf,
  type TemplateAudit,
} from './template-audit.ts';
import { scanTemplate } from './template-scan.ts';

const MM = 72 / 25.4;
const HEAD = 'IS010000000000000000000000';

interface Printed {
  readonly xMm?: number;
  readonly yMm?: number;
  /** Side of the symbol, quiet zone excluded. */
  readonly sideMm?: number;
  readonly and?: (page: PDFPage) => void;
}

/** A letter as another software prints it: its symbol is drawn by bwip-js. */
async function printed(payload: string, { xMm = 150, yMm = 20, sideMm = 16, and }: Printed = {}): Promise<Uint8Array> {
  const text = payload.replaceAll('\u001d', '^029').replaceAll('\u001e', '^030');
  const png = await bwip.toBuffer({ bcid: 'datamatrix', text, parse: true, scale: 8 });
  return altered(async (document) => {
    const page = document.getPage(0);
    const side = sideMm * MM;
    const [x, y] = [xMm * MM, page.getHeight() - yMm * MM - side];
    page.drawRectangle({ x: x - 6, y: y - 6, width: side + 12, height: side + 12, color: rgb(1, 1, 1) });
    page.drawImage(await document.embedPng(png), { x, y, width: side, height: side });
    and?.(page);
  }, 1);
}

async function audited(bytes: Uint8Array, options: Partial<AuditOptions> = {}): Promise<TemplateAudit> {
  const scan = value(await scanTemplate(bytes, { maxPages: 10, pictures: 0 }));
  return auditTemplate(scan, { ...DEFAULT_AUDIT_OPTIONS, ...options });
}

const idsOf = (audit: TemplateAudit): string[] =>
  [...audit.findings, ...audit.pages.flatMap(findingsOf)].map(
    ({ rule, block }) => `${rule.id.slice(-3)}${block ?? ''}`,
  );

test('a letter stamped by the gateway is right, and its other pages ask for nothing', async () => {
  const outcome = value(await stampPdf(await letter(30), PAT_TROIS_BANNER));
  assert.equal(outcome.outcome, 'stamped');
  if (outcome.outcome !== 'stamped') return;
  const audit = await audited(outcome.bytes, { expected: insBlocks(PAT_TROIS), allowedOids: [INS_OIDS.nirTest] });
  assert.deepEqual([idsOf(audit), audit.right, audit.pages.map(({ right }) => right)], [[], true, [true, false]]);
});

test('a symbol of another software is read here as libdmtx reads it', async (t) => {
  const pdf = await printed(PAT_TROIS_PAYLOAD);
  const audit = await audited(pdf);
  assert.deepEqual([idsOf(audit), audit.right], [[], true]);
  assert.equal(audit.pages[0]?.symbols[0]?.symbol.text, PAT_TROIS_PAYLOAD);
  if (!hasTool('pdftoppm') || !hasTool('dmtxread')) return t.skip('pdftoppm or dmtxread absent');
  assert.equal(readByOthers(pdf), Buffer.from(PAT_TROIS_PAYLOAD, 'latin1').toString('hex'));
});

const S1 = 'S1279035121518989';
const S2 = 'S21.2.250.1.213.1.4.10';
const END = 'S5FS628-03-1979S763220';
const NAMES = 'S3DOMINIQUE\u001dS4PAT-TROIS\u001d';

const FAULTY: readonly (readonly [says: string, payload: string, ids: readonly string[]])[] = [
  ['a field that is missing', `${HEAD}${S2}${NAMES}${END}`, ['005S1']],
  ['a field given twice', `${HEAD}${S1}${S2}${NAMES}S5F${END}`, ['006S5']],
  ['text outside any field', `${HEAD}X${S1}${S2}${NAMES}${END}`, ['004']],
  ['a matricule without its key', `${HEAD}S12790351215189${S2}${NAMES}${END}`, ['007S1']],
  ['a separator that is missing', `${HEAD}${S1}${S2}S3DOMINIQUES4PAT-TROIS\u001d${END}`, ['008S3']],
  ['a separator after an OID of 20 characters', `${HEAD}${S1}${S2}\u001d${NAMES}${END}`, ['008S2']],
  ['RS for GS', `${HEAD}${S1}${S2}S3DOMINIQUE\u001eS4PAT-TROIS\u001d${END}`, ['008S3', '009S3', '008']],
  ['the text <GS> for GS', `${HEAD}${S1}${S2}S3DOMINIQUE<GS>S4PAT-TROIS<GS>${END}`, ['008']],
  ['lower case', `${HEAD}${S1}${S2}S3Dominique\u001dS4PAT-TROIS\u001d${END}`, ['009S3']],
  ['a date of INSi', `${HEAD}${S1}${S2}${NAMES}S5FS61979-03-28S763220`, ['010S6']],
  ['a key that is not computed so', `${HEAD}S1279035121518988${S2}${NAMES}${END}`, ['011S1']],
  ['an OID that is not of an INS', `${HEAD}${S1}S21.2.250.1.213.1.4.2\u001d${NAMES}${END}`, ['012S2']],
  ['another order', `${HEAD}${S1}${S2}S4PAT-TROIS\u001dS3DOMINIQUE\u001d${END}`, ['014']],
  ['another code', 'https://example.org/prescription/4711', ['003', '001']],
];

for (const [says, payload, ids] of FAULTY)
  test(`${says}: said by its rule, on the page where it is`, async () => {
    const audit = await audited(await printed(payload));
    assert.deepEqual(idsOf(audit).sort(), [...ids].sort());
    const onlyWarned = ids.every((id) => id === '014' || id === '011S1');
    assert.equal(audit.right, onlyWarned);
  });

test('accents are told from lower case, and no finding quotes a value', async () => {
  const audit = await audited(await printed(`${HEAD}${S1}${S2}S3Zoé\u001dS4PAT-TROIS\u001d${END}`));
  const details = audit.pages.flatMap(findingsOf).map(({ detail }) => detail ?? '');
  assert.match(details.join(), /accents ou caractères hors ASCII, minuscules/);
  assert.doesNotMatch(details.join(), /Zo|279035/);
});

test('the expected patient and the environment are compared field by field', async () => {
  const expected = new Map([...insBlocks(PAT_TROIS), ['S4', 'AUTRE'] as const, ['S6', '01-01-1980'] as const]);
  const audit = await audited(await printed(PAT_TROIS_PAYLOAD), { expected, allowedOids: [INS_OIDS.nir] });
  assert.deepEqual([idsOf(audit), audit.right], [['013S2', '015S4', '015S6'], false]);
});

test('size, edge and quiet zone are measured on the page', async () => {
  const small = await audited(await printed(PAT_TROIS_PAYLOAD, { sideMm: 11 }));
  assert.deepEqual([idsOf(small), small.right], [['017'], true]);
  const edge = await audited(await printed(PAT_TROIS_PAYLOAD, { xMm: 210 - 18 }));
  assert.deepEqual(idsOf(edge), ['020']);
  // The dot of a letter above the symbol, a quarter of a millimetre away: less than a module.
  const dot = (page: PDFPage) =>
    page.drawRectangle({
      x: 157 * MM,
      y: page.getHeight() - 19.75 * MM,
      width: MM,
      height: 0.5 * MM,
      color: rgb(0, 0, 0),
    });
  assert.deepEqual(idsOf(await audited(await printed(PAT_TROIS_PAYLOAD, { and: dot }))), ['018']);
});

test('a symbol that is there but cannot be read is not said to be absent only', async () => {
  const stain = (page: PDFPage) =>
    page.drawRectangle({
      x: 155 * MM,
      y: page.getHeight() - 31 * MM,
      width: 7 * MM,
      height: 7 * MM,
      color: rgb(0, 0, 0),
    });
  const audit = await audited(await printed(PAT_TROIS_PAYLOAD, { and: stain }));
  assert.deepEqual([idsOf(audit).sort(), audit.right], [['001', '002'], false]);
  const [place] = audit.pages[0]?.unread ?? [];
  assert.ok(place !== undefined && Math.abs(place.x - 150) < 2 && Math.abs(place.y - 20) < 2, JSON.stringify(place));
});

test('two patients in one document; pages beyond the bound; a letter without symbol', async () => {
  const other = PAT_TROIS_PAYLOAD.replace('279035121518989', '297022A02077878');
  const png = await bwip.toBuffer({
    bcid: 'datamatrix',
    text: other.replaceAll('\u001d', '^029'),
    parse: true,
    scale: 8,
  });
  const both = await altered(async (document) => {
    const mine = await bwip.toBuffer({
      bcid: 'datamatrix',
      text: PAT_TROIS_PAYLOAD.replaceAll('\u001d', '^029'),
      parse: true,
      scale: 8,
    });
    for (const [index, bytes] of [mine, png].entries()) {
      const page = document.getPage(index);
      page.drawRectangle({ x: 390, y: 720, width: 65, height: 65, color: rgb(1, 1, 1) });
      page.drawImage(await document.embedPng(bytes), { x: 400, y: 730, width: 45, height: 45 });
    }
  }, 30);
  assert.deepEqual(idsOf(await audited(both)), ['016']);
  const long = auditTemplate(value(await scanTemplate(await letter(60), { maxPages: 2, pictures: 1 })));
  assert.deepEqual([long.pages.length, idsOf(long)], [2, ['022', '001']]);
  assert.deepEqual(
    long.pages.map(({ picture }) => picture?.mimeType),
    ['image/png', undefined],
  );
});

test('a tilted scan as PNG and a JPEG: read, the quiet zone said not to be measured', async (t) => {
  if (!hasTool('pdftoppm')) return t.skip('pdftoppm absent');
  const pdf = await altered(async (document) => {
    const bytes = await bwip.toBuffer({
      bcid: 'datamatrix',
      text: PAT_TROIS_PAYLOAD.replaceAll('\u001d', '^029'),
      parse: true,
      scale: 8,
    });
    document
      .getPage(0)
      .drawImage(await document.embedPng(bytes), { x: 400, y: 720, width: 48, height: 48, rotate: degrees(6) });
  }, 1);
  assert.deepEqual(idsOf(await audited(pdf)), ['019']);
  const jpeg = withTool(
    'pdftoppm',
    ['-r', '200', '-jpeg', '-singlefile', 'in.pdf', 'page'],
    { 'in.pdf': await printed(PAT_TROIS_PAYLOAD) },
    ({ file }) => file('page.jpg'),
  );
  assert.deepEqual(idsOf(await audited(jpeg)), ['019']);
});

test('in its thread: the same audit; what is no document is refused, what takes too long is stopped', async () => {
  const scanner = createStamper({ cpuMs: 30_000, timeoutMs: 60_000 });
  const hasty = createStamper({ timeoutMs: 1 });
  try {
    const pdf = await printed(PAT_TROIS_PAYLOAD);
    const scan = value(await scanner.scanTemplate(pdf, { maxPages: 5, pictures: 5 }));
    const audit = auditTemplate(scan);
    assert.deepEqual([audit.right, audit.pages[0]?.symbols[0]?.symbol.text], [true, PAT_TROIS_PAYLOAD]);
    assert.equal(
      Buffer.from(audit.pages[0]?.picture?.bytes ?? [])
        .subarray(1, 4)
        .toString(),
      'PNG',
    );
    assert.equal(
      ruleOf(await scanner.scanTemplate(Buffer.from('bonjour'), { maxPages: 5, pictures: 0 })),
      'TDU-DOC-110',
    );
    assert.equal(
      ruleOf(await scanner.scanTemplate(Buffer.from('%PDF-1.4 broken'), { maxPages: 5, pictures: 0 })).slice(0, 7),
      'TDU-DOC',
    );
    assert.equal(ruleOf(await hasty.scanTemplate(pdf, { maxPages: 5, pictures: 0 })), 'TDU-DOC-111');
  } finally {
    await Promise.all([scanner.close(), hasty.close()]);
  }
});
