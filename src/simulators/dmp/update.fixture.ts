/** Requests of TD3.3 (ITI-57), built from what TD3.1 answers, as a client has to. */
import assert from 'node:assert/strict';
import type { TestAnswer, TestDmp } from './bench.fixture.ts';
import { as } from './caller.fixture.ts';
import { moved, type Visibility, writeVisibility } from './feeder.fixture.ts';
import type { HeldDocument } from './held.ts';
import { freshUniqueId, type Recipe, soapRequest, writeSubmissionSet } from './message.fixture.ts';
import { APPROVED, GET, query, registry } from './query.fixture.ts';
import type { Edit } from './signatures.fixture.ts';

export const DELETED = 'urn:asip:ci-sis:2010:StatusType:Deleted';
export const ARCHIVED = 'urn:asip:ci-sis:2010:StatusType:Archived';
const HAS_MEMBER = 'urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember';
const AIR = as({ mode: 'INDIRECTE_RENFORCEE' });

export interface Change {
  readonly recipe?: Recipe;
  /** The set speaks for the other structure. */
  readonly elsewhere?: boolean;
  /** The whole RegistryObjectList. */
  readonly edit?: Edit;
  readonly setUniqueId?: string;
}

function slot(name: string, value: string): string {
  return `<Slot name="${name}"><ValueList><Value>${value}</Value></ValueList></Slot>`;
}

function send(
  dmp: TestDmp,
  objects: string,
  { recipe = {}, elsewhere, edit = (xml) => xml, setUniqueId }: Change,
): Promise<TestAnswer> {
  const set = moved({ structure: elsewhere === true, author: false })(
    writeSubmissionSet(setUniqueId ?? freshUniqueId()),
  );
  const list = `<RegistryObjectList xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0">${set}${objects}</RegistryObjectList>`;
  const body = `<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0">${edit(list)}</lcm:SubmitObjectsRequest>`;
  return dmp.send(soapRequest('registry', 'urn:ihe:iti:2010:UpdateDocumentSet', body, recipe));
}

/** Deletion (the default), archive or return from the archive. */
export function changeStatus(
  dmp: TestDmp,
  target: string,
  { from = APPROVED, to = DELETED, ...change }: Change & { readonly from?: string; readonly to?: string } = {},
): Promise<TestAnswer> {
  const link =
    `<Association id="u1" associationType="urn:ihe:iti:2010:AssociationType:UpdateAvailabilityStatus" ` +
    `sourceObject="SubmissionSet01" targetObject="${target}">${slot('OriginalStatus', from)}${slot('NewStatus', to)}</Association>`;
  return send(dmp, link, change);
}

/** A new version of the metadata, with these visibility codes and no other. */
export async function changeVisibility(
  dmp: TestDmp,
  document: HeldDocument,
  codes: readonly Visibility[],
  { previous = document.version, ...change }: Change & { readonly previous?: number } = {},
): Promise<TestAnswer> {
  const entry = (await answered(dmp, document))
    .replace(/ id="[^"]*"/, ' id="Document01"')
    .replace(
      /<rim:Classification (?:(?!<\/rim:Classification>).)*1\.2\.250\.1\.213\.1\.1\.4\.13.*?<\/rim:Classification>/g,
      '',
    )
    .replace('<rim:ExternalIdentifier', `${codes.map(writeVisibility).join('')}<rim:ExternalIdentifier`);
  const link =
    `<Association id="m1" associationType="${HAS_MEMBER}" sourceObject="SubmissionSet01" targetObject="Document01">` +
    `${slot('SubmissionSetStatus', 'Original')}${slot('PreviousVersion', String(previous))}</Association>`;
  return send(dmp, `${entry}${link}`, { recipe: AIR, ...change });
}

/** The entry as a caller who may see it gets it. */
async function answered(dmp: TestDmp, { uniqueId, structure }: HeldDocument): Promise<string> {
  const question = query(GET, { $XDSDocumentEntryUniqueId: `('${uniqueId}')` });
  for (const recipe of [as({}), as({ elsewhere: true })]) {
    const { body } = await registry(dmp, question, recipe);
    const [entry] = /<rim:ExtrinsicObject .*?<\/rim:ExtrinsicObject>/s.exec(body) ?? [];
    if (entry !== undefined) {
      return entry.replace(
        '<rim:ExtrinsicObject',
        '<rim:ExtrinsicObject xmlns:rim="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"',
      );
    }
  }
  return assert.fail(`no document of ${structure}`);
}
