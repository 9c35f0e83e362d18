import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { decodeBase64 } from './base64.ts';

const decode = (text: string) => decodeBase64(Buffer.from(text, 'latin1'));

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
