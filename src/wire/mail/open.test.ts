import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { zipOf } from '../xdm/archive.fixture.ts';
import { HEADERS, mailOf, type Part } from './mail.fixture.ts';
import { openMail } from './open.ts';
import type { OpenedPackage } from './package.ts';

const XDM = new URL('../../../../shared/conformance/xdm/fr-derived-ldl-ses.IHE_XDM.zip', import.meta.url);
const SKIP = { skip: !existsSync(XDM) && 'shared/conformance is not here' };
const BODY: Part = { type: 'text/plain; charset=utf-8', content: 'Chère consœur,\nci-joint.' };

function archive(bytes: Uint8Array, name = 'IHE_XDM.zip'): Part {
  return { type: 'application/zip', name, content: bytes };
}

async function opened(bytes: Buffer, ...limits: Parameters<typeof openMail> extends [unknown, ...infer L] ? L : never) {
  const result = await openMail(bytes, ...limits);
  assert.ok(result.ok, result.ok ? '' : result.refusal.rule.id);
  return result.value;
}

function whyNot({ xdm }: OpenedPackage): string {
  return xdm.ok ? 'opened' : xdm.refusal.rule.id;
}

test('the archive of a mail gives its documents and their patient, whatever the case of its name', SKIP, async () => {
  for (const name of ['IHE_XDM.zip', 'ihe_xdm.ZIP', 'IHE_XDM_20261123.zip']) {
    const { mail, xdm } = await opened(mailOf(HEADERS, [BODY, archive(readFileSync(XDM), name)]));
    assert.ok(xdm.ok);
    assert.match(xdm.value.patientId ?? '', /^279035121518989\^\^\^&1\.2\.250\.1\.213\.1\.4\.10/);
    assert.deepEqual(
      xdm.value.documents.map(({ mimeType, confidentialityCodes }) => [mimeType, confidentialityCodes[0]]),
      [['text/xml', 'N']],
    );
    assert.deepEqual(
      [mail.from, mail.fromName, mail.text],
      ['thomas.eric@medecin.mssante.fr', 'Dr Thomas Eric', 'Chère consœur,\nci-joint.'],
    );
    assert.equal(mail.subject, 'XDM/1.0/DDM+Lettre de liaison PAT-TROIS DOMINIQUE 28/03/1979');
  }
});

test('a whole mail passed on as an attachment is opened, one level deep and no deeper', SKIP, async () => {
  const inner = mailOf(HEADERS, [archive(readFileSync(XDM))]);
  const forwarded = (bytes: Buffer) =>
    mailOf(HEADERS, [BODY, { type: 'message/rfc822', content: bytes.toString('latin1'), plain: true }]);
  assert.equal(whyNot(await opened(forwarded(inner))), 'opened');
  const renamed = (bytes: Buffer, name: string) =>
    Buffer.from(bytes.toString('latin1').replaceAll('b0undary', name), 'latin1');
  const deeper = renamed(forwarded(renamed(inner, 'first')), 'second');
  assert.equal(whyNot(await opened(forwarded(deeper))), 'TDU-MSS-103');
});

test(
  'our own package that comes back in a receipt or a notice of failure is never taken for a new one',
  SKIP,
  async () => {
    const report = mailOf(
      HEADERS,
      [BODY, archive(readFileSync(XDM))],
      'multipart/report; report-type=disposition-notification',
    );
    assert.equal(whyNot(await opened(report)), 'TDU-MSS-103');
    const Subject = '=?utf-8?q?[KO_Int=C3=A9gration_syst=C3=A8me_!][902]_XDM/1.0/DDM+CR?=';
    assert.equal(whyNot(await opened(mailOf({ ...HEADERS, Subject }, [archive(readFileSync(XDM))]))), 'TDU-MSS-103');
  },
);

