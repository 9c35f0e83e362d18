/** XML made to hurt a reader, each put into a document that the product would otherwise accept. */

/** A document that its reader accepts, as text. */
export type Host = string;

export interface XmlAttack {
  readonly name: string;
  readonly bytes: (host: Host) => Buffer;
  /** `harmless`: read as if the attack were not there. */
  readonly expected: 'refused' | 'harmless';
}

/** Addresses that must not be touched. */
export interface Bait {
  readonly file: string;
  readonly http: string;
}

const declaration = /^<\?xml[^>]*\?>/;
const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

function withoutDeclaration(host: Host): string {
  return host.replace(declaration, '');
}

function withProlog(host: Host, prolog: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>${prolog}${withoutDeclaration(host)}`;
}

/** `inside` as first child of the root. */
function within(host: Host, inside: string): string {
  return withoutDeclaration(host).replace(/^\s*(<[^>]+>)/, (_, root: string) => `${root}${inside}`);
}

/** `attributes` on the root element. */
function onRoot(host: Host, attributes: string): string {
  return withoutDeclaration(host).replace(/^\s*<[A-Za-z:]+/, (name) => `${name} ${attributes}`);
}

function laughs(levels: number): string {
  const entities = Array.from({ length: levels }, (_, n) => `<!ENTITY l${n + 1} "${`&l${n};`.repeat(10)}">`);
  return `<!DOCTYPE r [<!ENTITY l0 "ha">${entities.join('')}]>`;
}

function utf16(text: string, order: 'le' | 'be', mark: boolean): Buffer {
  const bytes = Buffer.from(`${mark ? '\ufeff' : ''}${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
}

const ENCODINGS: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8 with its mark': (text) => utf8(`\ufeff${text}`),
  'ISO-8859-1': (text) => Buffer.from(text.replace('UTF-8', 'ISO-8859-1'), 'latin1'),
  'windows-1252': (text) => Buffer.from(text.replace('UTF-8', 'windows-1252'), 'latin1'),
  'US-ASCII': (text) => Buffer.from(text.replace('UTF-8', 'US-ASCII'), 'latin1'),
  'UTF-16 LE with its mark': (text) => utf16(text.replace('UTF-8', 'UTF-16'), 'le', true),
  'UTF-16 BE with its mark': (text) => utf16(text.replace('UTF-8', 'UTF-16'), 'be', true),
  'UTF-16 LE that says UTF-8': (text) => utf16(text, 'le', false),
  'UTF-16 BE that says UTF-8': (text) => utf16(text, 'be', false),
  'UTF-32': (text) => Buffer.from([...text].flatMap((letter) => [0, 0, 0, letter.charCodeAt(0) & 0xff])),
};

/** Every way to a document type, by every protocol, in every encoding: each must be refused by every reader. */
export function encodedDoctypes(bait: Bait): readonly XmlAttack[] {
  const addresses = [
    `file://${bait.file}`,
    `${bait.http}/e`,
    `jar:${bait.http}/a.jar!/x`,
    `netdoc:${bait.http}/x`,
  ].concat(['ftp://127.0.0.1:1/x', 'php://filter/resource=/etc/hostname', 'expect://id', 'data:text/plain,x']);
  const doctypes: Readonly<Record<string, string>> = {
    'a billion laughs': laughs(10),
    ...Object.fromEntries(
      addresses.map((at) => [`an entity at ${at.slice(0, 8)}`, `<!DOCTYPE r [<!ENTITY x SYSTEM "${at}">]>`]),
    ),
    ...Object.fromEntries(
      addresses.map((at) => [
        `a parameter entity at ${at.slice(0, 8)}`,
        `<!DOCTYPE r [<!ENTITY % x SYSTEM "${at}"> %x;]>`,
      ]),
    ),
    ...Object.fromEntries(addresses.map((at) => [`a DTD at ${at.slice(0, 8)}`, `<!DOCTYPE r SYSTEM "${at}">`])),
  };
  return Object.entries(doctypes).flatMap(([what, doctype]) =>
    Object.entries(ENCODINGS).map(
      ([encoding, encode]): XmlAttack => ({
        name: `${what}, in ${encoding}`,
        bytes: (host) => encode(withProlog(within(host, doctype.includes('ENTITY x') ? '&x;' : ''), doctype)),
        expected: 'refused',
      }),
    ),
  );
}

