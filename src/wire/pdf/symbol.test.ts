import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PNG } from 'pngjs';
import { hasTool, PAT_TROIS_PAYLOAD, ruleOf, value, withTool } from './pdf.fixture.ts';
import { encodeSymbol, type SymbolMatrix } from './symbol.ts';
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
