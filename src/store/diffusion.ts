/** The queue of each subscriber. Triggers fill it (migration 0018); one drainer at a time empties it. */
import { type Db, many, maybe } from './db.ts';

export type EntryKind = 'state' | 'number' | 'merge';
export type EntryState = 'waiting' | 'sending' | 'refused' | 'accepted' | 'dropped';

/** A local number in its domain. */
export interface GivenNumber {
  readonly domain: string;
  readonly value: string;
}

/** The terms of a sending: they stay those of its MSH-10, whatever the numbers of the patient become. */
export interface SentTerms {
  readonly event: 'A28' | 'A31' | 'A40' | 'A47';
  readonly numbers: readonly GivenNumber[];
  readonly retired: readonly GivenNumber[];
}

export interface DiffusionEntry {
  readonly id: number;
  readonly subscriber: string;
  readonly kind: EntryKind;
  readonly identityId: string;
  /** The record that was closed (merge). */
  readonly otherId: string | null;
  /** Numbers given up (number, merge). */
  readonly numbers: readonly GivenNumber[] | null;
  readonly load: boolean;
  /** What a sending that has no answer yet named. */
  readonly sent: SentTerms | null;
  readonly state: EntryState;
  readonly addedAt: Date;
  readonly attempts: number;
  readonly controlId: string | null;
  readonly event: string | null;
  readonly answer: string | null;
  readonly ruleId: string | null;
  readonly detail: string | null;
  readonly settledAt: Date | null;
  readonly settledBy: string | null;
}

export const ENTRY = `e.id, e.subscriber, e.kind, e.identity_id as "identityId", e.other_id as "otherId", e.numbers, e.load, e.sent,
  e.state, e.added_at as "addedAt", e.attempts, e.control_id as "controlId", e.event, e.answer, e.rule_id as "ruleId",
  e.detail, e.settled_at as "settledAt", e.settled_by as "settledBy"`;

/** Makes the rows those of the configuration; one that is declared no longer keeps its history and is told nothing more. */
export async function declareSubscribers(tx: Db, names: readonly string[], now: Date): Promise<void> {
  await tx.query(
    `insert into diffusion_subscriber (name, enabled, since) select name, true, $2 from unnest($1::text[]) as declared (name)
     on conflict (name) do update set enabled = true where not diffusion_subscriber.enabled`,
    [names, now],
  );
  await tx.query('update diffusion_subscriber set enabled = false where enabled and not name = any($1)', [names]);
}

/** The right to serve a subscriber: it ends with its lease, and a later one makes it void. */
export interface Turn {
  readonly name: string;
  readonly fence: number;
  readonly since: Date;
  readonly failures: number;
  readonly loading: boolean;
  readonly loadPacedAt: Date | null;
}

/** Takes a subscriber that has something to be told and may be tried now, the one left alone for longest first. */
export async function takeTurn(db: Db, now: Date, leaseMs: number, busy: readonly string[]): Promise<Turn | undefined> {
  return maybe<Turn>(
    db,
    `update diffusion_subscriber set leased_until = $1::timestamptz + $2 * interval '1 millisecond', fence = fence + 1
     where name = (
       select name from diffusion_subscriber s
       where enabled and not paused and not name = any($3) and (leased_until is null or leased_until < $1)
         and (retry_at is null or retry_at <= $1)
         and (load_state = 'running' or exists (
           select 1 from diffusion_entry e where e.subscriber = s.name and e.state in ('waiting', 'sending') and not e.load))
       order by leased_until nulls first, name limit 1 for update skip locked)
     returning name, fence, since, failures, load_state = 'running' as loading, load_paced_at as "loadPacedAt"`,
    [now, leaseMs, busy],
  );
}

/** Another drainer took over. */
export class TurnLost extends Error {}

/** Proves that the turn is still held, and lengthens it. */
export async function holdTurn(tx: Db, { name, fence }: Turn, now: Date, leaseMs: number): Promise<void> {
  const { rowCount } = await tx.query(
    `update diffusion_subscriber set leased_until = $3::timestamptz + $4 * interval '1 millisecond'
     where name = $1 and fence = $2 and enabled and not paused`,
    [name, fence, now, leaseMs],
  );
  if (rowCount !== 1) throw new TurnLost(`diffusion to ${name}`);
}

/** Ends a turn. `leased_until` stays as the time of the last turn, so that subscribers take turns. */
export async function endTurn(tx: Db, { name, fence }: Turn, now: Date): Promise<void> {
  await tx.query(
    `update diffusion_subscriber set leased_until = $3::timestamptz - interval '1 millisecond' where name = $1 and fence = $2`,
    [name, fence, now],
  );
}

