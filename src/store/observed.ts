/** What each application was seen to send: the observatory's raw material. Counts only, never a patient. */
import { type Db, many } from './db.ts';

export type ObservedApi = 'HL7v2' | 'REST' | 'FHIR' | 'folder' | 'V1' | 'V2';
/** `none`: the transaction carries no identity. */
export type IdentityKind = 'INS' | 'INS-C' | 'NIR' | 'IPP' | 'none';
/** What the wire said, or what was concluded from the rest (practice 21). */
export type Basis = 'seen' | 'inferred';
/** `waiting`: told to come back. */
export type ObservedOutcome = 'accepted' | 'waiting' | 'refused';

/** One message or call. */
export interface Observation {
  /** Undefined when nobody declared the sender. */
  readonly eg?: string | undefined;
  readonly application: string;
  readonly facility: string;
  readonly api: ObservedApi;
  /** SFT-3 and SFT-2, or LPS_Nom and LPS_Version of a VIHF. */
  readonly product?: string | undefined;
  readonly productVersion?: string | undefined;
  /** MSH-12, or the version of the VIHF. */
  readonly protocolVersion?: string | undefined;
  /** LPS_ID_HOMOLOGATION_DMP. */
  readonly homologation?: string | undefined;
  /** Common name of the client certificate, and the structure that it names. */
  readonly certificate?: string | undefined;
  readonly structure?: string | undefined;
  /** `ADT^A01`, `TD2.1`. */
  readonly transaction: string;
  readonly identityKind: IdentityKind;
  readonly basis: Basis;
  readonly outcome: ObservedOutcome;
  /** Why it was refused or told to come back. */
  readonly ruleId?: string | undefined;
}

/** Where a use case says what it sees: in memory, written a little later. */
export interface Observer {
  see(observation: Observation, at: Date): void;
}

/** What one line is about: every text of an observation but its outcome. */
export interface ObservedLine {
  readonly key: string;
  readonly eg: string;
  readonly application: string;
  readonly facility: string;
  readonly api: string;
  readonly product: string;
  readonly productVersion: string;
  readonly protocolVersion: string;
  readonly homologation: string;
  readonly certificate: string;
  readonly structure: string;
  readonly transaction: string;
  readonly identityKind: string;
  readonly basis: string;
}

export interface ObservedCount extends ObservedLine {
  /** AAAA-MM-JJ, Paris. */
  readonly day: string;
  readonly outcome: string;
  readonly ruleId: string;
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly messages: number;
}

const LINE = `eg, application, facility, api, product, product_version, protocol_version, homologation, certificate, structure,
  transaction, identity_kind, identity_basis`;

/**
 * Adds counts, each combination at most once, in one statement. In the order of the keys: two processes that count the same
 * never deadlock.
 */
export async function addObservations(db: Db, counts: readonly ObservedCount[]): Promise<void> {
  if (counts.length === 0) return;
  const column = <K extends keyof ObservedCount>(name: K): ObservedCount[K][] => counts.map((count) => count[name]);
  await db.query(
    `with seen as (
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
         $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::date[], $16::text[], $17::text[],
         $18::timestamptz[], $19::timestamptz[], $20::bigint[])
       as seen (key, ${LINE}, day, outcome, rule_id, first_seen, last_seen, messages)),
     lines as (
       insert into observation (key, ${LINE}, first_seen, last_seen)
       select key, ${LINE}, min(first_seen), max(last_seen) from seen group by key, ${LINE} order by key
       on conflict (key) do update set first_seen = least(observation.first_seen, excluded.first_seen),
         last_seen = greatest(observation.last_seen, excluded.last_seen)),
     days as (
       insert into observation_day (key, day, outcome, rule_id, messages)
       select key, day, outcome, rule_id, sum(messages) from seen group by 1, 2, 3, 4 order by 1, 2, 3, 4
       on conflict (key, day, outcome, rule_id) do update set messages = observation_day.messages + excluded.messages)
     insert into observation_month (key, month, outcome, rule_id, messages)
     select key, date_trunc('month', day)::date, outcome, rule_id, sum(messages) from seen
     group by 1, 2, 3, 4 order by 1, 2, 3, 4
     on conflict (key, month, outcome, rule_id) do update set messages = observation_month.messages + excluded.messages`,
    [
      column('key'),
      column('eg'),
      column('application'),
      column('facility'),
      column('api'),
      column('product'),
      column('productVersion'),
      column('protocolVersion'),
      column('homologation'),
      column('certificate'),
      column('structure'),
      column('transaction'),
      column('identityKind'),
      column('basis'),
      column('day'),
      column('outcome'),
      column('ruleId'),
      column('firstSeen'),
      column('lastSeen'),
      column('messages'),
    ],
  );
}

export interface SeenLine extends ObservedLine {
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  /** Since the first day of the present month, and on the present day, Paris. */
  readonly month: number;
  readonly today: number;
  /** In the last thirty days; refused: of these. */
  readonly recent: number;
  readonly refused: number;
}

/** Every line with its present figures. `today`: AAAA-MM-JJ. */
export async function seenLines(db: Db, today: string): Promise<SeenLine[]> {
  return many<SeenLine>(
    db,
    `select o.key, o.eg, o.application, o.facility, o.api, o.product, o.product_version as "productVersion",
       o.protocol_version as "protocolVersion", o.homologation, o.certificate, o.structure, o.transaction,
       o.identity_kind as "identityKind", o.identity_basis as basis, o.first_seen as "firstSeen", o.last_seen as "lastSeen",
       coalesce(m.messages, 0)::bigint as month, coalesce(d.today, 0)::bigint as today,
       coalesce(d.recent, 0)::bigint as recent, coalesce(d.refused, 0)::bigint as refused
     from observation o
       left join (select key, sum(messages) as messages from observation_month
         where month = date_trunc('month', $1::date)::date group by key) m on m.key = o.key
       left join (select key, sum(messages) as recent, sum(messages) filter (where outcome = 'refused') as refused,
           sum(messages) filter (where day = $1::date) as today
         from observation_day where day > $1::date - 30 group by key) d on d.key = o.key
     order by o.eg, o.application, o.facility, o.api, o.transaction, o.key`,
    [today],
  );
}

export interface MonthOfUse {
  /** AAAA-MM. */
  readonly month: string;
  readonly api: string;
  readonly product: string;
  readonly productVersion: string;
  readonly transaction: string;
  readonly outcome: string;
  /** '' when no rule has to do with it. */
  readonly ruleId: string;
  readonly messages: number;
}

/** The months of these lines together, the last first. */
export async function monthsOfLines(db: Db, keys: readonly string[]): Promise<MonthOfUse[]> {
  return many<MonthOfUse>(
    db,
    `select to_char(m.month, 'YYYY-MM') as month, o.api, o.product, o.product_version as "productVersion", o.transaction,
       m.outcome, m.rule_id as "ruleId", sum(m.messages)::bigint as messages
     from observation_month m join observation o on o.key = m.key
     where m.key = any($1)
     group by m.month, o.api, o.product, o.product_version, o.transaction, m.outcome, m.rule_id
     order by m.month desc, o.api, o.product, o.product_version, o.transaction, m.outcome, m.rule_id`,
    [keys],
  );
}
