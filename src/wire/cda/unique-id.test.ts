import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOid } from '../../ins/oids.ts';
import { valueOfResult } from './cda.fixture.ts';
import { type DocumentOrigin, deriveDocumentUniqueId } from './unique-id.ts';

const ROOT = '1.2.250.1.999.1.1';
const ORIGIN: DocumentOrigin = { sender: 'DPI|CHU', controlId: 'MSG0001', contentDigest: 'c0ffee' };

test('the same message always names the same document', () => {
  const id = valueOfResult(deriveDocumentUniqueId(ROOT, ORIGIN));
  assert.equal(id, valueOfResult(deriveDocumentUniqueId(ROOT, { ...ORIGIN })));
  // Computed apart (Python): a change of derivation would make a retry another submission.
  assert.equal(id, `${ROOT}.230572742009312703406565937224521066769`);
});

test('another sender, control identifier or content is another document', () => {
  const origins = [
    ORIGIN,
    { ...ORIGIN, sender: 'DPI|CHR' },
    { ...ORIGIN, controlId: 'MSG0002' },
    { ...ORIGIN, contentDigest: 'c0ffef' },
    // The same characters, cut elsewhere.
    { ...ORIGIN, sender: 'DPI|CHUM', controlId: 'SG0001' },
  ];
  assert.equal(
    new Set(origins.map((origin) => valueOfResult(deriveDocumentUniqueId(ROOT, origin)))).size,
    origins.length,
  );
});

test('the result is a legal OID of 64 characters at most under every root that fits', () => {
  for (let length = 3; length <= 38; length += 1) {
    const root = `2.${'2'.repeat(length - 2)}`;
    for (let n = 0; n < 50; n += 1) {
      const id = valueOfResult(deriveDocumentUniqueId(root, { ...ORIGIN, controlId: `${n}` }));
      assert.ok(isOid(id) && id.length <= 64 && id.startsWith(`${root}.`), id);
    }
  }
});

test('a root that is no OID, or that leaves too little room, is refused', () => {
  for (const root of ['', '1.2.', '1.02.3', '3.1', '1.40.1', 'urn:oid:1.2', `2.${'2'.repeat(37)}`]) {
    const result = deriveDocumentUniqueId(root, ORIGIN);
    assert.equal(!result.ok && result.refusal.rule.id, 'TDU-DOC-049', root);
  }
});
