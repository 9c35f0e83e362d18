/**
 * What a strict MSSanté operator finds wrong with a mail that carries documents: its headers, its attachments, the layout and
 * the metadata of its package, one patient everywhere. Read by code of its own. Source: cda-cisis.md 6.
 */
import { createHash } from 'node:crypto';
import { type ParsedMail, simpleParser } from 'mailparser';
import { fromBufferPromise } from 'yauzl';
import { elements, text, withXml, type XmlElement } from '../../wire/xml/xml.ts';

const RIM = { r: 'urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0', l: 'urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0' };
const CDA = { h: 'urn:hl7-org:v3' };
const PATIENT_ID = 'urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427';
const SET_PATIENT_ID = 'urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446';
const INS_OIDS = ['1.2.250.1.213.1.4.8', '1.2.250.1.213.1.4.9', '1.2.250.1.213.1.4.10'];

export interface CheckedMail {
  readonly messageId: string;
  readonly subject: string;
  readonly inReplyTo: string | null;
  /** `documents`: it carries a package. `report`: a receipt. `plain`: words alone. */
  readonly kind: 'documents' | 'report' | 'plain';
  /** CX of the package; null for a mail without one. */
  readonly patientId: string | null;
  readonly documents: readonly { readonly uri: string; readonly sha1: string }[];
}

/** Why the operator does not take it; never with a word of the mail. */
export class BadMail extends Error {}

function demand(holds: boolean, what: string): asserts holds {
  if (!holds) throw new BadMail(what);
}

export async function checkMail(raw: Buffer, from: string, to: readonly string[]): Promise<CheckedMail> {
  const mail = await simpleParser(raw);
  const { messageId = '', subject = '' } = mail;
  demand(/^<[^<>@\s]+@[^<>@\s]+>$/.test(messageId), 'Message-ID');
  demand(mail.date !== undefined, 'Date');
  demand(from === '' || mail.from?.value[0]?.address?.toLowerCase() === from.toLowerCase(), 'From');
  const common = {
    messageId: messageId.slice(1, -1),
    subject,
    inReplyTo: mail.inReplyTo?.replace(/^<|>$/g, '') ?? null,
  };
  if (/multipart\/report/i.test(contentType(mail)))
    return { ...common, kind: 'report', patientId: null, documents: [] };
  if (!subject.includes('XDM/1.0/DDM+')) {
    demand(!mail.attachments.some(({ filename }) => filename === 'IHE_XDM.zip'), 'package without its subject');
    return { ...common, kind: 'plain', patientId: null, documents: [] };
  }
  checkHeaders(mail, subject, from);
  const found = await checkPackage(mail);
  checkRecipients(to, found.patientId);
  return { ...common, kind: 'documents', ...found };
}

function contentType(mail: ParsedMail): string {
  return mail.headerLines.find(({ key }) => key === 'content-type')?.line ?? '';
}

/** `XDM/1.0/DDM+<label> <NOM> <prénom> <JJ/MM/AAAA>`, no number of a patient in it, receipts asked to the sender itself. */
function checkHeaders(mail: ParsedMail, subject: string, from: string): void {
  demand(
    /^(\[[^\]]+\] )?XDM\/1\.0\/DDM\+.{1,40} [A-Z' -]+ [A-Za-z' -]+( \d{2}\/\d{2}\/\d{4})?$/.test(subject),
    'subject',
  );
  demand(!/\d{13}/.test(subject), 'a number in the subject');
  const receipts = mail.headerLines.find(({ key }) => key === 'disposition-notification-to')?.line ?? '';
  demand(receipts.toLowerCase().includes(from.toLowerCase()), 'Disposition-Notification-To');
  demand((mail.text ?? '').trim() !== '', 'text');
  const closing = mail.headers.get('x-mss-mes');
  demand(closing === undefined || closing === 'FIN', 'X-MSS-MES');
}

const SHORT_NAME = /^[A-Z0-9_]{1,8}(\.[A-Z0-9]{1,3})?$/;

