import assert from 'node:assert/strict';
import { test } from 'node:test';
import bwipjs from 'bwip-js';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import { encodeInsPayload } from '../../ins/datamatrix.ts';
import type { QualifiedIdentity } from '../../ins/types.ts';
import { hasTool, PAT_TROIS_PAYLOAD, ruleOf, value, withTool } from './pdf.fixture.ts';
import { encodeSymbol, type SymbolMatrix } from './symbol.ts';
import { drawModules, SIZES } from './symbol-grid.ts';
import { readBitmapSymbols } from './symbol-reader.ts';

/** ins.md 6.1, vectors 1 to 3 with the symbol sizes of 6.2; then the longest names allowed. */
const VECTORS: readonly { payload: string; size: number }[] = [
  { payload: PAT_TROIS_PAYLOAD, size: 36 },
  {
    payload:
      'IS010000000000000000000000S1297022A02077878S21.2.250.1.213.1.4.8\u001dS3DOMINIQUE\u001dS4ADRTROIS\u001dS5FS626-02-1997S72A020',
    size: 36,
  },
  {
    payload:
      'IS010000000000000000000000S1109076322083489S21.2.250.1.213.1.4.8\u001dS3PIERRE-ALAIN MURIEL FLORIANT\u001dS4ECETINSI\u001dS5MS614-07-2009S763220',
    size: 40,
  },
  {
    payload: `IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3${"ABCDE D'FG".repeat(10)}S4${'HIJ-KLMNOP'.repeat(10)}S5FS628-03-1979S763220`,
    size: 64,
  },
];

const QUIET = 2;

/** The symbol at `scale` pixels per module, with its quiet zone. */
function picture({ size, bits }: SymbolMatrix, scale: number): { side: number; grey: Uint8Array } {
  const side = (size + 2 * QUIET) * scale;
  const grey = new Uint8Array(side * side).fill(255);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [row, column] = [Math.floor(y / scale) - QUIET, Math.floor(x / scale) - QUIET];
      const inside = row >= 0 && column >= 0 && row < size && column < size;
      if (inside && bits[row * size + column] === 1) grey[y * side + x] = 0;
    }
  }
  return { side, grey };
}

function png({ side, grey }: { side: number; grey: Uint8Array }): Buffer {
  const image = new PNG({ width: side, height: side });
  for (const [at, level] of grey.entries()) image.data.set([level, level, level, 255], at * 4);
  return PNG.sync.write(image);
}

for (const { payload, size } of VECTORS) {
  test(`a payload of ${payload.length} characters makes a ${size} × ${size} symbol that two readers give back`, async (t) => {
    const matrix = value(encodeSymbol(payload));
    assert.equal(matrix.size, size);
    assert.equal(matrix.bits.length, size * size);
    const drawn = picture(matrix, 4);
    const read = await readBitmapSymbols({ width: drawn.side, height: drawn.side, dpi: 200, data: drawn.grey });
    assert.deepEqual(
      read.map((symbol) => Buffer.from(symbol.bytes).toString('hex')),
      [Buffer.from(payload, 'latin1').toString('hex')],
    );
    if (!hasTool('dmtxread')) return t.skip('dmtxread absent');
    withTool('dmtxread', ['-N1', 'symbol.png'], { 'symbol.png': png(drawn) }, ({ stdout }) =>
      assert.equal(stdout.toString('hex'), Buffer.from(payload, 'latin1').toString('hex')),
    );
  });
}

test('the finder pattern is an L on the left and at the bottom, with alternating modules on the two other sides', () => {
  const { size, bits } = value(encodeSymbol(PAT_TROIS_PAYLOAD));
  for (let index = 0; index < size; index++) {
    assert.equal(bits[index * size], 1, 'left side');
    assert.equal(bits[(size - 1) * size + index], 1, 'bottom side');
    assert.equal(bits[index], index % 2 === 0 ? 1 : 0, 'top side');
    assert.equal(bits[index * size + size - 1], index % 2 === 0 ? 0 : 1, 'right side');
  }
});

test('what no INS payload holds is refused, and the refusal does not repeat it', () => {
  for (const payload of ['', 'É', 'A\u0000B', 'A\u001eB', 'A'.repeat(4000)]) {
    const result = encodeSymbol(payload);
    assert.equal(ruleOf(result), 'TDU-DOC-106');
    assert.doesNotMatch(JSON.stringify(result), /AAAA/);
  }
});

/** A name as INSi returns it (ins.md 2): letters joined by a space, a hyphen or an apostrophe. */
const NAME = fc
  .array(fc.tuple(fc.stringMatching(/^[A-Z]{1,14}$/), fc.constantFrom(' ', '-', "'")), { minLength: 1, maxLength: 8 })
  .map((parts) =>
    parts
      .map(([word, joint], index) => (index === 0 ? word : joint + word))
      .join('')
      .slice(0, 100),
  );
