/** Received mails: one whose document differs from its patient, one without a document, and a mailbox that is away. */
import { createHash, randomUUID } from 'node:crypto';
import { xdmMail } from '../mssante/incoming-mails.fixture.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { mssanteInRules } from '../rules/mssante-in.ts';
import { insertIncoming } from '../store/incoming-documents.ts';
import { insertMail, noteOpened, setIncomingState } from '../store/incoming-mail.ts';
import { HEADERS, mailOf } from '../wire/mail/mail.fixture.ts';
import { letter } from '../wire/pdf/pdf.fixture.ts';

export async function seedMails(
  { pool, now }: UseCaseContext,
  eg: string,
  patient: { readonly id: string },
): Promise<{ mail: string; message: string }> {
  const at = now();
  const [mail, message] = [randomUUID(), randomUUID()];
  const pdf = await letter();
  const plain = mailOf({ ...HEADERS, Subject: '<i>Question</i>' }, [
    { type: 'text/plain; charset=utf-8', content: '<script>alert(1)</script>\nPouvez-vous me rappeler ?' },
    { type: 'application/pdf', name: 'lettre <b>.pdf', content: pdf },
  ]);
  await pool.query(
    `insert into mailbox (name, enabled, failures, failing_since, retry_at, last_error) values ('dpi', true, 3, $1, $1, 'ECONNREFUSED')`,
    [at],
  );
  for (const [index, [id, raw]] of [[mail, xdmMail({})] as const, [message, plain] as const].entries())
    await insertMail(pool, {
      id,
      mailbox: 'dpi',
      eg,
      uidValidity: 1,
      uid: index + 1,
      size: raw.length,
      digest: createHash('sha256').update(raw).digest(),
      receivedAt: at,
      raw,
    });
  const opened = { sender: 'thomas.eric@medecin.mssante.fr', senderName: 'Dr Thomas Éric', sentAt: at, attachments: 1 };
  const subject = 'XDM/1.0/DDM+Lettre de liaison PAT-TROIS DOMINIQUE 28/03/1979';
  await noteOpened(pool, mail, { ...opened, kind: 'documents', messageId: '<1@x>', subject, receiptTo: opened.sender });
  await noteOpened(pool, message, {
    ...opened,
    kind: 'message',
    messageId: '<2@x>',
    subject: '<i>Question</i>',
    receiptTo: null,
  });
  await insertIncoming(pool, {
    id: randomUUID(),
    mailId: mail,
    part: 1,
    state: 'desk',
    ruleId: mssanteInRules.traitsDiffer.id,
    detail: 'nom de naissance',
    title: 'Lettre de liaison <b>à la sortie</b>',
    typeCode: '11490-0',
    typeLabel: 'Lettre de liaison à la sortie d’un établissement de soins',
    mimeType: 'text/xml',
    uniqueId: '1.2.250.1.999.1.1.42',
    digest: Buffer.alloc(32),
    replaces: false,
    traits: { birthName: 'NESSY', givenNames: 'MICHELANGELO', sex: 'M', birthDate: '2010-08-07', birthPlace: '63220' },
    identityId: patient.id,
    attachedBy: null,
    route: 'DPI',
    controlId: null,
    attempts: 0,
    answer: null,
    settledAt: null,
    settledBy: null,
    reason: null,
    errorCode: null,
    errorLabel: null,
  });
  const waits = { state: 'desk', at } as const;
  await setIncomingState(pool, mail, { ...waits, ruleId: mssanteInRules.traitsDiffer.id, detail: 'nom de naissance' });
  await setIncomingState(pool, message, { ...waits, ruleId: mssanteInRules.noXdm.id });
  return { mail, message };
}
