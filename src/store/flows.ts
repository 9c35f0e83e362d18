/** The observatory's raw material: which application uses which API and which kind of identity. */
import { type Db, many } from './db.ts';

export interface Flow {
  readonly application: string;
  readonly facility: string;
  readonly version: string;
  readonly messageKind: string;
  /** `HL7v2`, `REST`, `V1`, `V2`. */
  readonly api: string;
  /** `INS`, `IPP`, `INS-C`, `NIR`. */
  readonly identityKind: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly messages: number;
}

export async function seeFlow(
  tx: Db,
  seen: Omit<Flow, 'firstSeen' | 'lastSeen' | 'messages'> & { at: Date },
): Promise<void> {
  await tx.query(
    `insert into flow (application, facility, version, message_kind, api, identity_kind, first_seen, last_seen, messages)
     values ($1, $2, $3, $4, $5, $6, $7, $7, 1)
     on conflict (application, facility, version, message_kind, api, identity_kind)
     do update set last_seen = excluded.last_seen, messages = flow.messages + 1`,
    [seen.application, seen.facility, seen.version, seen.messageKind, seen.api, seen.identityKind, seen.at],
  );
}

export async function listFlows(db: Db): Promise<Flow[]> {
  return many<Flow>(
    db,
    `select application, facility, version, message_kind as "messageKind", api, identity_kind as "identityKind",
       first_seen as "firstSeen", last_seen as "lastSeen", messages from flow order by application, facility, message_kind`,
  );
}
