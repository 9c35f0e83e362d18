/** TD3.2, reading documents (ITI-43): the answer is always MTOM. Source: dmp.md 1.6, 2.1 and 6. */
import { elements, escapeXml, text, type XmlElement } from '../../wire/xml/xml.ts';
import { isReadable, readingErrors } from './access.ts';
import type { HeldDocument } from './held.ts';
import type { Holdings } from './holdings.ts';
import type { MimePart } from './mime.ts';
import type { Policy } from './options.ts';
import { type RegistryError, reporter } from './problem.ts';
import { inDmp } from './query.ts';
import { writeRegistryResponse } from './registry-response.ts';
import { REPOSITORY } from './registry-writer.ts';
import type { Caller } from './vihf-rules.ts';

const XDSB = 'urn:ihe:iti:xds-b:2007';
const XOP = 'http://www.w3.org/2004/08/xop/include';
const NS = { x: XDSB };

export interface RetrieveRequest {
  readonly repository: string;
  readonly uniqueId: string;
}

/** Undefined when the payload is something else, or asks for nothing. */
export function readRetrieveRequest(payload: XmlElement): RetrieveRequest[] | undefined {
  if (payload.name !== 'RetrieveDocumentSetRequest' || payload.namespaceUri !== XDSB) return undefined;
  const requests = elements(payload, 'x:DocumentRequest', NS).map((request) => ({
    repository: text(request, 'x:RepositoryUniqueId', NS) ?? '',
    uniqueId: text(request, 'x:DocumentUniqueId', NS) ?? '',
  }));
  return requests.length === 0 ? undefined : requests;
}

export interface Retrieved {
  readonly body: string;
  /** By Content-ID, without its angle brackets. */
  readonly attachments: ReadonlyMap<string, MimePart>;
  readonly errors: readonly RegistryError[];
}

export async function retrieve(
  requests: readonly RetrieveRequest[],
  caller: Caller,
  { holdings, policy, newUuid }: { holdings: Holdings; policy: Policy; newUuid: () => string },
): Promise<Retrieved> {
  const errors: RegistryError[] = readingErrors(holdings.patient(caller.patient), caller);
  const found: HeldDocument[] = [];
  if (errors.length === 0) {
    for (const request of requests) {
      const document = find(request, caller, holdings, policy, errors);
      if (document !== undefined) found.push(document);
    }
  }
  const attachments = new Map<string, MimePart>();
  const responses: string[] = [];
  for (const document of found) {
    const id = `${newUuid()}@dmp.simulateur`;
    attachments.set(id, { contentType: document.object.mimeType, body: await holdings.content(document.entryUUID) });
    responses.push(writeDocumentResponse(document, id));
  }
  return { body: writeRetrieveResponse(errors, responses), attachments, errors };
}

/** `responses`: a DocumentResponse for each document found. */
export function writeRetrieveResponse(errors: readonly RegistryError[], responses: readonly string[]): string {
  const status = errors.length > 0 && responses.length > 0 ? 'PartialSuccess' : undefined;
  return (
    `<xdsb:RetrieveDocumentSetResponse xmlns:xdsb="${XDSB}">${writeRegistryResponse(errors, status)}` +
    `${responses.join('')}</xdsb:RetrieveDocumentSetResponse>`
  );
}

/** What the caller may not read is answered as what is not there: an answer must not tell that it exists. */
function find(
  { repository, uniqueId }: RetrieveRequest,
  caller: Caller,
  holdings: Holdings,
  policy: Policy,
  errors: RegistryError[],
): HeldDocument | undefined {
  const report = reporter(errors, 'XDSDocumentUniqueIdError', uniqueId);
  if (repository !== REPOSITORY) {
    report(`RepositoryUniqueId inconnu : ${REPOSITORY} attendu.`, 'XDSRepositoryError');
    return undefined;
  }
  const patient = holdings.patient(caller.patient);
  const document = holdings.byUniqueId(uniqueId);
  const readable =
    document !== undefined &&
    inDmp(document, patient) &&
    holdings.statusOf(document) !== 'Deleted' &&
    isReadable(document, caller, patient, policy);
  if (!readable) report('DocumentUniqueId inconnu (uniqueId attendu, non entryUUID).');
  return readable ? document : undefined;
}

function writeDocumentResponse({ uniqueId, object }: HeldDocument, contentId: string): string {
  return (
    `<xdsb:DocumentResponse><xdsb:RepositoryUniqueId>${REPOSITORY}</xdsb:RepositoryUniqueId>` +
    `<xdsb:DocumentUniqueId>${escapeXml(uniqueId)}</xdsb:DocumentUniqueId>` +
    `<xdsb:mimeType>${escapeXml(object.mimeType)}</xdsb:mimeType><xdsb:Document>` +
    `<xop:Include xmlns:xop="${XOP}" href="cid:${encodeURIComponent(contentId)}"/></xdsb:Document></xdsb:DocumentResponse>`
  );
}
