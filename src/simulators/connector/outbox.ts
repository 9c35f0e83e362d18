/**
 * What a connector owes and the patience it has: every order is tried until it is done, and what it was told is written in a
 * synced journal, which is what an operator of the day before would read. No national number goes into it.
 */
import { openJournal } from '../common/journal.ts';
import type { Connector, Submission } from './connector.ts';
import type { ConnectorDocument, ConnectorPatient, Endpoint, NamedPatient } from './model.ts';
import type { CertifiedIdentity } from './questions.ts';
import type { Said } from './soap.ts';

export type Order =
  | {
      readonly kind: 'new';
      readonly patient: ConnectorPatient;
      readonly document: Omit<ConnectorDocument, 'replaces'>;
    }
  | {
      readonly kind: 'replacement';
      readonly patient: ConnectorPatient;
      readonly document: Omit<ConnectorDocument, 'replaces'>;
      /** uniqueId of the version before. */
      readonly replaces: string;
    }
  | { readonly kind: 'deletion'; readonly patient: ConnectorPatient; readonly uniqueId: string };

/** `duplicate`: the uniqueId was known already, which after a lost answer means that the first attempt had succeeded. */
type Told = 'accepted' | 'duplicate' | 'busy' | 'refused' | 'unreachable';

export type JournalEntry =
  | { readonly type: 'queued'; readonly at: string; readonly kind: Order['kind']; readonly uniqueId: string }
  | {
      readonly type: 'told';
      readonly at: string;
      readonly uniqueId: string;
      readonly transaction: string;
      readonly endpoint: string;
      readonly said: Told;
      readonly code?: string;
      readonly reason?: string;
    }
  | { readonly type: 'cut-over'; readonly at: string; readonly endpoint: string };

export interface OutboxOptions {
  readonly connector: Connector;
  /** Path of the journal. */
  readonly journal: string;
  readonly now: () => Date;
  /** Resolves after so many milliseconds of the connector's own time. */
  readonly wait: (ms: number) => Promise<void>;
  /** Tries again what was refused too, as an operator who presses « send again » would. Default: a refusal ends the order. */
  readonly insistent?: boolean;
}

export type Ended = { readonly said: 'accepted' | 'duplicate' } | { readonly said: 'refused'; readonly reason: string };

export interface Outbox {
  /** Resolves when the order is done, or refused for good; rejects only when the journal cannot be written or at the close. */
  send(order: Order): Promise<Ended>;
  cutOver(endpoint: Endpoint): Promise<void>;
  close(): Promise<void>;
}

