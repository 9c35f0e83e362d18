/** The MDM of one received document: from its CDA, its mail and the patient as the repository has it now. */
import { documentType } from '../codes/document-types.ts';
import { authorityName } from '../config/lookup.ts';
import type { MailRoute } from '../config/mssante-in-schema.ts';
import { qualifiedIdentityOf, traitsOf } from '../identity/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Db } from '../store/db.ts';
import { type IdentityRecord, identifiersOf } from '../store/identities.ts';
import type { IncomingDocument } from '../store/incoming-documents.ts';
import type { MailRow } from '../store/incoming-mail.ts';
import { type CdaHeader, readCdaHeader } from '../wire/cda/header.ts';
import type { InstanceId } from '../wire/cda/nodes.ts';
import type { OutgoingNumber, OutgoingPatient } from '../wire/hl7v2/identity-message.ts';
import { buildLpsMessage, type DocumentNumber, type LpsDocument, type LpsMail } from '../wire/hl7v2/lps-message.ts';
import type { OpenedMail } from '../wire/mail/mail.ts';
import type { OpenedPackage } from '../wire/mail/package.ts';
import type { XdmDocument } from '../wire/xdm/xdm.ts';

export interface Handover {
  readonly route: MailRoute;
  readonly controlId: string;
  readonly mail: MailRow;
  readonly document: IncomingDocument;
  readonly identity: IdentityRecord;
  readonly opened: OpenedPackage;
}

const PROCESSING = { production: 'P', test: 'T', demonstration: 'D' } as const;

/** Throws when the archive no longer has the document: its bytes are those that were opened the first time. */
export async function composeHandover(context: UseCaseContext, tx: Db, handover: Handover): Promise<Buffer> {
  const { route, controlId, mail, document, identity, opened } = handover;
  const { config } = context;
  const content = opened.xdm.ok ? opened.xdm.value.documents[document.part - 1] : undefined;
  const header = content && readCdaHeader(content.bytes);
  if (content === undefined || header?.ok !== true)
    throw new Error('the archive of this mail reads otherwise than before');
  const legal = config.legalEntities.find(({ geographicEntities }) =>
    geographicEntities.some(({ finess }) => finess === mail.eg),
  );
  return buildLpsMessage(
    {
      patient: await outgoingPatient(context, tx, identity),
      document: lpsDocument(header.value, document, content),
      mail: lpsMail(context, mail, opened.mail, header.value),
      flags: flagsOf(content),
    },
    {
      from: { application: config.incomingMail.application, facility: legal?.finess ?? '' },
      to: { application: route.application, facility: route.facility },
      controlId,
      processingId: PROCESSING[config.installation],
      encoding: route.encoding,
      now: context.now(),
      timeZone: route.timeZone,
    },
  );
}

/** PID-3 is that of the document (volet LPS), as far as we vouch for it: its INS where it is qualified here, else our number. */
async function outgoingPatient({ config }: UseCaseContext, tx: Db, record: IdentityRecord): Promise<OutgoingPatient> {
  const qualified = qualifiedIdentityOf(record);
  const wanted = config.incomingMail.localNumber === 'always' || !qualified.ok;
  const numbers = wanted ? (await identifiersOf(tx, record.id)).filter(inUse).map(numberOf) : [];
  return {
    numbers,
    person: qualified.ok ? { qualified: qualified.value } : { traits: traitsOf(record) },
    withdrawnIns: [],
    checked: record.status === 'VALI' || record.status === 'QUAL',
    attributes: [],
    birthDateInterpreted: record.birthDateInterpreted,
    updatedAt: record.updatedAt,
  };

  function numberOf({ value, domain }: { readonly value: string; readonly domain: string }): OutgoingNumber {
    const authority = authorityName(config, domain);
    return { value, domain, ...(authority === undefined ? {} : { authority }) };
  }
}

function inUse({ kind, retired }: { readonly kind: string; readonly retired?: boolean }): boolean {
  return kind === 'PI' && retired !== true;
}

/** The OID of TRE_A05; any other system of a type is LOINC. */
const TRE_A05 = '1.2.250.1.213.1.1.4.12';

function lpsDocument(header: CdaHeader, document: IncomingDocument, { bytes }: XdmDocument): LpsDocument {
  const code = header.code?.code ?? document.typeCode ?? '';
  const label = header.code?.displayName ?? documentType(code)?.label ?? '';
  const { relatedDocument } = header;
  const replaces = relatedDocument?.typeCode === 'RPLC' ? numberOf(relatedDocument.parentId) : undefined;
  const authenticatorId = header.legalAuthenticator?.ids[0]?.extension;
  return {
    id: numberOf(header.id) ?? { root: '' },
    ...(replaces === undefined ? {} : { replaces }),
    type: { code, label, system: header.code?.codeSystem === TRE_A05 ? 'TRE_A05' : 'LN' },
    ...(header.effectiveTime === undefined ? {} : { writtenAt: header.effectiveTime }),
    ...(authenticatorId === undefined ? {} : { authenticatorId }),
    cda: bytes,
  };
}

function numberOf(id: InstanceId | undefined): DocumentNumber | undefined {
  if (id?.root === undefined) return undefined;
  return id.extension === undefined ? { root: id.root } : { root: id.root, extension: id.extension };
}

/** OID of the identifiers of professionals. */
const PROFESSIONALS = '1.2.250.1.71.4.2.1';

/** The author stands for the sender where the mail only gives an address (volet LPS, « requis si connu »). */
function lpsMail({ config }: UseCaseContext, row: MailRow, mail: OpenedMail, { authors }: CdaHeader): LpsMail {
  const box = config.incomingMail.mailboxes.find(({ name }) => name === row.mailbox);
  const [author] = authors;
  const id = author?.ids.find(({ root }) => root === PROFESSIONALS)?.extension;
  return {
    messageId: mail.messageId,
    subject: mail.subject,
    text: mail.text,
    from: mail.from,
    ...(id === undefined ? {} : { sender: { id, family: author?.family ?? '', given: author?.given ?? '' } }),
    to: box?.address ?? mail.to[0] ?? '',
    ...(box?.unit === undefined ? {} : { unit: box.unit }),
    ...(mail.replyTo === '' ? {} : { replyTo: mail.replyTo }),
  };
}

function flagsOf({ confidentialityCodes }: XdmDocument) {
  const has = (code: string): boolean => confidentialityCodes.includes(code);
  return {
    MASQUE_PS: has('MASQUE_PS'),
    INVISIBLE_PATIENT: has('INVISIBLE_PATIENT'),
    INVISIBLE_REP_LEGAUX: has('INVISIBLE_REPRESENTANTS_LEGAUX'),
    // What this message carries is new to the receiver: nothing was changed after the fact.
    MODIF_CONF_CODE: false,
  };
}
