/** The mails that a document asks of MSSanté: read from its message, and recorded beside its delivery to the DMP. */
import type { UseCaseContext } from '../queue/context.ts';
import { addMailTask } from '../queue/document-tasks.ts';
import type { Db } from '../store/db.ts';
import type { DocumentDeclaration, DocumentRecord, MailRequest } from '../store/documents.ts';
import { insertMail, type NewMail } from '../store/mails.ts';
import type { DocumentNotice } from '../wire/hl7v2/document-notice.ts';
import type { EncapsulatedData } from '../wire/hl7v2/encapsulated-data.ts';
import type { Participant } from '../wire/hl7v2/participation.ts';

/** Characters of a text that a sender wants in the body of a mail. */
const TEXT_LENGTH = 20_000;

/** `mail` of the declaration, from the flags and the PRT of a message; nothing when no mail is asked. */
export function mailsAskedBy(notice: DocumentNotice): Pick<DocumentDeclaration, 'mail'> {
  const { flags, recipients, replyTo } = notice;
  if (flags.DESTMSSANTEPS !== true && flags.DESTMSSANTEPAT !== true) return {};
  const text = (name: 'textToProfessionals' | 'textToPatient', body: EncapsulatedData | undefined) => {
    const content = body?.content();
    return content?.ok ? { [name]: decoded(content.value, notice).slice(0, TEXT_LENGTH) } : {};
  };
  const mail: MailRequest = {
    ...(flags.DESTMSSANTEPS === true ? { professionals: recipients.flatMap(professional) } : {}),
    ...(flags.DESTMSSANTEPAT === true ? { patient: { mayReply: notice.patientMayReply } } : {}),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...text('textToProfessionals', notice.mailToProfessionals),
    ...text('textToPatient', notice.mailToPatient),
    tellsDelivery: flags.ACK_RECEPTION ?? false,
    tellsReading: flags.ACK_LECTURE_MSS ?? false,
  };
  return { mail };
}

/** Whoever is not the patient: a patient is named by the INS, or by the address made of it. */
function professional({ person, organisation, address }: Participant): { address: string; name?: string }[] {
  const isPatient = person?.idType === 'INS' || /^\d[\dAB]{14}@/i.test(address ?? '');
  if (address === undefined || isPatient) return [];
  const own = [person?.family, person?.given].filter((part) => part !== undefined).join(' ');
  const name = own === '' ? organisation?.name : own;
  return [{ address, ...(name === undefined ? {} : { name }) }];
}

/** In the character set of the message: an ED names none. */
function decoded(bytes: Buffer, { header }: DocumentNotice): string {
  return header.encoding === 'UNICODE UTF-8' ? bytes.toString('utf8') : bytes.toString('latin1');
}

/** One delivery per destination that is asked, each behind its own gate, with the task that will look at it. */
export async function recordMails(tx: Db, context: UseCaseContext, document: DocumentRecord): Promise<void> {
  const { mail } = document.notice;
  if (mail === undefined) return;
  const { professionals, patient } = mail;
  const asked: NewMail[] = [];
  const add = (destination: NewMail['destination'], recipients: NewMail['recipients']) => {
    const id = context.newUuid();
    asked.push({ id, destination, messageId: `${id}@${domainOf(context, document.eg)}`, recipients });
  };
  if (professionals !== undefined)
    add(
      'MSSANTE-PS',
      [...new Map(professionals.map((each) => [each.address.toLowerCase(), each])).values()].map(withName),
    );
  if (patient !== undefined) add('MSSANTE-PATIENT', [{ address: null, name: null }]);
  const orderKey = document.chainKey ?? document.uniqueId;
  for (const each of asked) {
    await insertMail(tx, document.id, each, context.now());
    await addMailTask(tx, { id: each.id, eg: document.eg, orderKey });
  }
}

function withName({ address, name }: { address: string; name?: string }) {
  return { address, name: name ?? null };
}

/** Of the mailbox that will send it; a document of an entity without one is refused before it is sent. */
function domainOf({ config }: UseCaseContext, eg: string): string {
  const mailbox = config.mssante?.mailboxes.find((each) => each.eg === eg);
  return mailbox?.address.split('@').at(-1) ?? 'traitdunion.invalid';
}
