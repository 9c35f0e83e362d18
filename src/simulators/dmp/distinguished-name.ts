/** Distinguished names, as certificates hold them and as RFC 2253 writes them. */

export interface Rdn {
  /** Canonical short name (`CN`, `OU`, `GN`…) or dotted OID. */
  readonly name: string;
  readonly value: string;
}

/** Names seen for the same attribute: OpenSSL, .NET (`G=`, `S=`), Java, dotted OID. First of each row is ours. */
const ALIASES: readonly (readonly string[])[] = [
  ['CN', '2.5.4.3', 'COMMONNAME'],
  ['SN', '2.5.4.4', 'SURNAME'],
  ['SERIALNUMBER', '2.5.4.5'],
  ['C', '2.5.4.6'],
  ['L', '2.5.4.7'],
  ['ST', '2.5.4.8', 'S'],
  ['STREET', '2.5.4.9'],
  ['O', '2.5.4.10'],
  ['OU', '2.5.4.11'],
  ['T', '2.5.4.12', 'TITLE'],
  ['GN', '2.5.4.42', 'G', 'GIVENNAME'],
  ['ORGANIZATIONIDENTIFIER', '2.5.4.97'],
  ['UID', '0.9.2342.19200300.100.1.1'],
  ['DC', '0.9.2342.19200300.100.1.25'],
  ['E', '1.2.840.113549.1.9.1', 'EMAILADDRESS'],
];

const CANONICAL = new Map(ALIASES.flatMap(([first = '', ...rest]) => [first, ...rest].map((alias) => [alias, first])));

export function attributeName(name: string): string {
  const upper = name
    .trim()
    .toUpperCase()
    .replace(/^OID\./, '');
  return CANONICAL.get(upper) ?? upper;
}

/** The RDNs of an RFC 2253 string in the order written; undefined when it does not parse. */
function parseRfc2253(text: string): Rdn[] | undefined {
  const rdns: Rdn[] = [];
  for (const part of splitUnescaped(text)) {
    const equals = part.indexOf('=');
    if (equals <= 0) return undefined;
    const value = unescapeValue(part.slice(equals + 1).trim());
    if (value === undefined) return undefined;
    rdns.push({ name: attributeName(part.slice(0, equals)), value });
  }
  return rdns;
}

function splitUnescaped(text: string): string[] {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '\\') {
      part += c + (text[i + 1] ?? '');
      i += 1;
    } else if (!quoted && (c === ',' || c === ';' || c === '+')) {
      parts.push(part);
      part = '';
    } else {
      if (c === '"') quoted = !quoted;
      part += c;
    }
  }
  return [...parts, part];
}

function unescapeValue(raw: string): string | undefined {
  if (raw.startsWith('#')) {
    const der = Buffer.from(raw.slice(1), 'hex');
    return der.length > 2 && (der[1] ?? 0x80) < 0x80 ? der.subarray(2).toString('utf8') : undefined;
  }
  const body = raw.length > 1 && raw.startsWith('"') && raw.endsWith('"') ? raw.slice(1, -1) : raw;
  // Hexadecimal pairs are UTF-8 bytes: consecutive ones are decoded together.
  return body
    .replace(/(?:\\[0-9A-Fa-f]{2})+/g, (run) => Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8'))
    .replace(/\\(.)/g, '$1');
}

/** True when the RFC 2253 text (most specific first) names the subject (encoding order, most general first). */
export function names(text: string, subject: readonly Rdn[]): boolean {
  const written = parseRfc2253(text);
  if (written?.length !== subject.length) return false;
  return written.reverse().every((rdn, i) => rdn.name === subject[i]?.name && rdn.value === subject[i]?.value);
}