/** `prefix` opens each element of a nest `depth` deep, with its end tags. */
function nest(depth: number): string {
  return `${'<n>'.repeat(depth)}${'</n>'.repeat(depth)}`;
}

export function xmlAttacks(bait: Bait): readonly XmlAttack[] {
  const doctypes: Readonly<Record<string, string>> = {
    'an empty DOCTYPE': '<!DOCTYPE r>',
    'an internal entity': '<!DOCTYPE r [<!ENTITY x "y">]>',
    'an external entity on a file': `<!DOCTYPE r [<!ENTITY x SYSTEM "file://${bait.file}">]>`,
    'an external entity over HTTP': `<!DOCTYPE r [<!ENTITY x SYSTEM "${bait.http}/entity">]>`,
    'a parameter entity': `<!DOCTYPE r [<!ENTITY % p SYSTEM "${bait.http}/parameter"> %p;]>`,
    'an external DTD on a file': `<!DOCTYPE r SYSTEM "file://${bait.file}">`,
    'an external DTD over HTTP': `<!DOCTYPE r PUBLIC "-//X//Y" "${bait.http}/dtd">`,
    'an external DTD in an archive': `<!DOCTYPE r SYSTEM "jar:${bait.http}/a.jar!/x.dtd">`,
    'a billion laughs': laughs(10),
    'a quadratic blow-up': `<!DOCTYPE r [<!ENTITY x "${'y'.repeat(50_000)}">]>`,
    'default attributes': '<!DOCTYPE r [<!ATTLIST r a CDATA "default">]>',
    'a DOCTYPE behind 200 KB of comment': `<!--${' '.repeat(200_000)}-->${laughs(10)}`,
    'a DOCTYPE behind a comment that names a root': `<!-- <r> -->${laughs(10)}`,
    'a DOCTYPE behind an instruction that names a root': `<?x <r> ?>${laughs(10)}`,
    'a DOCTYPE in lower case': '<!doctype r>',
  };
  const used = '&x;'.repeat(10);
  return [
    ...Object.entries(doctypes).map(
      ([name, doctype]): XmlAttack => ({
        name,
        bytes: (host) => utf8(withProlog(within(host, doctype.includes(' x ') ? used : ''), doctype)),
        expected: 'refused',
      }),
    ),
    ...smuggled(),
    ...oversized(),
    {
      name: 'an XInclude of a file',
      bytes: (host) =>
        utf8(
          within(
            host,
            `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="file://${bait.file}"/>`,
          ),
        ),
      expected: 'harmless',
    },
    {
      name: 'an XInclude over HTTP',
      bytes: (host) =>
        utf8(within(host, `<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="${bait.http}/include"/>`)),
      expected: 'harmless',
    },
    {
      name: 'a style sheet over HTTP',
      bytes: (host) => utf8(withProlog(host, `<?xml-stylesheet type="text/xsl" href="${bait.http}/style.xsl"?>`)),
      expected: 'harmless',
    },
    {
      name: 'a schema location over HTTP',
      bytes: (host) =>
        utf8(
          onRoot(
            host,
            `xmlns:q="http://www.w3.org/2001/XMLSchema-instance" q:schemaLocation="urn:x ${bait.http}/schema.xsd"`,
          ),
        ),
      expected: 'harmless',
    },
    { name: 'an undeclared entity', bytes: (host) => utf8(within(host, '&x;')), expected: 'refused' },
    { name: 'an undeclared prefix', bytes: (host) => utf8(within(host, '<u:x/>')), expected: 'refused' },
    { name: 'a null character', bytes: (host) => utf8(within(host, '\0')), expected: 'refused' },
    { name: 'a reference to the null character', bytes: (host) => utf8(within(host, '&#0;')), expected: 'refused' },
    { name: 'half a document', bytes: (host) => utf8(host.slice(0, host.length / 2)), expected: 'refused' },
    { name: 'two roots', bytes: (host) => utf8(host + withoutDeclaration(host)), expected: 'refused' },
    { name: 'an attribute given twice', bytes: (host) => utf8(onRoot(host, 'a="1" a="2"')), expected: 'refused' },
    { name: 'nothing', bytes: () => Buffer.alloc(0), expected: 'refused' },
    { name: 'an HTML page', bytes: () => utf8('<html><body>502 Bad Gateway<br></body></html>'), expected: 'refused' },
  ];
}

