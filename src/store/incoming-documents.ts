/** Documents that came in the archive of a mail, each with its own decision. */
import { type Db, many, maybe } from './db.ts';

/** `desk`: a person decides. `queued`: on its way to the DPI. `known`: it was already handed over. */
export type IncomingState = 'desk' | 'queued' | 'handed' | 'known' | 'refused';

/** Traits as the document says them; shape of what INSi returns, so that they are compared by the same rules. */
export interface ToldTraits {
  readonly birthName?: string;
  readonly givenNames?: string;
  readonly sex?: string;
  readonly birthDate?: string;
  readonly birthPlace?: string;
}

export interface IncomingDocument {
  readonly id: string;
  readonly mailId: string;
  readonly part: number;
  readonly state: IncomingState;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly title: string;
  readonly typeCode: string | null;
  readonly typeLabel: string | null;
  readonly mimeType: string;
  readonly uniqueId: string | null;
  readonly digest: Buffer;
  readonly replaces: boolean;
  readonly traits: ToldTraits | null;
  readonly identityId: string | null;
  readonly attachedBy: string | null;
  readonly route: string | null;
  readonly controlId: string | null;
  readonly attempts: number;
  readonly answer: string | null;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
  readonly reason: string | null;
  readonly errorCode: string | null;
  readonly errorLabel: string | null;
}

/** Property, column: the one list from which every statement is made. */
const COLUMNS = [
  ['id', 'id'],
  ['mailId', 'mail_id'],
  ['part', 'part'],
  ['state', 'state'],
  ['ruleId', 'rule_id'],
  ['detail', 'detail'],
  ['title', 'title'],
  ['typeCode', 'type_code'],
  ['typeLabel', 'type_label'],
  ['mimeType', 'mime_type'],
  ['uniqueId', 'unique_id'],
  ['digest', 'digest'],
  ['replaces', 'replaces'],
  ['traits', 'traits'],
  ['identityId', 'identity_id'],
  ['attachedBy', 'attached_by'],
  ['route', 'route'],
  ['controlId', 'control_id'],
  ['attempts', 'attempts'],
  ['answer', 'answer'],
  ['settledAt', 'settled_at'],
  ['settledBy', 'settled_by'],
  ['reason', 'reason'],
  ['errorCode', 'error_code'],
  ['errorLabel', 'error_label'],
] as const satisfies readonly (readonly [keyof IncomingDocument, string])[];

const SELECT = `select ${COLUMNS.map(([property, column]) => `d.${column} as "${property}"`).join(', ')} from incoming_document d`;

export async function insertIncoming(tx: Db, document: IncomingDocument): Promise<void> {
  const marks = COLUMNS.map((_, index) => `$${index + 1}`).join(', ');
  await tx.query(
    `insert into incoming_document (${COLUMNS.map(([, column]) => column).join(', ')}) values (${marks})`,
    valuesOf(document),
  );
}

export async function updateIncoming(tx: Db, document: IncomingDocument): Promise<void> {
  const sets = COLUMNS.slice(1).map(([, column], index) => `${column} = $${index + 2}`);
  await tx.query(`update incoming_document set ${sets.join(', ')} where id = $1`, valuesOf(document));
}

function valuesOf(document: IncomingDocument): unknown[] {
  return COLUMNS.map(([property]) =>
    property === 'traits' && document.traits !== null ? JSON.stringify(document.traits) : document[property],
  );
}

export async function lockIncoming(tx: Db, id: string): Promise<IncomingDocument | undefined> {
  return maybe<IncomingDocument>(tx, `${SELECT} where d.id = $1 for no key update`, [id]);
}

export async function incomingOf(db: Db, mailId: string): Promise<IncomingDocument[]> {
  return many<IncomingDocument>(db, `${SELECT} where d.mail_id = $1 order by d.part`, [mailId]);
}

/**
 * Documents of the same identifier that were, or are being, handed over by this route: what another receiver has says nothing
 * of this one. Nobody adds another one until the transaction ends.
 */
export async function sameIdentifier(tx: Db, uniqueId: string, route: string): Promise<IncomingDocument[]> {
  await tx.query('select pg_advisory_xact_lock(7039, hashtext($1))', [uniqueId]);
  return many<IncomingDocument>(
    tx,
    `${SELECT} where d.unique_id = $1 and d.route = $2 and d.state in ('queued', 'handed') order by d.id`,
    [uniqueId, route],
  );
}