const DIGITS = fc.stringMatching(/^\d{15}$/);

/** Payloads of qualified identities, made by the code that makes the real ones. */
const INS_PAYLOAD = fc
  .record({
    digits: DIGITS,
    corsican: fc.boolean(),
    oid: fc.constantFrom('1.2.250.1.213.1.4.8', '1.2.250.1.213.1.4.9', '1.2.250.1.213.1.4.10'),
    names: fc.tuple(NAME, NAME),
    sex: fc.constantFrom('M', 'F'),
    birthDate: fc.date({ min: new Date('1905-01-01'), max: new Date('2026-11-23'), noInvalidDate: true }),
    birthPlace: fc.option(fc.constantFrom('63220', '2A020', '99100', '97411'), { nil: undefined }),
  })
  .map(({ digits, corsican, oid, names: [birthGivenNames, birthName], sex, birthDate, birthPlace }) => {
    const matricule = corsican ? `${digits.slice(0, 6)}A${digits.slice(7)}` : digits;
    const traits = { birthName, birthGivenNames, firstGivenName: birthGivenNames, sex, birthPlace };
    const identity = {
      ins: { matricule, oid },
      traits: { ...traits, birthDate: birthDate.toISOString().slice(0, 10) },
    };
    return encodeInsPayload(identity as QualifiedIdentity);
  });

async function readBack(payload: string): Promise<readonly string[]> {
  const { side, grey } = picture(value(encodeSymbol(payload)), 3);
  const read = await readBitmapSymbols({ width: side, height: side, dpi: 200, data: grey });
  return read.map((symbol) => Buffer.from(symbol.bytes).toString('latin1'));
}

test('any INS payload is read back byte for byte', () =>
  fc.assert(
    fc.asyncProperty(INS_PAYLOAD, async (payload) => {
      assert.deepEqual(await readBack(payload), [payload]);
    }),
    { numRuns: 1_000 },
  ));

test('any INS payload is read back byte for byte by libdmtx', (t) => {
  if (!hasTool('dmtxread')) return t.skip('dmtxread absent');
  const payloads = fc.sample(INS_PAYLOAD, 60);
  const pictures = payloads.map((payload, index) => [`${index}.png`, png(picture(value(encodeSymbol(payload)), 4))]);
  const names = pictures.map(([name]) => String(name));
  withTool('dmtxread', ['-n', '-N1', ...names], Object.fromEntries(pictures), ({ stdout }) =>
    assert.deepEqual(stdout.toString('latin1').trimEnd().split('\n'), payloads),
  );
});

test('any text that a symbol may hold is read back byte for byte', () =>
  fc.assert(
    fc.asyncProperty(fc.stringMatching(/^[\x20-\x7e\x1d]{1,120}$/), async (payload) => {
      assert.deepEqual(await readBack(payload), [payload]);
    }),
    { numRuns: 300 },
  ));

/** The encoder of the npm registry that this one replaced: another program altogether. */
function ofBwip(payload: string, options: string): SymbolMatrix {
  const [raw] = bwipjs.raw('datamatrix', payload, `format=square ${options}`);
  assert.ok(raw !== undefined && 'pixs' in raw);
  return { size: raw.pixx, bits: Uint8Array.from(raw.pixs) };
}

test('no INS payload takes a larger symbol than by bwip-js', () =>
  fc.assert(
    fc.property(INS_PAYLOAD, (payload) => {
      assert.ok(value(encodeSymbol(payload)).size <= ofBwip(payload, '').size);
    }),
    { numRuns: 150 },
  ));

for (const size of SIZES) {
  test(`${size.side} × ${size.side}: the same codewords make the same modules by bwip-js`, () => {
    const words = fc.sample(fc.uint8Array({ minLength: size.data, maxLength: size.data }), 3);
    for (const data of words) {
      const raw = Array.from(data, (word) => `^${String(word).padStart(3, '0')}`).join('');
      assert.deepEqual({ size: size.side, bits: drawModules(data, size) }, ofBwip(raw, 'raw'));
    }
  });
}

test('every size up to 132 is reached and reads back', async () => {
  const reached = new Set<number>();
  for (let length = 1; length <= 1_430; length += length < 320 ? 3 : 37) {
    const payload = "AB'C4-7. ".repeat(Math.ceil(length / 9)).slice(0, length);
    reached.add(value(encodeSymbol(payload)).size);
    assert.deepEqual(await readBack(payload), [payload], `${length} characters`);
  }
  assert.deepEqual(
    [...reached].sort((a, b) => a - b),
    SIZES.map(({ side }) => side),
  );
});