/** A DOCTYPE, or bytes that are no text, in another encoding than the reader may expect. */
function smuggled(): XmlAttack[] {
  const hidden = (host: Host): string => withProlog(host, laughs(10)).replace('UTF-8', 'UTF-16');
  return [
    { name: 'UTF-16 LE with its mark', bytes: (host) => utf16(hidden(host), 'le', true), expected: 'refused' },
    { name: 'UTF-16 BE with its mark', bytes: (host) => utf16(hidden(host), 'be', true), expected: 'refused' },
    { name: 'UTF-16 LE without mark', bytes: (host) => utf16(hidden(host), 'le', false), expected: 'refused' },
    { name: 'UTF-16 BE without mark', bytes: (host) => utf16(hidden(host), 'be', false), expected: 'refused' },
    {
      name: 'UTF-7',
      bytes: (host) => utf8(`<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE r+AD4-${withoutDeclaration(host)}`),
      expected: 'refused',
    },
    {
      name: 'an encoding that nobody knows',
      bytes: (host) => utf8(`<?xml version="1.0" encoding="X-INCONNU"?>${withoutDeclaration(host)}`),
      expected: 'refused',
    },
    {
      name: 'bytes that are not UTF-8',
      bytes: (host) =>
        Buffer.concat([utf8(within(host, '<n>').split('<n>')[0] ?? ''), Buffer.from([0xc3, 0x28]), utf8(host)]),
      expected: 'refused',
    },
    {
      name: 'an overlong sequence that hides a bracket',
      bytes: (host) => {
        const [head = '', tail = ''] = within(host, '\u0001').split('\u0001');
        return Buffer.concat([utf8(head), Buffer.from([0xc0, 0xbc]), utf8(`n/>${tail}`)]);
      },
      expected: 'refused',
    },
  ];
}

/** Sizes and depths. */
function oversized(): XmlAttack[] {
  const many = (count: number, one: (n: number) => string): string =>
    Array.from({ length: count }, (_, n) => one(n)).join('');
  return [
    { name: '10,000 elements deep', bytes: (host) => utf8(within(host, nest(10_000))), expected: 'refused' },
    {
      name: '100,000 elements deep in a document of 12 MB',
      bytes: (host) => utf8(within(host, `${nest(100_000)}<t>${'x'.repeat(12_000_000)}</t>`)),
      expected: 'refused',
    },
    {
      name: '100,000 attributes',
      bytes: (host) =>
        utf8(
          onRoot(
            host,
            many(100_000, (n) => `a${n}="" `),
          ),
        ),
      expected: 'harmless',
    },
    {
      name: 'an attribute of 11 MB',
      bytes: (host) => utf8(onRoot(host, `a="${'x'.repeat(11_000_000)}"`)),
      expected: 'harmless',
    },
    {
      name: '20,000 namespaces',
      bytes: (host) =>
        utf8(
          onRoot(
            host,
            many(20_000, (n) => `xmlns:p${n}="urn:${n}" `),
          ),
        ),
      expected: 'harmless',
    },
    { name: 'a name of 60 KB', bytes: (host) => utf8(within(host, `<${'n'.repeat(60_000)}/>`)), expected: 'refused' },
    { name: '65 MB', bytes: (host) => utf8(within(host, 'x'.repeat(65 * 1024 * 1024))), expected: 'refused' },
  ];
}
