/** A patient whose DMP holds a letter in PDF and a document of level 3. */
import type { Demonstration } from '../support/demonstration.ts';
import { admission, cdaMessage, cdaOf, newUniqueId, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

/** Feeds both; gives the identity. */
export async function fedPatient(demonstration: Demonstration): Promise<string> {
  await demonstration.send(admission(PAT_TROIS).bytes);
  const { id } = await qualified(demonstration, PAT_TROIS.ipp);
  const letter = await pdfMessage(PAT_TROIS);
  await demonstration.send(letter.bytes);
  await documentIn(demonstration, letter.controlId, 'accepted');
  const uniqueId = newUniqueId();
  const structured = cdaMessage(PAT_TROIS, levelThree(uniqueId), uniqueId);
  await demonstration.send(structured.bytes);
  await documentIn(demonstration, structured.controlId, 'accepted');
  return id;
}

/** The same document with a narrative instead of a file. */
function levelThree(uniqueId: string): Buffer {
  const levelOne = cdaOf(PAT_TROIS, uniqueId, { title: 'Synthèse de niveau 3' }).toString('utf8');
  const narrative =
    '<structuredBody><component><section><title>Traitements</title><text><table><tbody><tr><td>Paracétamol</td><td>1 g</td></tr></tbody></table>' +
    '<linkHtml href="javascript:alert(1)">notice</linkHtml></text></section></component></structuredBody>';
  const model = levelOne.replace('1.3.6.1.4.1.19376.1.2.20', '1.2.250.1.213.1.1.1.8');
  return Buffer.from(model.replace(/<nonXMLBody>.*<\/nonXMLBody>/s, narrative));
}
