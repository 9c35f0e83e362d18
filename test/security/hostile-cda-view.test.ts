/**
 * CDA display (hostile.md): payloads that would act in a browser, put at every place that an author fills. What reaches the
 * frame is judged by a grammar of its own: a closed list of tags and attributes, no address but pictures of the document.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FRAME_POLICY, framePage } from '../../src/console/cda-frame.ts';
import { frameAnswer, viewOf } from '../../src/console/document-view.ts';
import { render } from '../../src/console/html.ts';
import { viewCda } from '../../src/wire/cda/view.ts';
import { escapeXml } from '../../src/wire/xml/xml.ts';

/** Written into a text or an attribute of the document. */
const TEXTS = [
  '<script>alert(1)</script>',
  '"><script src=//evil.example/x.js></script>',
  "'><img src=x onerror=alert(1)>",
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)>',
  '<svg><animate onbegin=alert(1) attributeName=x>',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<object data="data:text/html,<script>alert(1)</script>">',
  '<embed src=//evil.example>',
  '<link rel=stylesheet href=//evil.example/x.css>',
  '<style>@import "//evil.example";</style>',
  '<meta http-equiv=refresh content="0;url=//evil.example">',
  '<base href=//evil.example/>',
  '<form action=//evil.example><button>ok',
  '</style></head><script>alert(1)</script>',
  '</iframe><script>alert(1)</script>',
  '<a href="javascript:alert(1)">x</a>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<!--><script>alert(1)</script>-->',
  '<![CDATA[<script>alert(1)</script>]]>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '#{alert(1)}{{7*7}}<%= 7*7 %>',
  'javascript:alert(1)',
  'data:text/html;base64,PHNjcmlwdD4=',
];

/** Elements and attributes written as such: the narrative itself is the attack. */
const MARKUP = [
  '<script xmlns="">alert(1)</script>',
  '<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>',
  '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',
  '<h:img xmlns:h="http://www.w3.org/1999/xhtml" src="http://evil.example/x.png" onerror="alert(1)"/>',
  '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>',
  '<iframe src="http://evil.example"/>',
  '<object data="http://evil.example"/>',
  '<embed src="http://evil.example"/>',
  '<img src="http://evil.example/x.png"/>',
  '<image href="http://evil.example/x.png"/>',
  '<video src="http://evil.example/x.mp4" autoplay="autoplay"/>',
  '<link rel="stylesheet" href="http://evil.example/x.css"/>',
  '<style>body{background:url(http://evil.example)}</style>',
  '<meta http-equiv="refresh" content="0;url=http://evil.example"/>',
  '<base href="http://evil.example/"/>',
  '<form action="http://evil.example"><input name="a"/></form>',
  '<paragraph onclick="alert(1)" style="background:url(http://evil.example)">x</paragraph>',
  '<content styleCode="Bold;background:url(http://evil.example)" class="x" id="a">x</content>',
  '<content styleCode="expression(alert(1)) constructor __proto__ toString">x</content>',
  '<linkHtml href="javascript:alert(1)">x</linkHtml>',
  '<linkHtml href="http://evil.example/?nir=1" target="_top">x</linkHtml>',
  '<linkHtml href="vbscript:x">x</linkHtml>',
  '<renderMultiMedia referencedObject="http://evil.example/x.png"/>',
  '<renderMultiMedia referencedObject="constructor __proto__"/>',
  '<renderMultiMedia referencedObject="svg"/>',
  '<renderMultiMedia referencedObject="html"/>',
  '<renderMultiMedia referencedObject="lying"/>',
  '<renderMultiMedia referencedObject="outside"/>',
  '<table border="0" background="http://evil.example/x.png" onmouseover="alert(1)"><tr><td bgcolor="javascript:x" colspan="1&quot; onclick=&quot;alert(1)">x</td></tr></table>',
  '<table><tr><td align="center&quot; onclick=&quot;alert(1)">x</td></tr></table>',
  '<list listType="ordered&quot; onclick=&quot;x"><item>x</item></list>',
  '<toString/><constructor/><hasOwnProperty>x</hasOwnProperty><__proto__>x</__proto__>',
  '<?xml-stylesheet href="http://evil.example/x.xsl" type="text/xsl"?>x',
  '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
];

const PLACES: Readonly<Record<string, (text: string) => string>> = {
  'a text': (text) => `<paragraph>${escapeXml(text)}</paragraph>`,
  'a cell': (text) => `<table><tr><th>${escapeXml(text)}</th></tr></table>`,
  'an address': (text) => `<linkHtml href="${escapeXml(text)}">x</linkHtml>`,
};

