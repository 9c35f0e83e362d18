/**
 * Counts what comes through the doors. In memory, because the one row of a busy sender would make every commit of every
 * sender wait for the others.
 */
import { createHash } from 'node:crypto';
import { type Pool, transaction } from '../store/db.ts';
import { addToFlows, type Flow } from '../store/flows.ts';
import { addObservations, type Observation, type ObservedCount, type Observer } from '../store/observed.ts';

export interface Recorder extends Observer {
  /** Writes what was counted. Rejects when it could not; the counts are then kept for the next time. */
  flush(): Promise<void>;
  /** Writes what is left. */
  stop(): Promise<void>;
}

/**
 * Different combinations between two writings. Beyond, what a sender says of itself is left out of the line: a name that
 * changes with every call must fill neither the memory nor the table.
 */
const MOST_LINES = 2_000;
/** Characters of each text. */
const LONGEST = 200;

/**
 * Writes `everyMs` after the first observation that is not written yet: a process killed with -9 loses at most that much of
 * these counts, and nothing else; a statement whose outcome was lost with its connection may count twice.
 */
export function startRecorder(pool: Pool, everyMs: number, onError: (error: unknown) => void): Recorder {
  let counts = new Map<string, ObservedCount>();
  let timer: NodeJS.Timeout | undefined;

  const add = (id: string, count: ObservedCount): void => {
    const before = counts.get(id);
    counts.set(id, before === undefined ? count : merged(before, count));
    timer ??= setTimeout(() => flush().catch(onError), everyMs).unref();
  };
  const see = (observation: Observation, at: Date): void => {
    const day = parisDay(at);
    const id = idOf(observation, day);
    const known = counts.get(id);
    if (known === undefined && counts.size >= MOST_LINES && !isAnonymous(observation)) see(anonymous(observation), at);
    else add(id, known === undefined ? countOf(observation, day, at) : { ...known, ...instant(at), messages: 1 });
  };
  const write = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const taken = counts;
    counts = new Map();
    if (taken.size === 0) return;
    try {
      const lines = [...taken.values()];
      await transaction(pool, async (tx) => {
        await addToFlows(tx, flowsOf(lines));
        await addObservations(tx, lines);
      });
    } catch (error) {
      for (const [id, count] of taken) add(id, count);
      throw error;
    }
  };
  let last = Promise.resolve();
  const flush = (): Promise<void> => {
    last = last.catch(() => undefined).then(write);
    return last;
  };
  return {
    see,
    flush,
    stop: async () => {
      try {
        await flush();
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function instant(at: Date): Pick<ObservedCount, 'firstSeen' | 'lastSeen'> {
  return { firstSeen: at, lastSeen: at };
}

function merged(a: ObservedCount, b: ObservedCount): ObservedCount {
  return {
    ...a,
    firstSeen: a.firstSeen < b.firstSeen ? a.firstSeen : b.firstSeen,
    lastSeen: a.lastSeen > b.lastSeen ? a.lastSeen : b.lastSeen,
    messages: a.messages + b.messages,
  };
}

function textsOf(seen: Observation): string[] {
  return [
    seen.eg ?? '',
    seen.application,
    seen.facility,
    seen.api,
    seen.product ?? '',
    seen.productVersion ?? '',
    seen.protocolVersion ?? '',
    seen.homologation ?? '',
    seen.certificate ?? '',
    seen.structure ?? '',
    seen.transaction,
    seen.identityKind,
    seen.basis,
  ].map((text) => text.slice(0, LONGEST));
}

/** Cheap: it is asked for at every message, the digest once for a line. */
function idOf(seen: Observation, day: string): string {
  return [...textsOf(seen), seen.outcome, seen.ruleId ?? '', day].join('\u0000');
}

function countOf(seen: Observation, day: string, at: Date): ObservedCount {
  const texts = textsOf(seen);
  const [eg = '', application = '', facility = '', api = '', product = '', productVersion = '', protocolVersion = ''] =
    texts;
  const [homologation = '', certificate = '', structure = '', transaction = '', identityKind = '', basis = ''] =
    texts.slice(7);
  return {
    key: createHash('sha256').update(JSON.stringify(texts)).digest('base64url'),
    ...{ eg, application, facility, api, product, productVersion, protocolVersion },
    ...{ homologation, certificate, structure, transaction, identityKind, basis },
    day,
    outcome: seen.outcome,
    ruleId: seen.ruleId ?? '',
    ...instant(at),
    messages: 1,
  };
}

/** What a sender says of itself, put in the one line of those that say too much. */
const ANYBODY = '…';

function isAnonymous({ application }: Observation): boolean {
  return application === ANYBODY;
}

function anonymous({ eg, api, transaction, identityKind, basis, outcome, ruleId }: Observation): Observation {
  return { eg, application: ANYBODY, facility: '', api, transaction, identityKind, basis, outcome, ruleId };
}

/** What was accepted of HL7, as `GET /flows` gives it. */
function flowsOf(counts: readonly ObservedCount[]): Flow[] {
  const flows = new Map<string, Flow>();
  for (const count of counts) {
    if (count.api !== 'HL7v2' || count.outcome !== 'accepted') continue;
    const { application, facility, protocolVersion: version, transaction: messageKind, api, identityKind } = count;
    const id = [application, facility, version, messageKind, identityKind].join('\u0000');
    const before = flows.get(id);
    const { firstSeen, lastSeen, messages } = before === undefined ? count : merged({ ...count, ...before }, count);
    flows.set(id, { application, facility, version, messageKind, api, identityKind, firstSeen, lastSeen, messages });
  }
  return [...flows.values()];
}

const PARIS = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Paris' });
const HOUR_MS = 3_600_000;
let lastHour = Number.NaN;
let lastDay = '';

/** AAAA-MM-JJ. Paris is whole hours from UTC: the same hour is the same day. */
export function parisDay(at: Date): string {
  const hour = Math.floor(at.getTime() / HOUR_MS);
  if (hour !== lastHour) {
    lastHour = hour;
    lastDay = PARIS.format(at);
  }
  return lastDay;
}
