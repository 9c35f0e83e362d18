/** An MTOM answer: the envelope as XOP root, then the documents. Source: dmp.md 2.1 and 2.2. */
import type { MimePart } from './mime.ts';

export interface MtomAnswer {
  readonly contentType: string;
  readonly body: Buffer;
}

/** `uuid` makes the delimiter and the id of the root part. */
export function writeMtom(
  action: string,
  envelope: string,
  attachments: ReadonlyMap<string, MimePart>,
  uuid: string,
): MtomAnswer {
  const boundary = `uuid:${uuid}`;
  const root = `root.${uuid}@dmp.simulateur`;
  const part = (id: string, { contentType, body }: MimePart): Buffer[] => [
    Buffer.from(
      `\r\n--${boundary}\r\nContent-Type: ${contentType}\r\nContent-Transfer-Encoding: binary\r\n` +
        `Content-ID: <${id}>\r\n\r\n`,
    ),
    body,
  ];
  const rootType = `application/xop+xml; charset=UTF-8; type="application/soap+xml"; action="${action}"`;
  return {
    contentType:
      `multipart/related; type="application/xop+xml"; boundary="${boundary}"; start="<${root}>"; ` +
      `start-info="application/soap+xml"; action="${action}"`,
    body: Buffer.concat([
      ...part(root, { contentType: rootType, body: Buffer.from(envelope) }),
      ...[...attachments].flatMap(([id, attachment]) => part(id, attachment)),
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}
