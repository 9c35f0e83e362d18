/** What a mail brings in its IHE_XDM.zip, opened with every bound of `wire/xdm`; runs in the thread of `open-worker.ts`. */
import { mssanteInRules } from '../../rules/mssante-in.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { readXdm, type XdmPackage } from '../xdm/xdm.ts';
import type { MailAttachment, MailLimits, OpenedMail } from './mail.ts';
import { readMail } from './read.ts';

/** A mail and its package; the refusal says why there is none. */
export interface OpenedPackage {
  readonly mail: OpenedMail;
  readonly xdm: Result<XdmPackage>;
}

export async function openPackage(bytes: Uint8Array, limits: MailLimits): Promise<Result<OpenedPackage>> {
  const mail = await readMail(bytes, limits);
  if (!mail.ok) return mail;
  return ok({ mail: mail.value, xdm: await packageOf(mail.value, limits) });
}

async function packageOf(mail: OpenedMail, limits: MailLimits): Promise<Result<XdmPackage>> {
  // A receipt, and a notice of failure, give our own package back: it is not one that comes in.
  if (mail.reportType !== '' || isFailureNotice(mail.subject)) return refuse(mssanteInRules.noXdm);
  const archives = mail.attachments.filter(isPackage);
  const [archive, second] = archives.length > 0 ? archives : await forwardedArchives(mail, limits);
  if (archive === undefined) return refuse(mssanteInRules.noXdm);
  if (second !== undefined) return refuse(mssanteInRules.severalArchives);
  return readXdm(archive.bytes);
}

/** IHE_XDM.zip, whatever its case; some software adds a date or a counter to the name. */
function isPackage({ name, mimeType, bytes }: MailAttachment): boolean {
  const zip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  return /^ihe_?xdm.*\.zip$/i.test(name) || (zip && mimeType === 'application/zip' && /xdm/i.test(name));
}

/** A secretary passes the whole mail on as an attachment (volet LPS, « transfère manuellement »): one level, no deeper. */
async function forwardedArchives(mail: OpenedMail, limits: MailLimits): Promise<readonly MailAttachment[]> {
  const archives: MailAttachment[] = [];
  for (const { mimeType, bytes } of mail.attachments) {
    if (mimeType !== 'message/rfc822') continue;
    const inner = await readMail(bytes, limits);
    if (inner.ok) archives.push(...inner.value.attachments.filter(isPackage));
  }
  return archives;
}

/** « [KO Intégration système !][902] XDM/1.0/DDM+… » (volet LPS, struct-email-standard and struct-msg-mdn). */
export function isFailureNotice(subject: string): boolean {
  return /^\s*\[(KO Int[ée]gration|Erreur d.int[ée]gration)/i.test(subject);
}
