import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findFreeZone, isBlank, occupancy } from './free-zone.ts';
import type { GreyBitmap } from './render.ts';

/** 10 pixels per mm. */
const DPI = 254;

/** A blank page of the given size in mm with dark rectangles [x, y, width, height] in mm. */
function page(
  widthMm: number,
  heightMm: number,
  marks: readonly (readonly [number, number, number, number])[],
): GreyBitmap {
  const [width, height] = [widthMm * 10, heightMm * 10];
  const data = new Uint8Array(width * height).fill(255);
  for (const [x, y, w, h] of marks) {
    for (let row = y * 10; row < (y + h) * 10; row++) data.fill(0, row * width + x * 10, row * width + (x + w) * 10);
  }
  return { width, height, dpi: DPI, data };
}

const SIZE = { widthMm: 80, heightMm: 20 };

test('a blank page gives its head, centred', () => {
  assert.deepEqual(findFreeZone(occupancy(page(100, 150, []), []), [SIZE]), { x: 10, y: 5, width: 80, height: 20 });
});

test('with the head taken the foot is used, as low as possible', () => {
  const zone = findFreeZone(occupancy(page(100, 150, [[0, 10, 100, 60]]), []), [SIZE]);
  assert.equal(zone?.y, 150 - 5 - 20);
});

test('with head and foot taken the middle is used', () => {
  const marks = [
    [0, 10, 100, 50],
    [0, 95, 100, 45],
  ] as const;
  const occupied = occupancy(page(100, 150, marks), []);
  const zone = findFreeZone(occupied, [SIZE]);
  assert.ok(zone !== undefined && zone.y > 60 && zone.y + zone.height < 95);
  assert.ok(isBlank(occupied, zone));
});

test('a smaller size at the head wins over the preferred one elsewhere', () => {
  const occupied = occupancy(page(100, 150, [[60, 0, 40, 70]]), []);
  const zone = findFreeZone(occupied, [SIZE, { widthMm: 50, heightMm: 25 }]);
  assert.deepEqual([zone?.width, zone?.y], [50, 5]);
});

test('a full page gives nothing', () => {
  assert.equal(findFreeZone(occupancy(page(100, 150, [[0, 0, 100, 150]]), []), [SIZE]), undefined);
});

test('one pale pixel is enough to keep a zone', () => {
  const bitmap = page(100, 150, []);
  bitmap.data[100 * bitmap.width + 500] = 249;
  assert.ok(!isBlank(occupancy(bitmap, []), { x: 10, y: 5, width: 80, height: 20 }));
  assert.ok(isBlank(occupancy(bitmap, []), { x: 10, y: 12, width: 80, height: 20 }));
});

test('a form field keeps its place though nothing is drawn there', () => {
  const occupied = occupancy(page(100, 150, []), [{ x: 20, y: 6, width: 30, height: 8 }]);
  assert.ok(!isBlank(occupied, { x: 10, y: 5, width: 80, height: 20 }));
});

test('a zone that leaves the page is not free', () => {
  const occupied = occupancy(page(100, 150, []), []);
  assert.ok(!isBlank(occupied, { x: 30, y: 5, width: 80, height: 20 }));
  assert.ok(!isBlank(occupied, { x: -1, y: 5, width: 80, height: 20 }));
});
