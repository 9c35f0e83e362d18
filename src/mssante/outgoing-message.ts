/** A document as a mail: its package, its readable copy, its subject and words; or the mail that withdraws another. */
import { contentTypeOfPatientClass, OTHER_ACTIVITY } from '../codes/content-types.ts';
import { documentType } from '../codes/document-types.ts';
import { structureIdOfFiness } from '../codes/national-ids.ts';
import { establishmentOf } from '../config/lookup.ts';
import type { PreparedForMail } from '../documents/index.ts';
import { parseOid } from '../ins/oids.ts';
import type { StrictTraits } from '../ins/types.ts';
import { mssanteRules } from '../rules/mssante.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { MailRecipient, MailRecord } from '../store/mails.ts';
import { deriveDocumentUniqueId } from '../wire/cda/unique-id.ts';
import { isQualified, type MailPatient } from '../wire/mssante/identity.ts';
import { composeMail, type OutgoingMail } from '../wire/mssante/mail-message.ts';
import { readableCopy } from '../wire/mssante/readable-copy.ts';
import { copyName, subjectLabel, subjectOf, xdmSubject } from '../wire/mssante/text.ts';
import { xdmPackage } from '../wire/mssante/xdm-package.ts';
import { entryOfDocument } from '../wire/xds/from-cda.ts';
import type { Mailbox, MailContext } from './outgoing-context.ts';

export interface Letter {
  readonly document: DocumentRecord;
  readonly mail: MailRecord;
  readonly mailbox: Mailbox;
  /** Those that have not got it yet. */
  readonly recipients: readonly MailRecipient[];
  /** Message-ID of the mail that this one replaces or withdraws. */
  readonly inReplyTo?: string | undefined;
}

/** Addresses of an envelope: of a patient it is made of the INS, and of nothing else. */
export type Addresses = readonly { readonly address: string; readonly name: string }[];

/** `label` of a document in a subject: that of its code. */
function labelOf(document: DocumentRecord, header?: PreparedForMail['header']): string {
  return header?.code?.displayName ?? documentType(document.typeCode)?.label ?? document.title;
}

/** The mail that carries a document, as bytes. Refused: what cannot be said, drawn, or is too large. */
export async function documentMail(
  context: MailContext,
  letter: Letter,
  { cda, header }: PreparedForMail,
  patient: MailPatient,
  to: Addresses,
): Promise<Result<Buffer>> {
  const { document } = letter;
  const copy = await readableCopy(cda, header);
  if (!copy.ok) return copy;
  const archive = await packageOf(context, letter, { cda, header }, patient);
  if (!archive.ok) return archive;
  const label = labelOf(document, header);
  const { traits } = patient;
  const name = copyName({
    serviceDate: header.serviceEvents[0]?.period?.low ?? document.notice.serviceStart,
    label,
    traits,
    visitNumber: document.notice.visitNumber,
  });
  const subject = xdmSubject(label, traits);
  return composed(context, letter, to, {
    subject: letter.inReplyTo === undefined ? subject : `${context.mssante.replacementMark} ${subject}`,
    text: words(context, letter, label, traits),
    headers: headersOf(context, letter, header.code?.code, patient),
    attachments: [
      { filename: 'IHE_XDM.zip', contentType: 'application/zip', content: archive.value },
      { filename: name, contentType: 'application/pdf', content: copy.value },
    ],
  });
}

/**
 * Practice 23: the mail that asks to disregard another. It carries no document and, beside the address, no number. Without
 * traits where those that the record has now may be of somebody else than whoever reads it.
 */
export function deletionMail(
  context: MailContext,
  letter: Letter,
  traits: StrictTraits | undefined,
  to: Addresses,
): Promise<Result<Buffer>> {
  const label = labelOf(letter.document);
  const text = [
    'Bonjour,',
    '',
    `Le document « ${letter.document.title} » qui vous a été adressé par un courriel précédent a été supprimé par son émetteur.`,
    'Ne le prenez plus en compte, et retirez-le de vos dossiers.',
    '',
    signature(context, letter),
  ].join('\n');
  return composed(context, letter, to, {
    subject: `${context.mssante.deletionMark} ${traits === undefined ? subjectLabel(label) : subjectOf(label, traits)}`,
    text,
    headers: {},
    attachments: [],
  });
}

