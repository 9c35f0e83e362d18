import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { isMultipart, mtomMessage, readMultipart, xopInclude } from './mtom.ts';

const BOUNDARY = 'uuid-7c0c3f0e-8a5e-4b7e-9d7f-0a8f9d1f6b11';
const ACTION = 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b';

describe('MTOM message', () => {
  it('gives every byte back, whatever the documents hold', () => {
    const documents = [randomBytes(70_000), Buffer.from('\r\n--\r\n--uuid-\r\n\r\n'), Buffer.alloc(0)];
    const attachments = documents.map((bytes, index) => ({ contentId: `d${index}@x`, contentType: 'text/xml', bytes }));
    const message = mtomMessage('<é/>', ACTION, attachments, BOUNDARY);
    assert.equal(isMultipart(message.contentType), true);
    assert.ok(
      documents.every((bytes) => message.body.includes(bytes)),
      'documents are sent as they are, not copied',
    );
    const read = readMultipart(message.contentType, Buffer.concat(message.body));
    assert.equal(read?.root.toString('utf8'), '<é/>');
    for (const [index, bytes] of documents.entries()) assert.deepEqual(read?.attachments.get(`d${index}@x`), bytes);
  });

  it('announces itself as the DMP expects', () => {
    const { contentType, body } = mtomMessage('<r/>', ACTION, [], BOUNDARY);
    assert.match(
      contentType,
      /^multipart\/related; boundary="[^"]+"; type="application\/xop\+xml"; start="<[^>]+>"; start-info="application\/soap\+xml"; action="urn:/,
    );
    const head = Buffer.from(body[0] ?? []).toString();
    assert.match(
      head,
      /Content-Type: application\/xop\+xml; charset=UTF-8; type="application\/soap\+xml"; action="urn:/,
    );
    assert.equal(xopInclude('a@b').includes('href="cid:a@b"'), true);
  });
});

describe('multipart answer', () => {
  const answer = (body: string, contentType = 'multipart/related; boundary=b1; start="<root>"') =>
    readMultipart(contentType, Buffer.from(body.replaceAll('\n', '\r\n')));
  const part = (id: string, content: string) => `--b1\nContent-Type: text/xml\nContent-Id: <${id}>\n\n${content}\n`;

  it('finds the root by its start parameter, else takes the first part', () => {
    const body = `preamble\n${part('other', 'B')}${part('root', 'A')}--b1--`;
    assert.equal(answer(body)?.root.toString(), 'A');
    assert.equal(answer(body)?.attachments.get('other')?.toString(), 'B');
    assert.equal(answer(body, 'multipart/related;boundary="b1"')?.root.toString(), 'B');
  });

  for (const [name, body, type] of [
    ['without its closing delimiter', part('root', 'A'), undefined],
    ['without a boundary', `${part('root', 'A')}--b1--`, 'multipart/related'],
    ['without the announced root', `${part('else', 'A')}--b1--`, undefined],
    ['of another boundary', `${part('root', 'A')}--b1--`, 'multipart/related; boundary=b2'],
    ['of too many parts', `${part('root', 'A').repeat(66)}--b1--`, undefined],
    ['with endless headers', `--b1\nX: ${'x'.repeat(9000)}\nContent-Id: <root>\n\nA\n--b1--`, undefined],
  ] as const) {
    it(`is not read ${name}`, () => {
      assert.equal(answer(body, type), undefined);
    });
  }
});