export async function recordAnswered(tx: Db, { name, fence }: Turn, now: Date): Promise<void> {
  await tx.query(
    `update diffusion_subscriber set failures = 0, failing_since = null, retry_at = null, last_error = null, answered_at = $3
     where name = $1 and fence = $2`,
    [name, fence, now],
  );
}

export async function recordUnanswered(
  tx: Db,
  { name, fence }: Turn,
  failure: { readonly now: Date; readonly retryAt: Date; readonly error: string },
): Promise<void> {
  await tx.query(
    `update diffusion_subscriber set failures = failures + 1, failing_since = coalesce(failing_since, $3), retry_at = $4,
       last_error = $5 where name = $1 and fence = $2`,
    [name, fence, failure.now, failure.retryAt, failure.error],
  );
}

/** What a subscriber knows a record by: it took it (accepted), or had it before it was declared ($2, null when it had none). */
const knows = (id: string): string => `(exists (select 1 from diffusion_known k
  where k.subscriber = $1 and k.identity_id = ${id} and k.accepted_at is not null)
  or exists (select 1 from identity i where i.id = ${id} and i.created_at <= $2::timestamptz))`;

/**
 * The next thing to tell, of each patient in an order that a receiver can follow. A change of number comes first: all that
 * follows speaks of the new number. A record that the subscriber does not know is told before it is merged (A40 never
 * comes before A28); one that it knows is merged before it is updated, so that an INS never stands on two records there. A
 * refused change of number or merge holds what depends on it; a refused state holds nothing, the next one tells all of it.
 */
export async function nextEntry(
  tx: Db,
  subscriber: string,
  holdsBefore: Date | null,
  lane: { readonly load: boolean },
): Promise<DiffusionEntry | undefined> {
  // A sending without an answer comes first: until it has one, nobody knows what numbers the subscriber goes by.
  const begun = await maybe<DiffusionEntry>(
    tx,
    `select ${ENTRY} from diffusion_entry e where e.subscriber = $1 and e.state = 'sending' order by e.id limit 1
     for update of e`,
    [subscriber],
  );
  return begun ?? nextWaiting(tx, subscriber, holdsBefore, lane);
}

async function nextWaiting(
  tx: Db,
  subscriber: string,
  holdsBefore: Date | null,
  lane: { readonly load: boolean },
): Promise<DiffusionEntry | undefined> {
  return maybe<DiffusionEntry>(
    tx,
    `select ${ENTRY} from diffusion_entry e
     where e.subscriber = $1 and e.state = 'waiting' and e.load = $3
       and not exists (
         select 1 from diffusion_entry n where n.subscriber = $1 and n.kind = 'number' and n.identity_id = e.identity_id
           and n.state in ('waiting', 'sending', 'refused') and (e.kind <> 'number' or n.id < e.id))
       and case e.kind
         when 'number' then true
         when 'state' then not exists (
             select 1 from diffusion_entry m where m.subscriber = $1 and m.kind = 'merge' and m.identity_id = e.identity_id
               and m.state in ('waiting', 'sending'))
           or not ${knows('e.identity_id')}
         else not exists (
             select 1 from diffusion_entry m where m.subscriber = $1 and m.kind = 'merge' and m.id < e.id
               and m.state in ('waiting', 'sending', 'refused')
               and (m.identity_id in (e.identity_id, e.other_id) or m.other_id in (e.identity_id, e.other_id)))
           and (${knows('e.identity_id')} or not exists (
             select 1 from diffusion_entry s where s.subscriber = $1 and s.kind = 'state' and s.identity_id = e.identity_id
               and s.state in ('waiting', 'sending', 'refused')))
       end
     order by e.id limit 1 for update of e skip locked`,
    [subscriber, holdsBefore, lane.load],
  );
}

export async function markSending(tx: Db, id: number, controlId: string, sent: SentTerms): Promise<void> {
  await tx.query(
    `update diffusion_entry set state = 'sending', attempts = attempts + 1, control_id = $2, event = $3, sent = $4
     where id = $1`,
    [id, controlId, sent.event, JSON.stringify(sent)],
  );
}

export interface Settlement {
  readonly state: 'accepted' | 'refused' | 'dropped';
  readonly at: Date;
  readonly answer: string | null;
  readonly ruleId: string | null;
  readonly detail: string | null;
}

export async function settleEntry(tx: Db, id: number, settled: Settlement): Promise<void> {
  const { state, at, answer, ruleId, detail } = settled;
  await tx.query(
    'update diffusion_entry set state = $2, settled_at = $3, answer = $4, rule_id = $5, detail = $6 where id = $1',
    [id, state, at, answer, ruleId, detail],
  );
}

/** Nothing was to be told after all: no trace is worth keeping. */
export async function forgetEntry(tx: Db, id: number): Promise<void> {
  await tx.query('delete from diffusion_entry where id = $1', [id]);
}

