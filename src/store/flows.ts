/** The observatory's raw material: which application uses which API and which kind of identity. */
import { type Db, many } from './db.ts';

/** What one line of the observatory is about. */
export interface FlowKey {
  readonly application: string;
  readonly facility: string;
  readonly version: string;
  readonly messageKind: string;
  /** `HL7v2`, `REST`, `V1`, `V2`. */
  readonly api: string;
  /** `INS`, `IPP`, `INS-C`, `NIR`. */
  readonly identityKind: string;
}

export interface Flow extends FlowKey {
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly messages: number;
}

/** Adds counts, each key at most once. In the order of the keys: two processes that count the same flows never deadlock. */
export async function addToFlows(db: Db, counts: readonly Flow[]): Promise<void> {
  if (counts.length === 0) return;
  const column = <K extends keyof Flow>(name: K): Flow[K][] => counts.map((count) => count[name]);
  await db.query(
    `insert into flow (application, facility, version, message_kind, api, identity_kind, first_seen, last_seen, messages)
     select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::timestamptz[], $8::timestamptz[], $9::bigint[])
     order by 1, 2, 3, 4, 5, 6
     on conflict (application, facility, version, message_kind, api, identity_kind)
     do update set first_seen = least(flow.first_seen, excluded.first_seen),
       last_seen = greatest(flow.last_seen, excluded.last_seen), messages = flow.messages + excluded.messages`,
    [
      column('application'),
      column('facility'),
      column('version'),
      column('messageKind'),
      column('api'),
      column('identityKind'),
      column('firstSeen'),
      column('lastSeen'),
      column('messages'),
    ],
  );
}

export async function listFlows(db: Db): Promise<Flow[]> {
  return many<Flow>(
    db,
    `select application, facility, version, message_kind as "messageKind", api, identity_kind as "identityKind",
       first_seen as "firstSeen", last_seen as "lastSeen", messages from flow order by application, facility, message_kind`,
  );
}
