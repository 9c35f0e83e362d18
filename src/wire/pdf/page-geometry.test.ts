import assert from 'node:assert/strict';
import { test } from 'node:test';
import { degrees, PDFDocument } from '@cantoo/pdf-lib';
import { displayed, POINTS_PER_MM, pageGeometry, placement } from './page-geometry.ts';

for (const rotation of [0, 90, 180, 270] as const) {
  test(`a zone placed on a page rotated by ${rotation}° is displayed where it was asked`, async () => {
    const page = (await PDFDocument.create()).addPage([400, 600]);
    page.setMediaBox(10, 20, 400, 600);
    page.setCropBox(30, 50, 300, 500);
    page.setRotation(degrees(rotation));
    const geometry = pageGeometry(page);
    const zone = { x: 12, y: 7, width: 40, height: 15 };
    const [a, b, c, d, e, f] = placement(geometry, zone);
    const [w, h] = [zone.width * POINTS_PER_MM, zone.height * POINTS_PER_MM];
    const shown = displayed(geometry, [e, f, a * w + c * h + e, b * w + d * h + f]);
    for (const key of ['x', 'y', 'width', 'height'] as const) assert.ok(Math.abs(shown[key] - zone[key]) < 1e-9, key);
    assert.equal(a * d - b * c, 1, 'neither scaled nor mirrored');
  });
}

test('size is that of the visible box as displayed, whatever the way the angle is written', async () => {
  const page = (await PDFDocument.create()).addPage([400, 600]);
  page.setCropBox(-50, 100, 1000, 200);
  page.setRotation(degrees(-90));
  const { rotation, widthMm, heightMm } = pageGeometry(page);
  assert.equal(rotation, 270);
  assert.ok(Math.abs(widthMm - 200 / POINTS_PER_MM) < 1e-9);
  assert.ok(Math.abs(heightMm - 400 / POINTS_PER_MM) < 1e-9);
});