async function composed(
  context: MailContext,
  { mail, mailbox, document, inReplyTo }: Letter,
  to: Addresses,
  parts: Pick<OutgoingMail, 'subject' | 'text' | 'headers' | 'attachments'>,
): Promise<Result<Buffer>> {
  const { maxPatientBytes, maxProfessionalBytes } = context.mssante;
  const bytes = await composeMail({
    from: {
      address: mailbox.address,
      name: mailbox.name ?? establishmentOf(context.config, document.eg).geographic.name,
    },
    to,
    replyTo: document.notice.mail?.replyTo,
    messageId: mail.messageId,
    inReplyTo,
    date: context.now(),
    asksReading: true,
    ...parts,
  });
  const most = mail.destination === 'MSSANTE-PATIENT' ? maxPatientBytes : maxProfessionalBytes;
  if (most !== undefined && bytes.length > most)
    return refuse(mssanteRules.tooLarge, { detail: `${bytes.length} octets, limite ${most}` });
  return ok(bytes);
}

async function packageOf(
  context: MailContext,
  { document, mail }: Letter,
  { cda, header }: PreparedForMail,
  patient: MailPatient,
): Promise<Result<Buffer>> {
  const { visibility } = document.notice;
  const entry = entryOfDocument(header, visibility.invisibleToPatient ? ['INVISIBLE_PATIENT'] : []);
  if (!entry.ok) return entry;
  const { legal, geographic } = establishmentOf(context.config, document.eg);
  const derived = deriveDocumentUniqueId(legal.documentRoot, {
    sender: mail.destination,
    controlId: document.uniqueId,
    contentDigest: '',
  });
  const setId = derived.ok ? parseOid(derived.value) : derived;
  if (!setId.ok) return setId;
  const structure = structureIdOfFiness(geographic.finess);
  const [author] = entry.value.authors;
  if (structure === undefined || author === undefined)
    throw new Error(`EG ${geographic.finess} is not what the configuration schema lets in`);
  const { software } = context.config;
  return ok(
    await xdmPackage({
      patient,
      local: document.ipp === '' ? undefined : { value: document.ipp, domain: document.ippDomain },
      set: {
        uniqueId: setId.value,
        contentTypeCode: contentTypeOfPatientClass(document.notice.patientClass ?? '') ?? OTHER_ACTIVITY,
        author: { person: author.person, ...(author.specialty && { specialty: author.specialty }) },
        submissionTime: context.now().toISOString().replace(/\D/g, '').slice(0, 14),
        title: document.title,
      },
      institution: { id: structure, name: geographic.name },
      sourceId: context.config.dmp?.sourceId ?? legal.documentRoot,
      sender: { name: `${author.person.given} ${author.person.family}`.trim(), organisation: geographic.name },
      software: { name: software.name, version: software.version, vendor: software.name },
      documents: [{ entry: entry.value, bytes: cda }],
    }),
  );
}

/** X-MSS-MES closes the patient's answer; the others are known by their names only, and sent where the site asks for them. */
function headersOf(
  { mssante }: MailContext,
  { document, mail }: Letter,
  typeCode: string | undefined,
  patient: MailPatient,
): Record<string, string> {
  const closed = mail.destination === 'MSSANTE-PATIENT' && document.notice.mail?.patient?.mayReply === false;
  const wanted = (name: MailContext['mssante']['optionalHeaders'][number]) => mssante.optionalHeaders.includes(name);
  return {
    ...(closed ? { 'X-MSS-MES': 'FIN' } : {}),
    ...(wanted('X-MSS-CODECDA') && typeCode !== undefined ? { 'X-MSS-CODECDA': typeCode } : {}),
    ...(wanted('X-MSS-INS') && isQualified(patient) ? { 'X-MSS-INS': patient.ins.matricule } : {}),
    ...(wanted('X-MSS-NIL') && mssante.nil !== undefined ? { 'X-MSS-NIL': mssante.nil } : {}),
  };
}

/** The sender's own words where it gave some. */
function words(context: MailContext, letter: Letter, label: string, traits: StrictTraits): string {
  const { mail, document, inReplyTo } = letter;
  const asked = document.notice.mail;
  const given = mail.destination === 'MSSANTE-PATIENT' ? asked?.textToPatient : asked?.textToProfessionals;
  if (given !== undefined && given.trim() !== '') return given;
  const about =
    mail.destination === 'MSSANTE-PATIENT'
      ? 'vous concernant'
      : `concernant ${traits.birthName} ${traits.firstGivenName}`;
  return [
    'Bonjour,',
    '',
    `Veuillez trouver ci-joint un document ${about} : ${label}.`,
    ...(inReplyTo === undefined ? [] : ['Ce courriel annule et remplace celui qui vous a été adressé précédemment.']),
    '',
    signature(context, letter),
  ].join('\n');
}

function signature(context: MailContext, { document, mailbox }: Letter): string {
  return mailbox.name ?? establishmentOf(context.config, document.eg).geographic.name;
}
