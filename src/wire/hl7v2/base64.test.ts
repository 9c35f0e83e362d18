import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { decodeBase64, isWholeBase64 } from './base64.ts';

/** Every text is also only checked: the door and whoever decodes later must say the same. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'latin1');
  const decoded = decodeBase64(bytes);
  assert.equal(isWholeBase64(bytes), decoded !== undefined, JSON.stringify(text));
  return decoded;
}

describe('Base64 in the wild', () => {
  it('is recovered with or without padding and with line breaks, raw or escaped', () => {
    for (const text of ['QUI=', 'QUI', 'Q\r\nUI=\n', 'QU\\.br\\I=', 'Q\\X0D0A\\UI', ' Q U I ']) {
      assert.deepEqual(decode(text), Buffer.from('AB'), text);
    }
    assert.deepEqual(decode('QQ'), Buffer.from('A'));
    assert.deepEqual(decode('QQ='), Buffer.from('A'));
  });

  it('is refused when something is missing or foreign', () => {
    for (const text of [
      '',
      '=',
      '====',
      'QUJDR',
      'QUJDR===',
      'QUJD=',
      'QUI==',
      'QU=I',
      'QUJD#UJD',
      'QUJ#',
      'QU-_',
      'QUJDé',
      'aGk=aGk=',
      'Q\\Z\\UI',
      '\u0000QUJD',
    ]) {
      assert.equal(decode(text), undefined, JSON.stringify(text));
    }
  });

  it('is refused when a cut shows in its last bits', () => {
    assert.equal(decode('QUJDR0'), undefined);
    assert.equal(decode('QUJDR0d'), undefined);
  });

  it('of a document of many pieces comes back whole, and a foreign character in any of them is seen', () => {
    const bytes = randomBytes(50_000);
    const text = bytes.toString('base64');
    assert.deepEqual(decode(text), bytes);
    for (let at = 0; at < text.length; at += 5_003) {
      assert.equal(decode(`${text.slice(0, at)}*${text.slice(at + 1)}`), undefined, String(at));
    }
  });

  it('of any length comes back whole, and loses a character only to be refused', () => {
    for (let length = 1; length < 200; length++) {
      const bytes = randomBytes(length);
      const text = bytes.toString('base64');
      assert.deepEqual(decode(text), bytes);
      assert.deepEqual(decode(text.replaceAll('=', '')), bytes);
      assert.equal(decode(`${text.slice(0, length)}*${text.slice(length)}`), undefined);
    }
  });
});
