/**
 * The narrative of a level 3 CDA as a page of its own, for a sandboxed frame: elements from a closed list, no script, no
 * address of elsewhere, one style sheet known by its digest (hostile.md, CDA display).
 */
import { createHash } from 'node:crypto';
import type { ViewElement, ViewNode, ViewTag } from '../wire/cda/narrative.ts';
import type { ViewBody, ViewFile, ViewSection } from '../wire/cda/view.ts';
import { jpegHeader, pngHeader } from '../wire/pdf/image.ts';
import { drawnPages } from './drawn-pages.ts';
import { type Html, html, render } from './html.ts';

const STYLE = html`<style>
:root{color-scheme:light dark}
body{margin:0;padding:4px 12px 16px;font:15px/1.5 system-ui,sans-serif;color:#16202e;background:#fff;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:1.4em 0 .4em;border-bottom:1px solid #dde3eb;padding-bottom:.2em}
h3,h4,h5,h6{font-size:1rem;margin:1.1em 0 .3em}
p{margin:.5em 0}
table{border-collapse:collapse}
.table{margin:.6em 0;overflow-x:auto}
th,td{border:1px solid #8592a3;padding:4px 8px;vertical-align:top;text-align:left}
th{background:#f4f6f9}
caption{text-align:left;font-weight:600;padding:4px 0}
img{max-width:100%;height:auto;background:#fff}
aside{border-left:3px solid #8592a3;padding-left:8px;margin:.5em 0}
.right{text-align:right}.center{text-align:center}
.note{color:#5c6979;font-style:italic}
@media (prefers-color-scheme:dark){body{color:#e8edf4;background:#161d27}h2{border-color:#2b3644}th{background:#222c38}.note{color:#98a5b5}}
</style>`;

/** By its digest, so that no other style is ever applied. */
function digestOf(style: Html): string {
  const text = render(style).slice('<style>'.length, -'</style>'.length);
  return createHash('sha256').update(text).digest('base64');
}

/** What the frame may do: show itself, its one style and the pictures written into it. */
export const FRAME_POLICY = [
  'sandbox',
  "default-src 'none'",
  `style-src 'sha256-${digestOf(STYLE)}'`,
  'img-src data:',
  "frame-ancestors 'self'",
].join('; ');

type Structured = Extract<ViewBody, { kind: 'structured' }>;

export async function framePage({ sections, media }: Structured, title: string): Promise<string> {
  const pictures = new Map<string, Html>();
  for (const [id, file] of media) pictures.set(id, await pictureOf(file));
  const body = sections.map((section) => sectionOf(section, pictures, 2));
  return render(html`<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title>${STYLE}</head><body><main>${body.length > 0 ? body : html`<p class="note">Ce document n’a aucune section.</p>`}</main></body></html>`);
}

function sectionOf(section: ViewSection, pictures: ReadonlyMap<string, Html>, level: number): Html {
  const inside = html`${section.text.map((node) => nodeOf(node, pictures))}${section.sections.map((each) => sectionOf(each, pictures, level + 1))}`;
  return html`<section>${section.title !== undefined && headingOf(section.title, level)}${inside}</section>`;
}

function headingOf(title: string, level: number): Html {
  if (level === 2) return html`<h2>${title}</h2>`;
  if (level === 3) return html`<h3>${title}</h3>`;
  if (level === 4) return html`<h4>${title}</h4>`;
  return level === 5 ? html`<h5>${title}</h5>` : html`<h6>${title}</h6>`;
}

function nodeOf(node: ViewNode, pictures: ReadonlyMap<string, Html>): Html {
  if (typeof node === 'string') return html`${node}`;
  if (node.tag === 'br') return html`<br>`;
  if (node.tag === 'media') return pictures.get(node.id) ?? note('image citée, absente du document');
  const inside = html`${node.children.map((child) => nodeOf(child, pictures))}`;
  return WRITERS[node.tag](inside, node);
}

type Writer = (inside: Html, node: ViewElement) => Html;

/** Every element that a frame can hold: markup is written here and nowhere else. */
const WRITERS: Readonly<Record<ViewTag, Writer>> = {
  span: (inside) => html`<span>${inside}</span>`,
  strong: (inside) => html`<strong>${inside}</strong>`,
  em: (inside) => html`<em>${inside}</em>`,
  u: (inside) => html`<u>${inside}</u>`,
  del: (inside) => html`<del>${inside}</del>`,
  ins: (inside) => html`<ins>${inside}</ins>`,
  sub: (inside) => html`<sub>${inside}</sub>`,
  sup: (inside) => html`<sup>${inside}</sup>`,
  p: (inside) => html`<p>${inside}</p>`,
  ul: (inside) => html`<ul>${inside}</ul>`,
  ol: (inside) => html`<ol>${inside}</ol>`,
  li: (inside) => html`<li>${inside}</li>`,
  // A table too wide for its window is scrolled: by the keyboard too.
  table: (inside) =>
    html`<div class="table" tabindex="0" role="region" aria-label="Tableau"><table>${inside}</table></div>`,
  caption: (inside) => html`<caption>${inside}</caption>`,
  thead: (inside) => html`<thead>${inside}</thead>`,
  tbody: (inside) => html`<tbody>${inside}</tbody>`,
  tfoot: (inside) => html`<tfoot>${inside}</tfoot>`,
  tr: (inside) => html`<tr>${inside}</tr>`,
  th: (inside, node) => html`<th${spans(node)}>${inside}</th>`,
  td: (inside, node) => html`<td${spans(node)}>${inside}</td>`,
  aside: (inside) => html`<aside>${inside}</aside>`,
};

function spans({ columns, rows, align }: ViewElement): Html {
  const side = align === 'right' || align === 'center' ? align : undefined;
  return html`${columns !== undefined && html` colspan="${columns}"`}${rows !== undefined && html` rowspan="${rows}"`}${side !== undefined && html` class="${side}"`}`;
}

/** More would be a bomb: a picture of the narrative is a figure, not a film. */
const MOST_PIXELS = 25_000_000;
const MOST_DRAWN = 10;

async function pictureOf(file: ViewFile | undefined): Promise<Html> {
  if (file === undefined) return note('image hors du document ou illisible, non chargée');
  if (file.mimeType === 'application/pdf') {
    const pages = await drawnPages(file.bytes, MOST_DRAWN);
    if (!pages.ok) return note('pièce jointe PDF illisible');
    return html`${pages.value.map((page, index) => image('image/png', page, `Pièce jointe, page ${index + 1}`))}`;
  }
  const header =
    file.mimeType === 'image/png'
      ? pngHeader(file.bytes)
      : file.mimeType === 'image/jpeg'
        ? jpegHeader(file.bytes)
        : undefined;
  if (header === undefined) return note(`pièce jointe non affichée (${file.mimeType.slice(0, 60)})`);
  if (header.width * header.height > MOST_PIXELS) return note('image trop grande, non affichée');
  return image(file.mimeType, file.bytes, 'Image du document');
}

function image(mimeType: string, bytes: Buffer, alt: string): Html {
  return html`<img src="data:${mimeType};base64,${bytes.toString('base64')}" alt="${alt}">`;
}

function note(text: string): Html {
  return html`<span class="note">[${text}]</span>`;
}
