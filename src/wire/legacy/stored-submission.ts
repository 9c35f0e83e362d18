/**
 * How a TD2.1 of an old connector is archived: one line that says what follows, the request exactly as it came, then those
 * documents that do not stand in it as they are (Base64 inside the XML). A document is found again without reading SOAP.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';

const NEWLINE = 0x0a;

const head = z.object({
  contentType: z.string(),
  /** Bytes of the request, and their SHA-256 in hexadecimal. */
  bytes: z.number().int().min(0),
  sha256: z.string(),
  /** Of each document: its media type, and its place in what follows the line. */
  documents: z.array(z.object({ mimeType: z.string(), at: z.number().int().min(0), bytes: z.number().int().min(0) })),
});

export interface RawRequest {
  readonly contentType: string;
  readonly body: Buffer;
}

/** The same request gives the same bytes. */
export function packSubmission(
  { contentType, body }: RawRequest,
  documents: ReadonlyArray<{ readonly mimeType: string; readonly bytes: Buffer }>,
): Buffer {
  const added: Buffer[] = [];
  let end = body.length;
  const places = documents.map(({ mimeType, bytes }) => {
    const found = body.indexOf(bytes);
    const at = found < 0 ? end : found;
    if (found < 0) {
      added.push(bytes);
      end += bytes.length;
    }
    return { mimeType, at, bytes: bytes.length };
  });
  const sha256 = createHash('sha256').update(body).digest('hex');
  const line = JSON.stringify({ contentType, bytes: body.length, sha256, documents: places } satisfies z.infer<
    typeof head
  >);
  return Buffer.concat([Buffer.from(`${line}\n`, 'utf8'), body, ...added]);
}

/** The document of this place, from 1. Throws for what `packSubmission` did not make. */
export function packedDocument(stored: Buffer, part: number): { readonly mimeType: string; readonly bytes: Buffer } {
  const { documents, from } = readHead(stored);
  const place = documents[part - 1];
  if (place === undefined) throw new Error(`no document ${part} in the stored submission`);
  return { mimeType: place.mimeType, bytes: stored.subarray(from + place.at, from + place.at + place.bytes) };
}

function readHead(stored: Buffer): z.infer<typeof head> & { readonly from: number } {
  const end = stored.indexOf(NEWLINE);
  return { ...head.parse(JSON.parse(stored.toString('utf8', 0, end))), from: end + 1 };
}
