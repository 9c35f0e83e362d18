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
  /** Written by another professional, in another structure. */
  readonly elsewhere?: boolean;
  readonly visibilities?: readonly Visibility[];
  readonly metadata?: Edit;
  readonly by?: TestCaller;
}

const same: Edit = (text) => text;

/** Adds visibility codes to the document, not to the signature. */
function visible(codes: readonly Visibility[]): Edit {
  if (codes.length === 0) return same;
  const normal = /<Classification [^>]*classifiedObject="Document01" nodeRepresentation="N">.*?<\/Classification>/;
  const added = codes.map(
    (code) =>
      `<Classification id="v${code}" classificationScheme="urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f" classifiedObject="Document01" nodeRepresentation="${code}">` +
      `<Slot name="codingScheme"><ValueList><Value>1.2.250.1.213.1.1.4.13</Value></ValueList></Slot>` +
      `<Name><LocalizedString value="libellé"/></Name></Classification>`,
  );
  return swap(normal, `$&${added.join('')}`);
}

function moved(elsewhere: boolean | undefined): Edit {
  if (elsewhere !== true) return same;
  return (text) => swap(PERSON, OTHER_PERSON)(swap(`1${EG}`, `1${OTHER_EG}`)(text));
}

function documentRecipe({ elsewhere, visibilities = [], metadata = same, by = {} }: TestDocument): Recipe {
  const secret = visibilities.includes('INVISIBLE_REPRESENTANTS_LEGAUX');
  return {
    ...as({ secret, ...(elsewhere === true ? { elsewhere, person: OTHER_PERSON } : {}), ...by }),
    cda: moved(elsewhere),
    metadata: (text) => metadata(visible(visibilities)(moved(elsewhere)(text))),
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