export async function openOutbox(options: OutboxOptions): Promise<Outbox> {
  const { connector, now } = options;
  const journal = await openJournal<JournalEntry>(options.journal, () => undefined);
  const certified = new Map<string, CertifiedIdentity | 'unknown'>();
  let closed = false;
  const at = (): string => now().toISOString();

  /** One call, tried until it ends; `lost`: whether an attempt before may have been done. */
  async function insist<T>(
    uniqueId: string,
    transaction: string,
    attempt: () => Promise<Said<T>>,
  ): Promise<Extract<Said<T>, { kind: 'done' }> | { kind: 'ended'; code: string; reason: string; lost: boolean }> {
    let pause = connector.profile.patience.firstMs;
    let lost = false;
    for (;;) {
      if (closed) throw new Error('outbox closed');
      const endpoint = connector.endpoint().url;
      const said = await attempt();
      const duplicate = said.kind === 'refused' && isDuplicate(said.code);
      const told: Told = said.kind === 'done' ? 'accepted' : duplicate ? 'duplicate' : said.kind;
      const why = said.kind === 'done' ? {} : { code: said.code, reason: said.reason };
      await journal.append({ type: 'told', at: at(), uniqueId, transaction, endpoint, said: told, ...why });
      if (said.kind === 'done') return said;
      if (duplicate || (said.kind === 'refused' && options.insistent !== true)) {
        return { kind: 'ended', code: said.code, reason: said.reason, lost };
      }
      lost ||= said.kind === 'unreachable';
      await options.wait(pause);
      pause = Math.min(pause * 2, connector.profile.patience.maxMs);
    }
  }

  /** Once by patient: TD0.0, else the card, for what it no longer certifies. */
  async function nameOf(patient: ConnectorPatient, uniqueId: string): Promise<NamedPatient> {
    const known = certified.get(patient.ipp);
    if (known !== undefined) return connector.name(patient, known === 'unknown' ? undefined : known);
    const said = await connector.certify(patient);
    const told = said.kind === 'done' ? 'accepted' : said.kind;
    const why = said.kind === 'done' ? {} : { code: said.code, reason: said.reason };
    const endpoint = connector.endpoint().url;
    await journal.append({ type: 'told', at: at(), uniqueId, transaction: 'TD0.0', endpoint, said: told, ...why });
    if (said.kind === 'done') certified.set(patient.ipp, said.value);
    if (said.kind === 'refused') certified.set(patient.ipp, 'unknown');
    return connector.name(patient, said.kind === 'done' ? said.value : undefined);
  }

  async function feed(order: Exclude<Order, { kind: 'deletion' }>): Promise<Ended> {
    const { patient, document } = order;
    const { uniqueId } = document;
    const named = await nameOf(patient, uniqueId);
    if (connector.profile.asksExistence) {
      const asked = await insist(uniqueId, 'TD0.2', () => connector.exists(named));
      if (asked.kind === 'ended') return { said: 'refused', reason: asked.reason };
      if (asked.value !== 'open') return { said: 'refused', reason: 'no open DMP' };
    }
    let submission: Submission;
    if (order.kind === 'replacement') {
      const found = await referenceOf(order.replaces, uniqueId, named);
      if (typeof found !== 'string') return found;
      const replaces = { uniqueId: order.replaces, entryUuid: found };
      submission = connector.prepare({ ...document, replaces }, named);
    } else {
      submission = connector.prepare(document, named);
    }
    const fed = await insist(uniqueId, 'TD2.1', () => connector.feed(submission));
    if (fed.kind === 'done') return { said: 'accepted' };
    return isDuplicate(fed.code) ? { said: 'duplicate' } : { said: 'refused', reason: `${fed.code} ${fed.reason}` };
  }

  async function referenceOf(wanted: string, uniqueId: string, named: NamedPatient): Promise<string | Ended> {
    const found = await insist(uniqueId, 'TD3.1b', () => connector.find(wanted, named));
    if (found.kind === 'ended') return { said: 'refused', reason: found.reason };
    return found.value.entryUuid ?? { said: 'refused', reason: 'document not found' };
  }

  async function remove({ patient, uniqueId }: Extract<Order, { kind: 'deletion' }>): Promise<Ended> {
    const named = await nameOf(patient, uniqueId);
    const found = await referenceOf(uniqueId, uniqueId, named);
    if (typeof found !== 'string') return found;
    const removed = await insist(uniqueId, 'TD3.3c', () => connector.remove(found, named, `${uniqueId}.3`));
    if (removed.kind === 'done') return { said: 'accepted' };
    // Its first attempt may have been done while the answer was lost.
    return removed.lost ? { said: 'duplicate' } : { said: 'refused', reason: `${removed.code} ${removed.reason}` };
  }

  return {
    async send(order) {
      const uniqueId = order.kind === 'deletion' ? order.uniqueId : order.document.uniqueId;
      await journal.append({ type: 'queued', at: at(), kind: order.kind, uniqueId });
      return order.kind === 'deletion' ? remove(order) : feed(order);
    },
    async cutOver(endpoint) {
      connector.pointTo(endpoint);
      await journal.append({ type: 'cut-over', at: at(), endpoint: endpoint.url });
    },
    async close() {
      closed = true;
      connector.close();
      await journal.close();
    },
  };
}

function isDuplicate(code: string): boolean {
  return code === 'XDSDuplicateUniqueIdInRegistry';
}
