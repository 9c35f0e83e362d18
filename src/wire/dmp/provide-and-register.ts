/** ITI-41: the body of a submission and its attachments, signature document included. Source: dmp.md 2.2 and 4. */
import type { Leaving } from '../coherence/leaving.ts';
import { type Attachment, xopInclude } from '../soap/mtom.ts';
import { documentId, SIGNATURE_ID, submitObjectsRequest } from '../xds/ebxml.ts';
import type { Institution } from '../xds/metadata.ts';
import { XDSB } from '../xds/schemes.ts';
import { signatureDocument } from '../xds/signature-document.ts';
import { signatureEntry } from '../xds/signature-entry.ts';
import type { Submission, SubmittedDocument } from '../xds/submission.ts';
import type { SignatureAlgorithm } from '../xml/signature.ts';
import type { Signer } from '../xml/signer.ts';

export interface SubmitterOptions {
  /** The structure of the VIHF. */
  readonly institution: Institution;
  readonly sourceId: string;
  readonly sendHashAndSize: boolean;
  readonly signer: Signer;
  readonly algorithm: SignatureAlgorithm;
  readonly signedAt: Date;
}

/** One attachment per document in order, the signature document last; each is named by its id in the metadata. */
export async function provideAndRegister(
  submission: Submission,
  options: SubmitterOptions,
): Promise<{
  readonly body: string;
  readonly attachments: readonly Attachment[];
  /** The same, as what is compared just before it leaves. */
  readonly leaving: Omit<Leaving, 'assertion'>;
}> {
  const { institution, sourceId, sendHashAndSize } = options;
  const { documents } = submission;
  const signature: SubmittedDocument = {
    entry: signatureEntry(submission, institution),
    bytes: await signatureDocument({ ...options, documents, submissionSetUniqueId: submission.uniqueId }),
  };
  const parts = [
    ...documents.map((document, index) => ({ id: documentId(index), document })),
    { id: SIGNATURE_ID, document: signature },
  ];
  const metadata = submitObjectsRequest({ submission, signature, institution, sourceId, sendHashAndSize });
  const contents = parts.map(({ id }) => `<xdsb:Document id="${id}">${xopInclude(contentId(id))}</xdsb:Document>`);
  return {
    body:
      `<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb="${XDSB}">${metadata}${contents.join('')}` +
      `</xdsb:ProvideAndRegisterDocumentSetRequest>`,
    attachments: parts.map(({ id, document }) => ({
      contentId: contentId(id),
      contentType: document.entry.mimeType,
      bytes: document.bytes,
    })),
    leaving: { metadata, parts: parts.map(({ id, document }) => ({ id, bytes: document.bytes })) },
  };
}

function contentId(id: string): string {
  return `${id}@traitdunion`;
}
