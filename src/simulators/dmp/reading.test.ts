import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSignatureCertificate, isTrusted, readCertificate } from './certificate.ts';
import { certificates } from './certificates.fixture.ts';
import { names } from './distinguished-name.ts';
import { createMessageIds } from './message-ids.ts';
import { readMediaType, readMimePackage } from './mime.ts';
import { isMatricule, readCx, readHl7Time, readInsCx, readXcn, readXdsTime, readXon } from './values.ts';

test('a distinguished name is compared attribute by attribute, most specific first', () => {
  const subject = [
    { name: 'C', value: 'FR' },
    { name: 'O', value: 'Hôpital, fictif' },
    { name: 'GN', value: 'Élise' },
  ];
  assert.ok(names('GN=Élise,O=Hôpital\\, fictif,C=FR', subject));
  assert.ok(names('2.5.4.42=\\C3\\89lise, O="Hôpital, fictif", C=FR', subject));
  assert.ok(names('G=Élise,O=Hôpital\\, fictif,C=FR', subject));
  assert.ok(names('2.5.4.42=#0c06c3896c697365,O=Hôpital\\, fictif,C=FR', subject));
  assert.equal(names('C=FR,O=Hôpital\\, fictif,GN=Élise', subject), false);
  assert.equal(names('GN=Élise,O=Hôpital,C=FR', subject), false);
  assert.equal(names('GN=Élise,C=FR', subject), false);
  assert.equal(names('sans égal', subject), false);
});

test('a signature certificate is told from an authentication one', () => {
  const { sign, client, server, untrusted, authority, expired } = certificates();
  const read = (der: Buffer) => {
    const certificate = readCertificate(der);
    assert.ok(certificate !== undefined);
    return certificate;
  };
  assert.deepEqual(read(sign.der).keyUsage, { digitalSignature: true, nonRepudiation: true });
  assert.deepEqual(read(sign.der).organizationalUnits, ['1750000001']);
  assert.equal(isSignatureCertificate(read(sign.der)), true);
  assert.equal(isSignatureCertificate(read(client.der)), false);
  assert.equal(isSignatureCertificate(read(server.der)), false);
  const now = new Date('2026-11-23T10:00:00Z');
  const trusted = (der: Buffer, at = now) => isTrusted(read(der), [read(authority.der).x509], at);
  assert.equal(trusted(sign.der), true);
  assert.equal(trusted(untrusted.der), false);
  assert.equal(trusted(expired.der), false);
  assert.equal(trusted(sign.der, new Date('2025-12-31T00:00:00Z')), false);
  assert.equal(readCertificate(Buffer.from('no')), undefined);
});

test('the value forms of the DMP', () => {
  assert.deepEqual(readCx('IPP^^^&1.2.3&ISO^PI'), { value: 'IPP', oid: '1.2.3', type: 'PI' });
  assert.deepEqual(readInsCx('279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH^^20100907'), {
    value: '279035121518989',
    oid: '1.2.250.1.213.1.4.10',
  });
  assert.equal(readInsCx('279035121518989^^^&1.2.250.1.213.1.4.10&ISO^PI'), undefined);
  assert.equal(readCx('IPP^^^1.2.3&ISO^PI'), undefined);
  assert.equal(isMatricule('180032B02040123'), true);
  assert.equal(isMatricule('27903512151898'), false);
  assert.deepEqual(readXcn('801^NOM^Prénom^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS'), {
    id: '801',
    family: 'NOM',
    given: 'Prénom',
  });
  assert.equal(readXcn('801^NOM^Prénom^^^^^^&1.2.250.1.71.4.2.1&ISO^D'), undefined);
  assert.deepEqual(readXon('CH^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750000019'), { name: 'CH', id: '1750000019' });
  assert.equal(readXon('CH^^^^^&1.2.250.1.71.4.2.2&ISO^XX^^^1750000019'), undefined);
});

test('times: XDS in UTC to the second, HL7 with what it has', () => {
  assert.equal(readXdsTime('20261123100000'), Date.UTC(2026, 10, 23, 10));
  assert.equal(readXdsTime('20260230100000'), undefined);
  assert.equal(readXdsTime('2026112310'), undefined);
  assert.deepEqual(readHl7Time('20261123110000+0100'), { utc: Date.UTC(2026, 10, 23, 10), exact: true, digits: 14 });
  assert.deepEqual(readHl7Time('20261123100000.123-0400'), {
    utc: Date.UTC(2026, 10, 23, 14),
    exact: true,
    digits: 14,
  });
  assert.deepEqual(readHl7Time('20261123'), { utc: Date.UTC(2026, 10, 23), exact: false, digits: 8 });
  assert.equal(readHl7Time('demain'), undefined);
});

test('the memory of message ids forgets the oldest', () => {
  const ids = createMessageIds(2);
  assert.deepEqual(
    ['a', 'A', 'b', 'c', 'a'].map((id) => ids.admit(id)),
    [true, false, true, true, true],
  );
});

test('a boundary text inside a binary part does not cut it', () => {
  const type = 'multipart/related; boundary=b; type="application/xop+xml"; start-info="application/soap+xml"';
  const root = 'Content-ID: <r>\r\nContent-Type: application/xop+xml;\r\n type="application/soap+xml"\r\n\r\n<x/>';
  const bytes = Buffer.from(`--b\r\n${root}\r\n--b  \r\nContent-ID: <d>\r\n\r\n\r\n--bx\r\n\0\r\n--b--`);
  const read = readMimePackage(type, bytes);
  assert.ok(read.ok);
  assert.equal(read.value.root.body.toString(), '<x/>');
  assert.equal(read.value.parts.get('d')?.body.toString(), '\r\n--bx\r\n\0');
});

test('parameters of a media type are unquoted', () => {
  const { type, parameters } = readMediaType('Multipart/Related; start="<a;b>"; Type=x');
  assert.equal(type, 'multipart/related');
  assert.deepEqual(
    [...parameters],
    [
      ['start', '<a;b>'],
      ['type', 'x'],
    ],
  );
});
