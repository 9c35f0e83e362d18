import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { text, withXml } from '../xml/xml.ts';
import { readSoap, soapEnvelope } from './envelope.ts';

const read = (xml: string) =>
  readSoap(Buffer.from(xml), (content) => (content.name === 'Answer' ? content.content : undefined));

describe('SOAP envelope', () => {
  it('carries the addressing headers, the assertion and the body', () => {
    const xml = soapEnvelope({
      action: 'urn:a&b',
      to: 'https://dmp.test/x?a=1&b=2',
      messageId: 'c0ffee00-0000-4000-8000-000000000000',
      assertion: '<a:Assertion xmlns:a="urn:saml"/>',
      body: '<b xmlns="urn:b">1</b>',
    });
    const ns = {
      s: 'http://www.w3.org/2003/05/soap-envelope',
      w: 'http://www.w3.org/2005/08/addressing',
      a: 'urn:saml',
      b: 'urn:b',
    };
    const read = (xpath: string) => withXml(Buffer.from(xml), (root) => text(root, xpath, ns));
    assert.equal(read('/s:Envelope/s:Header/w:Action'), 'urn:a&b');
    assert.equal(read('/s:Envelope/s:Header/w:Action/@s:mustUnderstand'), 'true');
    assert.equal(read('/s:Envelope/s:Header/w:MessageID'), 'urn:uuid:c0ffee00-0000-4000-8000-000000000000');
    assert.equal(read('/s:Envelope/s:Header/w:To'), 'https://dmp.test/x?a=1&b=2');
    assert.equal(read('/s:Envelope/s:Header/w:ReplyTo/w:Address'), 'http://www.w3.org/2005/08/addressing/anonymous');
    assert.equal(read('/s:Envelope/s:Header/*[local-name()="Security"]/a:Assertion'), '');
    assert.equal(read('/s:Envelope/s:Body/b:b'), '1');
  });

  it('gives the body whatever the prefixes', () => {
    const xml =
      '<x:Envelope xmlns:x="http://www.w3.org/2003/05/soap-envelope"><x:Header/><x:Body> <Answer>ok</Answer> </x:Body></x:Envelope>';
    assert.deepEqual(read(xml), { kind: 'body', value: 'ok' });
  });

  it('reads a fault with its chain of subcodes', () => {
    const xml =
      '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Body><soap:Fault><soap:Code>' +
      '<soap:Value>soap:Sender</soap:Value><soap:Subcode><soap:Value xmlns:d="urn:d">d:DMPInvalidCertificate</soap:Value>' +
      '<soap:Subcode><soap:Value>Deep</soap:Value></soap:Subcode></soap:Subcode></soap:Code><soap:Reason>' +
      '<soap:Text xml:lang="fr">Not a valid signature certificate</soap:Text></soap:Reason><soap:Detail><x>17</x></soap:Detail>' +
      '</soap:Fault></soap:Body></soap:Envelope>';
    const codes = ['Sender', 'DMPInvalidCertificate', 'Deep'];
    assert.deepEqual(read(xml), {
      kind: 'fault',
      fault: { codes, reason: 'Not a valid signature certificate', detail: '17' },
    });
  });

  it('reads the fault of a node that knows only SOAP 1.1', () => {
    const xml =
      '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>s:VersionMismatch</faultcode>' +
      '<faultstring>1.1 only</faultstring></s:Fault></s:Body></s:Envelope>';
    assert.deepEqual(read(xml), {
      kind: 'fault',
      fault: { codes: ['VersionMismatch'], reason: '1.1 only', detail: '' },
    });
  });

  it('passes over what is no element: comments, instructions, line ends', () => {
    const noise = '<!-- a --><?x y?>\n';
    const body = (inside: string): string =>
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${noise}<s:Body>${noise}${inside}${noise}</s:Body>${noise}</s:Envelope>`;
    assert.deepEqual(read(body('<Answer/>')), read(body('<Answer/>').replaceAll(noise, '')));
    assert.equal(read(body('')).kind, 'unreadable');
  });

  for (const [name, xml] of [
    ['nothing', ''],
    ['HTML', '<html><body>Bad gateway</body></html>'],
    ['a truncated answer', '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><Answer>'],
    ['an empty body', '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>'],
    [
      'an unexpected element',
      '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><Other/></s:Body></s:Envelope>',
    ],
    [
      'a document type',
      '<!DOCTYPE x [<!ENTITY a "b">]><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>',
    ],
  ] as const) {
    it(`does not read ${name}`, () => {
      assert.equal(read(xml).kind, 'unreadable');
    });
  }
});
