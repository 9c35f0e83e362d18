/** Feeding a DMP with documents that differ by who wrote them and who may see them. */
import assert from 'node:assert/strict';
import type { TestDmp } from './bench.fixture.ts';
import { as, OTHER_PERSON, type TestCaller } from './caller.fixture.ts';
import { EG, OTHER_EG, PERSON } from './certificates.fixture.ts';
import type { HeldDocument } from './held.ts';
import { feedRequest, freshUniqueId, type Recipe, swap } from './message.fixture.ts';
import type { Edit } from './signatures.fixture.ts';

export type Visibility = 'MASQUE_PS' | 'INVISIBLE_PATIENT' | 'INVISIBLE_REPRESENTANTS_LEGAUX';

export interface TestDocument {
  /** Written by another professional; fed by another structure; both. */
  readonly otherAuthor?: boolean;
  readonly otherStructure?: boolean;
  readonly elsewhere?: boolean;
  readonly visibilities?: readonly Visibility[];
  readonly metadata?: Edit;
  readonly by?: TestCaller;
}

const same: Edit = (text) => text;

export function writeVisibility(code: Visibility): string {
  return (
    `<Classification xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0" id="v${code}" classificationScheme="urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f" classifiedObject="Document01" nodeRepresentation="${code}">` +
    `<Slot name="codingScheme"><ValueList><Value>1.2.250.1.213.1.1.4.13</Value></ValueList></Slot>` +
    `<Name><LocalizedString value="libellé"/></Name></Classification>`
  );
}

/** Adds visibility codes to the document, not to the signature. */
function visible(codes: readonly Visibility[]): Edit {
  if (codes.length === 0) return same;
  const normal = /<Classification [^>]*classifiedObject="Document01" nodeRepresentation="N">.*?<\/Classification>/;
  return swap(normal, `$&${codes.map(writeVisibility).join('')}`);
}

/** Says of the other structure, of the other professional, what was said of the first. */
export function moved({ structure, author }: { structure: boolean; author: boolean }): Edit {
  const ofStructure = structure ? swap(`1${EG}`, `1${OTHER_EG}`) : same;
  const ofAuthor = author ? swap(PERSON, OTHER_PERSON) : same;
  return (text) => ofAuthor(ofStructure(text));
}

export function documentRecipe(document: TestDocument): Recipe {
  const { elsewhere = false, visibilities = [], metadata = same, by = {} } = document;
  const { otherAuthor: author = elsewhere, otherStructure: structure = elsewhere } = document;
  const secret = visibilities.includes('INVISIBLE_REPRESENTANTS_LEGAUX');
  const edit = moved({ structure, author });
  return {
    ...as({ secret, elsewhere: structure, ...by }),
    cda: edit,
    metadata: (text) => metadata(visible(visibilities)(edit(text))),
  };
}

/** The document as it is held. */
export async function fed(dmp: TestDmp, document: TestDocument = {}): Promise<HeldDocument> {
  const uniqueId = freshUniqueId();
  const { body } = await dmp.send(feedRequest({ ...documentRecipe(document), uniqueId }));
  assert.match(body, /ResponseStatusType:Success/, body);
  const held = dmp.holdings.byUniqueId(uniqueId);
  assert.ok(held);
  return held;
}
