/** Canonical form of a whole document, where comments and processing instructions around the root count too. */
import { createHash } from 'node:crypto';
import { XmlC14NMode } from 'libxml2-wasm';
import { refuseCrowded } from './crowded.ts';
import { lighten } from './long-text.ts';
import { DEFAULT_XML_LIMITS, withXml, type XmlLimits, XmlRefused } from './xml.ts';

const WITH_COMMENTS = { mode: XmlC14NMode.XML_C14N_1_0, withComments: true };

/** C14N 1.0 with comments, a long text apart: `before`, then where there is one `text` and `after`. */
export interface CanonicalForm {
  readonly before: string;
  readonly text?: Buffer;
  readonly after?: string;
}

/** By the bytes themselves, for as long as somebody holds them: the header is read from it, the signature digests it. */
const forms = new WeakMap<Uint8Array, CanonicalForm>();

/** The bytes must not change afterwards: the same ones are parsed once. Throws XmlRefused as `withXml` does. */
export function canonicalForm(bytes: Uint8Array, limits: XmlLimits = DEFAULT_XML_LIMITS): CanonicalForm {
  if (bytes.byteLength > limits.maxBytes) throw new XmlRefused('too-large', `${bytes.byteLength} bytes`);
  const known = forms.get(bytes);
  if (known !== undefined) return known;
  const form = lightForm(bytes, limits) ?? { before: canonicalText(bytes, limits) };
  forms.set(bytes, form);
  return form;
}

function lightForm(bytes: Uint8Array, limits: XmlLimits): CanonicalForm | undefined {
  const light = lighten(bytes);
  if (light === undefined) return undefined;
  const parts = canonicalText(light.bytes, limits).split(light.word);
  const [before, after] = parts;
  if (parts.length !== 2 || before === undefined || after === undefined || inAside(before)) return undefined;
  return { before, text: light.text, after };
}

/** The text stands in a comment or a processing instruction that is still open. */
function inAside(before: string): boolean {
  return before.lastIndexOf('<!--') > before.lastIndexOf('-->') || before.lastIndexOf('<?') > before.lastIndexOf('?>');
}

function canonicalText(bytes: Uint8Array, limits: XmlLimits): string {
  refuseCrowded(bytes);
  return withXml(
    bytes,
    (root) => {
      try {
        return root.doc.canonicalizeToString(WITH_COMMENTS);
      } catch (error) {
        // A relative namespace URI has no canonical form.
        throw new XmlRefused('malformed', error instanceof Error ? error.message : String(error));
      }
    },
    limits,
  );
}

/** C14N 1.0 with comments, the form that the DMP manifest digests (dmp.md 4). Throws XmlRefused as `withXml` does. */
export function canonicalDocument(bytes: Uint8Array): Buffer {
  const { before, text = Buffer.alloc(0), after = '' } = canonicalForm(bytes);
  return Buffer.concat([Buffer.from(before), text, Buffer.from(after)]);
}

/** Digest in Base64 of that form. Throws as `canonicalDocument` does. */
export function canonicalDigest(bytes: Uint8Array, algorithm: 'sha1' | 'sha256'): string {
  const { before, text, after } = canonicalForm(bytes);
  const hash = createHash(algorithm).update(before, 'utf8');
  if (text !== undefined && after !== undefined) hash.update(text).update(after, 'utf8');
  return hash.digest('base64');
}

/** Exclusive C14N of a text that has nothing around its root. */
export function exclusiveDocument(xml: string): Buffer {
  const options = { mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0, withComments: false };
  return withXml(Buffer.from(xml, 'utf8'), (root) => Buffer.from(root.doc.canonicalizeToString(options), 'utf8'));
}
