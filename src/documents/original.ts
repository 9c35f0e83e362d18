/** The document inside the message that brought it: decoded when asked for, never stored twice. */
import { z } from 'zod';
import type { Source } from '../config/schema.ts';
import { apiRules } from '../rules/api.ts';
import { retentionRules } from '../rules/retention.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { StoredMessage } from '../store/messages.ts';
import { decodeBase64 } from '../wire/hl7v2/base64.ts';
import { noticeOfPart, readDocumentNotices } from '../wire/hl7v2/document-notice.ts';
import type { DocumentFormat } from '../wire/hl7v2/encapsulated-data.ts';
import { parseMessage } from '../wire/hl7v2/message.ts';
import { packedDocument } from '../wire/legacy/stored-submission.ts';

export interface Original {
  readonly mimeType: string;
  readonly bytes: Buffer;
}

const MIME_TYPES: Readonly<Record<DocumentFormat, string>> = {
  cda: 'text/xml',
  pdf: 'application/pdf',
  text: 'text/plain',
  rtf: 'text/rtf',
  jpeg: 'image/jpeg',
  tiff: 'image/tiff',
};

export function mimeTypeOf(format: DocumentFormat): string {
  return MIME_TYPES[format];
}

/** What the source's profile says of a raw format; undefined for a CDA and for what is no raw format. */
export function treatmentOf({ rawFormats }: Source, mimeType: string): 'keep' | 'pdf' | 'refuse' | undefined {
  const format = (Object.keys(rawFormats) as (keyof typeof rawFormats)[]).find((raw) => MIME_TYPES[raw] === mimeType);
  return format === undefined ? undefined : rawFormats[format];
}

/** Kind under which a REST submission is stored beside the HL7 messages. */
export const REST_KIND = 'REST^document';

/** Kind of a TD2.1 of an old connector, archived as `packSubmission` writes it. */
export const LEGACY_KIND = 'XDS^TD2.1';

const restBody = z.object({ content: z.string(), mimeType: z.string() });

/** Practice 23: what needs the content again asks the application that produced it. */
export function pruned(at: Date, ruleId: string | null): Result<never> {
  const [year, month, day] = at.toISOString().slice(0, 10).split('-');
  return refuse(retentionRules.askTheSender, { detail: `purgé le ${day}/${month}/${year} par la règle ${ruleId}` });
}

/** The bytes of a document as the sender gave them, whole, or why they cannot be read. `part`: which of its message, from 1. */
export function originalOf(message: StoredMessage, part: number): Result<Original> {
  if (message.prunedAt !== null) return pruned(message.prunedAt, message.prunedRule);
  if (message.kind === REST_KIND) {
    const { content, mimeType } = restBody.parse(JSON.parse(message.body.toString('utf8')));
    const bytes = decodeBase64(Buffer.from(content, 'latin1'));
    return bytes === undefined ? refuse(apiRules.invalidBase64, { location: 'content' }) : ok({ mimeType, bytes });
  }
  if (message.kind === LEGACY_KIND) return ok(packedDocument(message.body, part));
  // The source's default encoding does not matter here: Base64 is ASCII in all of them.
  const parsed = parseMessage(message.body, { defaultEncoding: '8859/1' });
  if (!parsed.ok) return parsed;
  const notices = readDocumentNotices(parsed.value);
  if (!notices.ok) return notices;
  const { body, format } = noticeOfPart(notices.value, part);
  const content = body.content();
  return content.ok ? ok({ mimeType: mimeTypeOf(format), bytes: content.value }) : content;
}