test('each hostile archive is refused by its own rule, the text of the mail stays readable', async () => {
  const cases: readonly (readonly [string, Buffer])[] = [
    ['TDU-XDM-004', zipOf([{ name: '../evil', content: 'x' }])],
    ['TDU-XDM-004', zipOf([{ name: 'lien', content: '/etc/passwd', mode: 0o120777 }])],
    [
      'TDU-XDM-005',
      zipOf([
        { name: 'A', content: '1' },
        { name: 'a', content: '2' },
      ]),
    ],
    ['TDU-XDM-006', zipOf([{ name: 'a', content: 'x', flags: 1 }])],
    ['TDU-XDM-002', zipOf([{ name: 'a', content: Buffer.alloc(50_000_000) }])],
    ['TDU-XDM-001', Buffer.from('PK\x03\x04coupé')],
    ['TDU-XDM-010', zipOf([{ name: 'x.txt', content: 'x' }])],
  ];
  for (const [rule, bytes] of cases) {
    const result = await opened(mailOf(HEADERS, [BODY, archive(bytes)]));
    assert.equal(whyNot(result), rule);
    assert.match(result.mail.text, /ci-joint/);
  }
  const two = [archive(zipOf([{ name: 'x', content: 'x' }])), archive(zipOf([{ name: 'x', content: 'x' }]))];
  assert.equal(whyNot(await opened(mailOf(HEADERS, two))), 'TDU-MSS-104');
});

test('what passes a bound is refused whole: size, header, parts, time', async () => {
  const refused = async (bytes: Buffer, limits: Parameters<typeof openMail>[1] = {}) => {
    const result = await openMail(bytes, limits);
    return result.ok ? 'opened' : result.refusal.rule.id;
  };
  const plain = mailOf(HEADERS, [BODY]);
  assert.equal(await refused(plain, { maxBytes: plain.length - 1 }), 'TDU-MSS-101');
  assert.equal(await refused(mailOf({ ...HEADERS, 'X-Long': 'a'.repeat(400_000) }, [BODY])), 'TDU-MSS-100');
  assert.equal(
    await refused(
      mailOf(
        HEADERS,
        Array.from({ length: 400 }, () => BODY),
      ),
    ),
    'TDU-MSS-100',
  );
  assert.equal(await refused(plain, { timeoutMs: 1 }), 'TDU-MSS-102');
});

test('charsets, broken Base64, depth and control characters give a text, never a failure or a hidden line', async () => {
  const latin = mailOf(HEADERS, [
    { type: 'text/plain; charset=iso-8859-15', content: Buffer.from([0x50, 0xe2, 0x74, 0xe9, 0xa4]) },
  ]);
  assert.equal((await opened(latin)).mail.text.trim(), 'Pâté€');
  const utf7 = mailOf(HEADERS, [{ type: 'text/plain; charset=utf-7', content: '+ADw-script+AD4-', plain: true }]);
  assert.doesNotMatch((await opened(utf7)).mail.text, /<script>/);
  const unknown = mailOf(HEADERS, [{ type: 'text/plain; charset=nowhere', content: 'abc', plain: true }]);
  assert.match((await opened(unknown)).mail.text, /abc/);
  const broken = mailOf(HEADERS, [
    {
      type: 'application/pdf',
      name: 'x.pdf',
      content: 'JVBERi0=',
      plain: true,
      headers: { 'Content-Transfer-Encoding': 'base64' },
    },
  ]);
  assert.equal((await opened(broken)).mail.attachments.length, 1);
  const Subject = '=?utf-8?b?YQ0KQmNjOiBi4oCuZw==?=';
  assert.equal((await opened(mailOf({ ...HEADERS, Subject }, [BODY]))).mail.subject, 'a Bcc: b g');
  let nested = 'fin';
  for (let depth = 0; depth < 100; depth++)
    nested = `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n${nested}\r\n--b${depth}--\r\n`;
  const deep = await openMail(Buffer.from(`From: a@b.fr\r\n${nested}`));
  assert.ok(deep.ok || deep.refusal.rule.id === 'TDU-MSS-100');
});

test('HTML is read as text: nothing of it, script or link target, is shown', async () => {
  const page = '<p>Bonjour</p><script>alert(1)</script><img src="http://x.fr/pixel">';
  const { mail } = await opened(mailOf(HEADERS, [{ type: 'text/html; charset=utf-8', content: page }]));
  assert.match(mail.text, /Bonjour/);
  assert.doesNotMatch(mail.text, /<|alert/);
});
