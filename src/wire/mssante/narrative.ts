/** The narrative of a structured CDA as plain text lines: what its author wrote for people, nothing computed from its entries. */
import type { CdaHeader } from '../cda/header.ts';
import { HL7_NAMESPACE } from '../cda/oids.ts';
import { children, contents, elements, text, withXml, type XmlElement } from '../xml/xml.ts';

const NS = { h: HL7_NAMESPACE };

/** A PDF that the author put into the document itself (section « copie du document », 1.2.250.1.213.1.1.2.243). */
const OWN_COPY =
  "//h:section[h:templateId/@root='1.2.250.1.213.1.1.2.243']//h:observationMedia/h:value[@mediaType='application/pdf']";

/** Its Base64, undefined when there is none. */
export function ownCopy(cda: Uint8Array): string | undefined {
  return withXml(cda, (root) => text(root, OWN_COPY, NS));
}

/** Who, what and when, then each section with its title. */
export function narrativeText(cda: Uint8Array, header: CdaHeader): string {
  const sections = withXml(cda, (root) =>
    elements(root, '//h:ClinicalDocument/h:component/h:structuredBody/h:component/h:section', NS).flatMap((each) =>
      section(each, 0),
    ),
  );
  return [...headLines(header), '', ...sections].join('\n');
}

function headLines({ title, patient, effectiveTime, authors, custodian }: CdaHeader): string[] {
  const birth = (names: CdaHeader['patient']['families']) =>
    names.find(({ qualifier }) => qualifier === 'BR')?.value ?? names[0]?.value ?? '';
  const people = authors.map(({ given, family, organization }) =>
    [[given, family].filter(Boolean).join(' '), organization?.name].filter(Boolean).join(', '),
  );
  return [
    title ?? '',
    '',
    `Patient : ${birth(patient.families)} ${birth(patient.givens)}, né(e) le ${frenchDay(patient.birthTime)}`,
    `Date du document : ${frenchDay(effectiveTime)}`,
    ...people.map((person) => `Auteur : ${person}`),
    ...(custodian?.name === undefined ? [] : [`Structure : ${custodian.name}`]),
  ];
}

function frenchDay(time: string | undefined): string {
  const [, year, month, day] = /^(\d{4})(\d{2})(\d{2})/.exec(time ?? '') ?? [];
  return year === undefined ? '' : `${day}/${month}/${year}`;
}

/** Deep enough for any document; a deeper one is made to hurt. */
const MOST_DEPTH = 12;

function section(of: XmlElement, depth: number): string[] {
  if (depth > MOST_DEPTH) return [];
  const parts = children(of);
  const title = parts.find(({ name }) => name === 'title')?.content.trim() ?? '';
  const body = parts.find(({ name }) => name === 'text');
  const inner = parts
    .filter(({ name }) => name === 'component')
    .flatMap((component) => children(component).filter(({ name }) => name === 'section'));
  return [
    ...(title === '' ? [] : ['', depth === 0 ? title.toUpperCase() : title, '']),
    ...(body === undefined ? [] : block(body, 0)),
    ...inner.flatMap((each) => section(each, depth + 1)),
  ];
}

const INLINE: ReadonlySet<string> = new Set([
  'content',
  'sub',
  'sup',
  'linkHtml',
  'footnote',
  'footnoteRef',
  'renderMultiMedia',
]);

/** Lines of an element of the narrative: paragraphs, lists, tables; what stands between them is text of its own. */
function block(of: XmlElement, depth: number): string[] {
  if (depth > MOST_DEPTH) return [line(of)];
  const lines: string[] = [];
  let run = '';
  const flush = () => {
    const said = run.replace(/\s+/g, ' ').trim();
    if (said !== '') lines.push(said);
    run = '';
  };
  for (const part of contents(of)) {
    if (typeof part === 'string') run += part;
    else if (INLINE.has(part.name)) run += part.content;
    else if (part.name === 'br') flush();
    else {
      flush();
      lines.push(...blockOf(part, depth));
    }
  }
  flush();
  return lines;
}

function blockOf(element: XmlElement, depth: number): string[] {
  switch (element.name) {
    case 'list':
      return children(element).flatMap((item) =>
        block(item, depth + 1).map((said, index) => (index === 0 && item.name === 'item' ? `- ${said}` : `  ${said}`)),
      );
    case 'table':
      return [...rows(element), ''];
    case 'paragraph':
      return [...block(element, depth + 1), ''];
    default:
      return block(element, depth + 1);
  }
}

function rows(table: XmlElement): string[] {
  const found: string[] = [];
  const visit = (of: XmlElement, depth: number): void => {
    for (const child of children(of)) {
      if (child.name === 'tr') found.push(children(child).map(line).join(' | '));
      else if (child.name === 'caption') found.push(line(child));
      else if (depth < MOST_DEPTH) visit(child, depth + 1);
    }
  };
  visit(table, 0);
  return found;
}

function line(of: XmlElement): string {
  return of.content.replace(/\s+/g, ' ').trim();
}
