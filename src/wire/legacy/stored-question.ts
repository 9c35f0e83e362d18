/** TD3.1b of an old connector: a document named by one of its ids, to learn the other. Source: dmp.md 1.1, 6. */
import { QUERY, RIM } from '../xds/schemes.ts';
import { element, elements, text, type XmlElement } from '../xml/xml.ts';

const NS = { q: QUERY, rim: RIM };
const GET_DOCUMENTS = 'urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4';
/** References asked in one question. */
const MOST = 20;

export interface StoredQuestion {
  readonly by: 'UniqueId' | 'EntryUUID';
  readonly values: readonly string[];
  /** ObjectRef: the id alone is wanted. */
  readonly returns: 'LeafClass' | 'ObjectRef';
}

/** Undefined for any other stored query: those list what a record holds (TD3.1a). */
export function readStoredQuestion(payload: XmlElement): StoredQuestion | undefined {
  const query = element(payload, 'rim:AdhocQuery', NS);
  if (query?.attr('id')?.value !== GET_DOCUMENTS) return undefined;
  for (const by of ['UniqueId', 'EntryUUID'] as const) {
    const slot = `rim:Slot[@name='$XDSDocumentEntry${by}']/rim:ValueList/rim:Value`;
    const values = elements(query, slot, NS).flatMap((value) => quotedValues(value.content));
    if (values.length > MOST) return undefined;
    const returns = text(payload, 'q:ResponseOption/@returnType', NS) === 'ObjectRef' ? 'ObjectRef' : 'LeafClass';
    if (values.length > 0) return { by, values, returns };
  }
  return undefined;
}

/** `('a','b')`; some connectors of V1 write a single value without parentheses. */
function quotedValues(list: string): string[] {
  return [...list.matchAll(/'((?:[^']|'')*)'/g)].map(([, value = '']) => value.replaceAll("''", "'"));
}