/** A whole record was accepted: what was refused of it before is told now. */
export async function supersedeRefusals(tx: Db, entry: DiffusionEntry, ruleId: string, at: Date): Promise<void> {
  await tx.query(
    `update diffusion_entry set state = 'dropped', rule_id = $4, settled_at = $5
     where subscriber = $1 and identity_id = $2 and kind = 'state' and state = 'refused' and id < $3`,
    [entry.subscriber, entry.identityId, entry.id, ruleId, at],
  );
}

export interface Known {
  readonly acceptedAt: Date | null;
  readonly insOids: readonly string[];
  /** `domain|value`. */
  readonly numbers: readonly string[];
  readonly digest: Buffer | null;
}

export async function knownOf(db: Db, subscriber: string, identityId: string): Promise<Known | undefined> {
  return maybe<Known>(
    db,
    `select accepted_at as "acceptedAt", ins_oids as "insOids", numbers, digest from diffusion_known
     where subscriber = $1 and identity_id = $2`,
    [subscriber, identityId],
  );
}

/**
 * Records that were closed into this one and that the subscriber knows by a number that this one bears in use now: the
 * software of another domain goes on with that number, and to it the patient is the same.
 */
export async function knownUnderClosed(
  db: Db,
  subscriber: string,
  identityId: string,
  numbers: readonly string[],
): Promise<{ identityId: string; insOids: string[] }[]> {
  return many(
    db,
    `select k.identity_id as "identityId", k.ins_oids as "insOids" from identity closed
     join diffusion_known k on k.identity_id = closed.id and k.subscriber = $1
     where closed.merged_into = $2 and not closed.active and k.accepted_at is not null and k.numbers && $3::text[]`,
    [subscriber, identityId, numbers],
  );
}

/** Before it is sent: from now on it may have been read. */
export async function noteGiven(
  tx: Db,
  subscriber: string,
  identityId: string,
  given: { readonly insOids: readonly string[]; readonly numbers: readonly string[] },
): Promise<void> {
  await tx.query(
    `insert into diffusion_known (subscriber, identity_id, ins_oids, numbers) values ($1, $2, $3, $4)
     on conflict (subscriber, identity_id) do update set
       ins_oids = (select array(select unnest(diffusion_known.ins_oids) union select unnest(excluded.ins_oids))),
       numbers = (select array(select unnest(diffusion_known.numbers) union select unnest(excluded.numbers))), digest = null`,
    [subscriber, identityId, given.insOids, given.numbers],
  );
}

/** It took it: what it had besides is gone. */
export async function noteAccepted(
  tx: Db,
  subscriber: string,
  identityId: string,
  told: {
    readonly insOids: readonly string[];
    readonly numbers: readonly string[];
    readonly digest: Buffer;
    readonly at: Date;
  },
): Promise<void> {
  await tx.query(
    `update diffusion_known set accepted_at = $3, ins_oids = $4, numbers = $5, digest = $6
     where subscriber = $1 and identity_id = $2`,
    [subscriber, identityId, told.at, told.insOids, told.numbers, told.digest],
  );
}

/**
 * It took this message, or an earlier sending of it: the same numbers, but perhaps another INS. All that it was given it may
 * still hold.
 */
export async function noteAcceptedOneOf(
  tx: Db,
  subscriber: string,
  identityId: string,
  numbers: readonly string[],
  at: Date,
): Promise<void> {
  await tx.query(
    `update diffusion_known set accepted_at = $3, numbers = $4, digest = null where subscriber = $1 and identity_id = $2`,
    [subscriber, identityId, at, numbers],
  );
}

/** Nothing of it reached the subscriber: a change that comes now may still be told by it. */
export async function unmarkSending(tx: Db, id: number): Promise<void> {
  await tx.query(`update diffusion_entry set state = 'waiting', sent = null where id = $1`, [id]);
}

/** The record is no longer one there. */
export async function forgetKnown(tx: Db, subscriber: string, identityId: string): Promise<void> {
  await tx.query('delete from diffusion_known where subscriber = $1 and identity_id = $2', [subscriber, identityId]);
}

/** Has every subscriber told of the record as it is now, as after any change of it. */
export async function noteIdentity(tx: Db, identityId: string): Promise<void> {
  await tx.query('select diffusion_note_state($1)', [identityId]);
}

/** Does a subscriber still have to take, or to be made to take, what this record is now? */
export async function isBeingTold(db: Db, subscriber: string, identityId: string): Promise<boolean> {
  const row = await maybe(
    db,
    `select 1 from diffusion_entry where subscriber = $1 and identity_id = $2 and state in ('waiting', 'sending', 'refused') limit 1`,
    [subscriber, identityId],
  );
  return row !== undefined;
}