const MEDIA = Object.entries({
  svg: ['image/svg+xml', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
  html: ['text/html', '<script>alert(1)</script>'],
  lying: ['image/png', '<script>alert(1)</script>'],
}).map(
  ([id, [type, content]]) =>
    `<entry><observationMedia ID="${id}"><value mediaType="${type}" representation="B64">${Buffer.from(content ?? '').toString('base64')}</value></observationMedia></entry>`,
);
const OUTSIDE =
  '<entry><observationMedia ID="outside"><value mediaType="image/png"><reference value="http://evil.example/x.png"/></value></observationMedia></entry>';

function documentWith(narrative: string, title = 'Lettre'): Buffer {
  return Buffer.from(
    `<?xml-stylesheet href="http://evil.example/x.xsl" type="text/xsl"?><ClinicalDocument xmlns="urn:hl7-org:v3"><title>${escapeXml(title)}</title><component><structuredBody><component><section><title>${escapeXml(title)}</title><text>${narrative}</text>${MEDIA.join('')}${OUTSIDE}</section></component></structuredBody></component></ClinicalDocument>`,
  );
}

const ATTRIBUTE =
  '( (lang="fr"|charset="utf-8"|name="viewport"|content="width=device-width, initial-scale=1"|colspan="\\d+"|rowspan="\\d+"|tabindex="0"|role="region"|aria-label="Tableau"|class="(note|table|right|center)"|alt="[^"<>]*"|src="data:image/(png|jpeg);base64,[A-Za-z0-9+/=]+"))*';
const TAG =
  /^<\/?(html|head|meta|title|style|body|main|section|h[2-6]|span|strong|em|u|del|ins|sub|sup|p|ul|ol|li|table|caption|thead|tbody|tfoot|tr|th|td|aside|div|br|img)(?<attributes>(?: [^<>]*)?)>$/;
const ATTRIBUTES = new RegExp(`^${ATTRIBUTE}$`);

/** What is in a page besides its closed list; texts hold no sign that could begin a tag. */
function foreign(page: string): string[] {
  const body = page.slice('<!doctype html>\n'.length);
  return (body.match(/<[^>]*>?/g) ?? []).filter((tag) => {
    const found = TAG.exec(tag);
    return found === null || !ATTRIBUTES.test(found.groups?.attributes ?? '');
  });
}

async function shown(bytes: Buffer, title: string): Promise<string> {
  const view = viewCda(bytes);
  assert.ok(view.ok && view.value.body.kind === 'structured');
  return framePage(view.value.body, title);
}

describe('CDA display', () => {
  test('the grammar of this test finds what it must', () => {
    for (const tag of [
      '<script>',
      '<img src="http://x">',
      '<p onclick="x">',
      '<a href="x">',
      '<img src="data:image/svg+xml;base64,AA">',
      '<p',
      '<style src="x">',
    ])
      assert.equal(foreign(`<!doctype html>\n${tag}`).length, 1, tag);
  });

  test(`${TEXTS.length * Object.keys(PLACES).length + MARKUP.length} payloads: what reaches the frame is text, tables and pictures`, async () => {
    const faults: string[] = [];
    for (const text of TEXTS)
      for (const [place, write] of Object.entries(PLACES)) {
        const page = await shown(documentWith(write(text), text), text);
        const found = foreign(page);
        if (found.length > 0) faults.push(`${text} as ${place}: ${found.join(' ')}`);
        // It is told, not swallowed.
        if (place === 'a text' && !page.includes('alert') && text.includes('alert')) faults.push(`${text}: lost`);
      }
    for (const markup of MARKUP) {
      const found = foreign(await shown(documentWith(markup), 'Lettre'));
      if (found.length > 0) faults.push(`${markup}: ${found.join(' ')}`);
    }
    assert.deepEqual(faults, []);
  });

  test('the frame is sandboxed, runs nothing, fetches nothing, and knows one style', async () => {
    assert.match(
      FRAME_POLICY,
      /^sandbox; default-src 'none'; style-src 'sha256-[\w+/=]{44}'; img-src data:; frame-ancestors 'self'$/,
    );
    const answer = await frameAnswer({ mimeType: 'text/xml', bytes: documentWith('<paragraph>x</paragraph>') }, 'x');
    assert.ok(answer.kind === 'frame' && answer.text.includes('<p>x</p>'));
  });

  test('around the frame too: a header full of markup stays text, and a file that lies about itself is not shown', async () => {
    const at = { page: (number: number) => `/p?page=${number}`, frame: '/f' };
    for (const text of TEXTS) {
      const page = render(await viewOf({ mimeType: 'text/xml', bytes: documentWith('x', text) }, at, 'Original'));
      assert.deepEqual(page.match(/<(?!\/?(div|dl|dt|dd|iframe)\b)[^>]*>/g) ?? [], [], text);
      const plain = render(await viewOf({ mimeType: 'text/plain', bytes: Buffer.from(text) }, at, 'Original'));
      assert.deepEqual(plain.match(/<(?!\/?pre\b)[^>]*>/g) ?? [], [], text);
    }
    for (const mimeType of [
      'application/pdf',
      'image/jpeg',
      'image/tiff',
      'text/rtf',
      'text/html',
      'image/svg+xml',
      'text/xml',
    ]) {
      const page = render(await viewOf({ mimeType, bytes: Buffer.from('<html><script>alert(1)</script>') }, at, 'x'));
      assert.ok(page.includes('class="empty"') && !page.includes('<script'), mimeType);
    }
  });
});
