import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { XmlC14NMode, XmlElement } from 'libxml2-wasm';
import { canonicalDigest, canonicalDocument, canonicalForm } from './canonical-document.ts';
import { type CanonicalElement, canonicalTree, contentOf } from './canonical-tree.ts';
import { lighten } from './long-text.ts';
import { withXml, XmlRefused } from './xml.ts';

const LONG = 'QUJD'.repeat(2000);
const letter = (text: string, around = '') =>
  Buffer.from(
    `<?xml version="1.0"?>\n<!-- avant --><a xmlns="urn:a" xmlns:b="urn:b">${around}<t representation="B64">${text}</t><b:c x="1"/></a>`,
  );

/** What libxml2 itself answers, node by node. */
function asked(node: XmlElement): unknown {
  const parts = node.find('*|text()').map((child) => (child instanceof XmlElement ? asked(child) : child.content));
  const attributes = node.attrs.map(({ prefix, name, value }) => [prefix === '' ? name : `${prefix}:${name}`, value]);
  return { name: node.name, namespace: node.namespaceUri, attributes: attributes.sort(), parts: joined(parts) };
}

function told({ name, namespace, attributes, parts }: CanonicalElement): unknown {
  const read = parts.map((part) => (typeof part === 'string' ? part : told(part)));
  return { name, namespace, attributes: [...attributes].sort(), parts: joined(read) };
}

/** Texts in a row are one: CDATA and comments part them for libxml2. */
function joined(parts: readonly unknown[]): unknown[] {
  const done: unknown[] = [];
  for (const part of parts) {
    const last = done.at(-1);
    if (typeof last === 'string' && typeof part === 'string') done[done.length - 1] = last + part;
    else if (part !== '') done.push(part);
  }
  return done;
}

const text = fc.string({
  unit: fc.constantFrom('a', 'é', '&amp;', '&lt;', '&gt;', '"', "'", '&#13;', '\n', '\t', ' ', '>', '€'),
});
const value = text.map((content) => content.replaceAll('"', '&quot;'));
const aside = fc.constantFrom('<!-- <x a="1"> > -->', '<?pi <y> ?>', '<![CDATA[<z>&]]>', '');
const xml = fc.letrec<{ element: string }>((tie) => ({
  element: fc
    .record({
      name: fc.constantFrom('a', 'b:c', 'd'),
      declared: fc.constantFrom('', ' xmlns="urn:x"', ' xmlns=""', ' xmlns:b="urn:other"'),
      attributes: fc.tuple(value, value).map(([one, two]) => ` one="${one}" b:two='${two.replaceAll("'", '&apos;')}'`),
      parts: fc.array(fc.oneof({ depthSize: 'small' }, text, aside, tie('element')), { maxLength: 5 }),
    })
    .map(({ name, declared, attributes, parts }) => `<${name}${declared}${attributes}>${parts.join('')}</${name}>`),
})).element;

test('the elements read from the canonical form are those that libxml2 holds', () => {
  fc.assert(
    fc.property(xml, aside, (element, before) => {
      const prolog = before.includes('CDATA') ? '' : before;
      const bytes = Buffer.from(`${prolog}<r xmlns:b="urn:b">${element}</r>`);
      const read = canonicalTree(canonicalForm(bytes));
      assert.deepEqual(told(read), withXml(bytes, asked));
      assert.equal(
        contentOf(read),
        withXml(bytes, (root) => root.content),
      );
    }),
    { numRuns: 300 },
  );
});

test('a document read without its long text has the canonical form of the whole', () => {
  const options = { mode: XmlC14NMode.XML_C14N_1_0, withComments: true };
  for (const bytes of [
    letter(LONG),
    letter(LONG.replaceAll('QUJDQUJD', 'QUJD\nQUJD\t')),
    letter(`${LONG}==`, '<!-- B64 --><o representation="B64">QQ==</o>'),
    // What must not be taken out: another alphabet, a carriage return, an entity, a comment, a processing instruction.
    letter(`${LONG}é`),
    letter(LONG.replaceAll('QUJDQUJD', 'QUJD\r\n')),
    letter(`${LONG}&#65;`),
    letter('', `<!-- B64 >${LONG}<x> -->`),
    letter('', `<?x B64 >${LONG}<x> ?>`),
    letter('', `<![CDATA[ B64 >${LONG}<x> ]]>`),
  ]) {
    const whole = withXml(Buffer.from(bytes), (root) => root.doc.canonicalizeToString(options));
    assert.equal(canonicalDocument(bytes).toString(), whole);
    assert.deepEqual(told(canonicalTree(canonicalForm(bytes))), withXml(bytes, asked));
  }
  assert.equal(lighten(letter(LONG))?.text.toString(), LONG);
  assert.equal(lighten(letter(`${LONG}é`)), undefined);
  assert.equal(lighten(letter('QUJD')), undefined);
});

test('the word that stands for the long text is never taken for a text of the document', () => {
  const word = lighten(letter(LONG))?.word ?? '';
  const bytes = letter(LONG, `<o>${word}</o>`);
  assert.equal(lighten(bytes), undefined);
  assert.match(canonicalDocument(bytes).toString(), new RegExp(`<o>${word}</o><t representation="B64">${LONG}</t>`));
});

test('a digest is that of the canonical form, with and without a long text', () => {
  const small = Buffer.from('<a b="1"/>');
  // sha1 of <a b="1"></a>, by openssl.
  assert.equal(canonicalDigest(small, 'sha1'), 'Abx6kxC+ZN659Qwc0ftHs9Lc4tY=');
  assert.notEqual(canonicalDigest(letter(LONG), 'sha1'), canonicalDigest(letter(`${LONG}QQ==`), 'sha1'));
});

test('what has no canonical form, or is too large, is refused', () => {
  assert.throws(() => canonicalForm(Buffer.from('<a xmlns="relative"/>')), XmlRefused);
  assert.throws(() => canonicalForm(letter(LONG), { maxBytes: 100 }), XmlRefused);
});
