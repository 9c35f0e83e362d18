/** Who wrote a CDA and who answers for it, with their names. Source: cda-cisis.md 3 and 4. */
import { element, elements, text, withXml, type XmlElement } from '../../wire/xml/xml.ts';

const NS = { c: 'urn:hl7-org:v3' };

export interface Participant {
  readonly id: string;
  readonly family: string;
  readonly given: string;
  readonly speciality?: { readonly code: string; readonly label: string; readonly system: string };
  readonly structure?: { readonly id: string; readonly name: string };
}

/** Of bytes that were read as a CDA before. */
export function readParticipants(bytes: Buffer): {
  readonly authors: readonly Participant[];
  readonly legalAuthenticator: Participant | undefined;
} {
  return withXml(bytes, (root) => {
    const legal = element(root, '//c:legalAuthenticator/c:assignedEntity', NS);
    return {
      authors: elements(root, '//c:ClinicalDocument/c:author/c:assignedAuthor', NS).map(readParticipant),
      legalAuthenticator: legal === undefined ? undefined : readParticipant(legal),
    };
  });
}

function readParticipant(node: XmlElement): Participant {
  const get = (xpath: string): string => text(node, xpath, NS) ?? '';
  const structure = {
    id: get('c:representedOrganization/c:id/@extension'),
    name: get('c:representedOrganization/c:name'),
  };
  const speciality = {
    code: get('c:code/@code'),
    label: get('c:code/@displayName'),
    system: get('c:code/@codeSystem'),
  };
  return {
    id: get('c:id/@extension'),
    family: get('c:assignedPerson/c:name/c:family'),
    given: get('c:assignedPerson/c:name/c:given'),
    ...(speciality.code === '' ? {} : { speciality }),
    ...(structure.id === '' ? {} : { structure }),
  };
}