async function checkPackage(
  mail: ParsedMail,
): Promise<Pick<CheckedMail, 'patientId' | 'documents'> & { patientId: string }> {
  const [zip, ...others] = mail.attachments.filter(({ filename }) => filename === 'IHE_XDM.zip');
  demand(zip !== undefined && others.length === 0 && zip.contentType === 'application/zip', 'IHE_XDM.zip');
  const copies = mail.attachments.filter(({ filename = '' }) => /^\d{8}_[A-Za-z0-9_-]+\.pdf$/.test(filename));
  demand(copies.length > 0 && copies.length === mail.attachments.length - 1, 'copies');
  demand(
    copies.every(({ content }) => content.subarray(0, 5).toString('latin1') === '%PDF-'),
    'PDF',
  );
  const files = await filesOf(zip.content);
  for (const name of files.keys())
    demand(
      name.split('/').every((part) => SHORT_NAME.test(part)),
      'name of eight and three',
    );
  demand(files.has('INDEX.HTM') && files.has('README.TXT'), 'INDEX.HTM, README.TXT');
  const metadata = files.get('IHE_XDM/SUBSET01/METADATA.XML');
  demand(metadata !== undefined, 'METADATA.XML');
  return withXml(metadata, (root) => {
    demand(root.name === 'SubmitObjectsRequest' && root.namespaceUri === RIM.l, 'SubmitObjectsRequest');
    const entries = elements(root, '//r:ExtrinsicObject', RIM);
    const ids = [...patientIds(root, SET_PATIENT_ID), ...patientIds(root, PATIENT_ID)];
    demand(entries.length > 0 && ids.length === entries.length + 1 && new Set(ids).size === 1, 'one patient');
    const members = elements(root, "//r:Association[contains(@associationType, 'HasMember')]", RIM);
    demand(members.length === entries.length, 'HasMember');
    const [patientId = ''] = ids;
    return { patientId, documents: entries.map((entry) => checkEntry(entry, files, patientId)) };
  });
}

function patientIds(root: XmlElement, scheme: string): string[] {
  return elements(root, `//r:ExternalIdentifier[@identificationScheme='${scheme}']`, RIM).map(
    (each) => each.attrs.find(({ name }) => name === 'value')?.value ?? '',
  );
}

function checkEntry(
  entry: XmlElement,
  files: ReadonlyMap<string, Buffer>,
  patientId: string,
): { uri: string; sha1: string } {
  const slot = (name: string) => text(entry, `r:Slot[@name='${name}']/r:ValueList/r:Value`, RIM);
  const uri = slot('URI') ?? '';
  const bytes = files.get(`IHE_XDM/SUBSET01/${uri}`);
  demand(bytes !== undefined, 'URI');
  const sha1 = createHash('sha1').update(bytes).digest('hex');
  demand(slot('hash') === sha1 && slot('size') === String(bytes.length), 'hash, size');
  checkDocument(bytes, patientId);
  return { uri, sha1 };
}

/** The document names the patient of the package; an INS stands in both of them, or in none. */
function checkDocument(bytes: Buffer, patientId: string): void {
  const [, value = '', oid = ''] = /^([^^]*)\^\^\^&([^&]*)&ISO\^(?:NH|PI)$/.exec(patientId) ?? [];
  demand(value !== '' && oid !== '', 'patientId');
  withXml(bytes, (root) => {
    const ids = elements(root, '//h:ClinicalDocument/h:recordTarget/h:patientRole/h:id', CDA).map((id) => {
      const of = (wanted: string) => id.attrs.find(({ name }) => name === wanted)?.value ?? '';
      return { root: of('root'), extension: of('extension') };
    });
    demand(
      ids.some((id) => id.root === oid && id.extension === value),
      'patient of the document',
    );
    const bearsIns = ids.some((id) => INS_OIDS.includes(id.root));
    demand(bearsIns === INS_OIDS.includes(oid), 'INS');
  });
}

/** Mon espace santé: one patient, and the address is that of the package. */
function checkRecipients(to: readonly string[], patientId: string): void {
  const patients = to.filter((address) => address.toLowerCase().endsWith('@patient.mssante.fr'));
  demand(patients.length === 0 || to.length === 1, 'a patient and others');
  const [address] = patients;
  demand(address === undefined || patientId.startsWith(`${address.split('@')[0]}^^^`), 'address of another patient');
}

const MOST_FILES = 200;
const MOST_BYTES = 100_000_000;

async function filesOf(bytes: Buffer): Promise<ReadonlyMap<string, Buffer>> {
  const files = new Map<string, Buffer>();
  try {
    const zip = await fromBufferPromise(bytes);
    demand(zip.entryCount <= MOST_FILES, 'files');
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      demand(entry.uncompressedSize <= MOST_BYTES && !files.has(entry.fileName), 'file');
      const parts: Buffer[] = [];
      for await (const part of await zip.openReadStreamPromise(entry)) parts.push(Buffer.from(part));
      files.set(entry.fileName, Buffer.concat(parts));
    }
  } catch (error) {
    throw error instanceof BadMail ? error : new BadMail('ZIP');
  }
  return files;
}
