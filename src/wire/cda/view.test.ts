/** What a reader is shown of a CDA: everything that its author wrote, and nothing that acts. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { conformanceDir } from '../../../test/support/tools.ts';
import { readingRules } from '../../rules/reading.ts';
import { elements, withXml } from '../xml/xml.ts';
import { valueOfResult } from './cda.fixture.ts';
import type { ViewNode } from './narrative.ts';
import { type CdaView, type ViewSection, viewCda } from './view.ts';

function cda(component: string): Buffer {
  return Buffer.from(
    `<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Lettre</title><component>${component}</component></ClinicalDocument>`,
  );
}

function narrative(inside: string, more = ''): Buffer {
  return cda(
    `<structuredBody><component><section><title>Motif</title><text>${inside}</text>${more}</section></component></structuredBody>`,
  );
}

function sectionsOf(view: CdaView) {
  assert.equal(view.body.kind, 'structured');
  return view.body.kind === 'structured' ? view.body.sections : [];
}

function nodesOf(inside: string): readonly ViewNode[] {
  return sectionsOf(valueOfResult(viewCda(narrative(inside))))[0]?.text ?? [];
}

test('paragraphs, styles, lists and tables keep their meaning', () => {
  assert.deepEqual(nodesOf('<paragraph>Dose <content styleCode="Bold">10 mg</content></paragraph>'), [
    {
      tag: 'p',
      children: ['Dose ', { tag: 'strong', children: [{ tag: 'span', children: ['10 mg'] }] }],
    },
  ]);
  assert.deepEqual(nodesOf('<list listType="ordered"><caption>Traitement</caption><item>A</item></list>'), [
    {
      tag: 'ol',
      children: [
        { tag: 'li', children: [{ tag: 'caption', children: ['Traitement'] }] },
        { tag: 'li', children: ['A'] },
      ],
    },
  ]);
  assert.deepEqual(nodesOf('<table><tbody><tr><td colspan="2" align="right" rowspan="x">1</td></tr></tbody></table>'), [
    {
      tag: 'table',
      children: [
        {
          tag: 'tbody',
          children: [{ tag: 'tr', children: [{ tag: 'td', children: ['1'], columns: 2, align: 'right' }] }],
        },
      ],
    },
  ]);
});

test('what was deleted reads as deleted, and no word is dropped with an element that is not known', () => {
  assert.deepEqual(nodesOf('<content revised="delete">pénicilline</content>'), [
    { tag: 'del', children: [{ tag: 'span', children: ['pénicilline'] }] },
  ]);
  assert.deepEqual(nodesOf('a<blink onclick="x()">b<![CDATA[<c>]]></blink><!-- non -->'), ['a', 'b<c>']);
});

test('a link is told and leads nowhere; marks that reverse the writing are gone', () => {
  assert.deepEqual(nodesOf('<linkHtml href="javascript:alert(1)">ici</linkHtml>'), [
    { tag: 'span', children: ['ici', ' (adresse citée : javascript:alert(1))'] },
  ]);
  assert.deepEqual(nodesOf('<linkHtml href="#note">ici</linkHtml>'), [{ tag: 'span', children: ['ici'] }]);
  assert.deepEqual(nodesOf('1\u202e00 mg'), ['100 mg']);
});

test('pictures of the document itself are found by their name; one that is elsewhere is not fetched', () => {
  const media = (id: string, value: string) =>
    `<entry><observationMedia ID="${id}"><value ${value}</value></observationMedia></entry>`;
  const view = valueOfResult(
    viewCda(
      narrative(
        '<renderMultiMedia referencedObject="a b"/>',
        `${media('a', 'mediaType="image/png" representation="B64">iVBORw==')}${media('b', 'mediaType="image/png"><reference value="https://ailleurs.example/x.png"/>')}<entry><regionOfInterest ID="c"><entryRelationship>${'<observationMedia><value mediaType="image/png" representation="B64">AAAA</value></observationMedia>'}</entryRelationship></regionOfInterest></entry>`,
      ),
    ),
  );
  assert.ok(view.body.kind === 'structured');
  assert.deepEqual(view.body.sections[0]?.text, [
    { tag: 'media', id: 'a' },
    { tag: 'media', id: 'b' },
  ]);
  assert.deepEqual(
    [...view.body.media].map(([id, file]) => [id, file?.mimeType, file?.bytes.length]),
    [
      ['a', 'image/png', 4],
      ['b', undefined, undefined],
      ['c', 'image/png', 3],
    ],
  );
});

test('a body of level 1 is given whole, or not at all', () => {
  const body = (text: string) => viewCda(cda(`<nonXMLBody><text mediaType="text/plain" ${text}</text></nonXMLBody>`));
  const view = valueOfResult(body('representation="B64">Qm9uam91cg=='));
  assert.ok(view.body.kind === 'level-1' && view.body.bytes.toString() === 'Bonjour');
  for (const broken of [
    'representation="B64">Qm9uam91c',
    'representation="B64">',
    '><reference value="file:///etc/passwd"/>',
  ]) {
    const refused = body(broken);
    assert.ok(!refused.ok && refused.refusal.rule === readingRules.notDisplayable, broken);
  }
});

test('beyond the bounds nothing is shown: depth, cells, spans, sections, pictures', () => {
  const cells = `<tr>${'<td colspan="1000">x</td>'.repeat(21)}</tr>`;
  const nested = (count: number) => '<component><section>'.repeat(count) + '</section></component>'.repeat(count);
  const cases: Record<string, Buffer> = {
    depth: narrative(`${'<content>'.repeat(80)}x${'</content>'.repeat(80)}`),
    cells: narrative(`<table>${cells}</table>`),
    span: narrative('<table><tr><td rowspan="99999">x</td></tr></table>'),
    nodes: narrative('<br/>'.repeat(100_001)),
    sections: cda(`<structuredBody>${nested(20)}</structuredBody>`),
    many: cda(`<structuredBody>${nested(1).repeat(1_001)}</structuredBody>`),
    pictures: narrative('', `<entry>${'<observationMedia ID="a"/>'.repeat(101)}</entry>`),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const started = performance.now();
    const refused = viewCda(bytes);
    assert.ok(!refused.ok && refused.refusal.rule === readingRules.viewTooComplex, name);
    assert.ok(performance.now() - started < 2_000, name);
  }
});

/** The words of a tree, without white space nor the addresses that we add. */
function written(nodes: readonly ViewNode[]): string {
  return nodes
    .map((node) => {
      if (typeof node === 'string') return node.startsWith(' (adresse citée : ') ? '' : node.replace(/\s/g, '');
      return 'children' in node ? written(node.children) : '';
    })
    .join('');
}

function allWritten(sections: readonly ViewSection[]): string {
  return sections.map((section) => written(section.text) + allWritten(section.sections)).join('');
}

test('every example of the ANS is shown, and no word of its narratives is lost', (t) => {
  const folder = conformanceDir();
  if (folder === undefined) return t.skip('conformance material absent');
  const root = join(folder, 'cda');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /examples.*\.xml$/.test(name),
  );
  let narratives = 0;
  for (const name of files) {
    const bytes = readFileSync(join(root, name));
    const view = viewCda(bytes);
    assert.ok(view.ok, `${name} ${view.ok ? '' : `${view.refusal.rule.id} ${view.refusal.detail}`}`);
    if (view.value.body.kind !== 'structured') continue;
    const expected = withXml(bytes, (document) =>
      elements(document, './/h:section/h:text', { h: 'urn:hl7-org:v3' }).map(({ content }) =>
        content.replace(/\s/g, ''),
      ),
    );
    assert.equal(allWritten(view.value.body.sections), expected.join(''), name);
    narratives += expected.length;
  }
  assert.ok(files.length > 0 && narratives > 20, `${files.length} documents, ${narratives} narratives`);
});
