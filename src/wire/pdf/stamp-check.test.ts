import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rgb } from '@cantoo/pdf-lib';
import type { Result } from '../../rules/rule.ts';
import { altered, letter, ruleOf, value } from './pdf.fixture.ts';
import { withRendering } from './render.ts';
import { checkMarks } from './stamp-check.ts';

const ZONE = { x: 20, y: 5, width: 100, height: 25 };

async function check(after: Uint8Array, pages = 1): Promise<Result<void>> {
  const marks = Array.from({ length: pages }, (_, original) => ({ original, place: { zone: ZONE } }));
  return withRendering(await letter(), (before) =>
    withRendering(after, (marked) => checkMarks(before, marked, marks, undefined)),
  );
}

/** A letter with a small black square, place in mm from the top left corner of the page. */
function withSquare(x: number, y: number): Promise<Uint8Array> {
  return altered((document) => {
    document
      .getPage(0)
      .drawRectangle({ x: (x * 72) / 25.4, y: ((297 - y) * 72) / 25.4, width: 3, height: 3, color: rgb(0, 0, 0) });
  });
}

test('what is drawn inside the zone is the mark', async () => {
  assert.equal((await check(await withSquare(60, 20))).ok, true);
});

test('a change above, below, left or right of the zone refuses the marked document', async () => {
  const places = [
    [60, 3],
    [60, 200],
    [10, 20],
    [150, 20],
  ] as const;
  for (const [x, y] of places) assert.equal(ruleOf(await check(await withSquare(x, y))), 'TDU-DOC-107', `${x}, ${y}`);
});

test('a page more or less, or of another size, refuses it', async () => {
  assert.equal(ruleOf(await check(await letter(), 2)), 'TDU-DOC-107');
  const resized = await altered((document) => document.getPage(0).setSize(500, 842));
  assert.equal(ruleOf(await check(resized)), 'TDU-DOC-107');
});

test('with a payload, the zone must hold a symbol', async () => {
  const bytes = await letter();
  const marks = [{ original: 0, place: { zone: ZONE } }];
  const checked = await withRendering<void>(bytes, (page) => checkMarks(page, page, marks, 'IS01'));
  assert.equal(ruleOf(checked), 'TDU-DOC-107');
  assert.equal(value(await withRendering<void>(bytes, (page) => checkMarks(page, page, marks, undefined))), undefined);
});
