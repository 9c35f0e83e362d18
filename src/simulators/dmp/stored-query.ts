/** A stored query (ITI-18) read: which one, and its parameters in the forms that the DMP takes. Source: dmp.md 6. */
import { elements, text, type XmlElement } from '../../wire/xml/xml.ts';
import { attribute } from './xml-signature.ts';

const NS = { q: 'urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0', rim: 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0' };

const QUERY_IDS = {
  'urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d': 'FindDocuments',
  'urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4': 'GetDocuments',
  'urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9': 'FindSubmissionSets',
  'urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155': 'GetAssociations',
  'urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492': 'FindDocumentsByReferenceId',
  'urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a': 'GetDocumentsAndAssociations',
} as const;

export type QueryName = (typeof QUERY_IDS)[keyof typeof QUERY_IDS];

/** Values of one slot: alternatives. A name given by several slots: all of them must hold. */
export type Parameters = ReadonlyMap<string, readonly (readonly string[])[]>;

export interface StoredQuery {
  /** Undefined when the DMP does not offer it. */
  readonly name: QueryName | undefined;
  readonly returnType: string;
  readonly parameters: Parameters;
}

export function readStoredQuery(payload: XmlElement): StoredQuery | undefined {
  if (payload.name !== 'AdhocQueryRequest' || payload.namespaceUri !== NS.q) return undefined;
  const [query, second] = elements(payload, 'rim:AdhocQuery', NS);
  if (query === undefined || second !== undefined) return undefined;
  const id = attribute(query, 'id');
  return {
    name: isQueryId(id) ? QUERY_IDS[id] : undefined,
    returnType: text(payload, 'q:ResponseOption/@returnType', NS) ?? '',
    parameters: readParameters(query),
  };
}

function isQueryId(id: string): id is keyof typeof QUERY_IDS {
  return Object.hasOwn(QUERY_IDS, id);
}

function readParameters(query: XmlElement): Parameters {
  const parameters = new Map<string, (readonly string[])[]>();
  for (const slot of elements(query, 'rim:Slot', NS)) {
    const values = elements(slot, 'rim:ValueList/rim:Value', NS).map((value) => value.content.trim());
    const name = attribute(slot, 'name');
    parameters.set(name, [...(parameters.get(name) ?? []), values]);
  }
  return parameters;
}

/** TD3.1b finds the reference of a document whose id is known, TD3.1a lists. */
export function transactionOf({ name }: StoredQuery): 'TD3.1a' | 'TD3.1b' {
  return name === 'GetDocuments' ? 'TD3.1b' : 'TD3.1a';
}

/** `('a','b')`, over one or several values; undefined when it has another form or is empty. */
export function quotedList(values: readonly string[]): string[] | undefined {
  const items: string[] = [];
  for (const value of values) {
    const inner = /^\((\s*'(?:[^']|'')*'(?:\s*,\s*'(?:[^']|'')*')*\s*)\)$/.exec(value)?.[1];
    if (inner === undefined) return undefined;
    items.push(...[...inner.matchAll(/'((?:[^']|'')*)'/g)].map((match) => unquoted(match[1] ?? '')));
  }
  return items.length === 0 ? undefined : items;
}

/** `'a'`: single, without parentheses. */
export function quoted(values: readonly string[]): string | undefined {
  const inner = values.length === 1 ? /^'((?:[^']|'')*)'$/.exec(values[0] ?? '')?.[1] : undefined;
  return inner === undefined ? undefined : unquoted(inner);
}

/** As in SQL, two apostrophes are one. */
function unquoted(inner: string): string {
  return inner.replaceAll("''", "'");
}

/** A time of XDS, possibly to the year only, quoted or not; padded to the second. */
export function timeBound(values: readonly string[]): string | undefined {
  const digits = values.length === 1 ? /^'?(\d{4}(?:\d{2}){0,5})'?$/.exec(values[0] ?? '')?.[1] : undefined;
  return digits?.padEnd(14, '0');
}
