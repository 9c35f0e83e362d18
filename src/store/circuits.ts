/** Health of a national service, shared by every worker process: circuit breaker and pace live in one row. */
import { type Db, many, maybe } from './db.ts';

export type Service = 'INSi' | 'DMP' | 'MSSanté';

export interface Circuit {
  readonly service: Service;
  readonly state: 'closed' | 'open' | 'half-open';
  readonly failures: number;
  readonly since: Date;
  readonly probeAt: Date | null;
  readonly lastError: string | null;
}

/** Milliseconds (`performance.now`) at which each service was last seen healthy, by one process. */
export type SeenHealthy = Map<Service, number>;

/**
 * For so long a process takes a healthy service for healthy: two questions less for each document, and a service that fails
 * elsewhere is called for so much longer. Milliseconds.
 */
const HEALTHY_FOR_MS = 500;

function isSeenHealthy(seen: SeenHealthy | undefined, service: Service): boolean {
  return performance.now() - (seen?.get(service) ?? Number.NEGATIVE_INFINITY) < HEALTHY_FOR_MS;
}

const SELECT = `select service, state, failures, since, probe_at as "probeAt", last_error as "lastError" from service_circuit`;

export async function allCircuits(db: Db): Promise<Circuit[]> {
  return many<Circuit>(db, `${SELECT} order by service`);
}

/**
 * Asks leave to call. `0` means now; otherwise the milliseconds to wait. Closed: the next free slot of the permitted pace.
 * Open: nothing until the probe is due, then exactly one caller becomes the probe (half-open).
 */
export async function askLeave(
  tx: Db,
  service: Service,
  now: Date,
  pace: { intervalMs: number; probeAfterMs: number },
): Promise<number> {
  await tx.query(
    `insert into service_circuit (service, state, since) values ($1, 'closed', $2) on conflict do nothing`,
    [service, now],
  );
  const row = await maybe<{ state: Circuit['state']; probeAt: Date | null; nextSlotAt: Date | null }>(
    tx,
    `select state, probe_at as "probeAt", next_slot_at as "nextSlotAt" from service_circuit where service = $1 for update`,
    [service],
  );
  if (row === undefined) return 0;
  if (row.state !== 'closed') {
    const wait = (row.probeAt?.getTime() ?? 0) - now.getTime();
    if (wait > 0) return wait;
    // A probe whose process died is replaced when its own time is up.
    await tx.query(`update service_circuit set state = 'half-open', probe_at = $2 where service = $1`, [
      service,
      new Date(now.getTime() + pace.probeAfterMs),
    ]);
    return 0;
  }
  const wait = (row.nextSlotAt?.getTime() ?? 0) - now.getTime();
  if (wait > 0) return wait;
  await tx.query('update service_circuit set next_slot_at = $2 where service = $1', [
    service,
    new Date(now.getTime() + pace.intervalMs),
  ]);
  return 0;
}

/** Closed and without a failure to forget: whoever has no pace to keep may call, without writing anything. */
export async function isHealthy(db: Db, service: Service, seen?: SeenHealthy): Promise<boolean> {
  if (isSeenHealthy(seen, service)) return true;
  const healthy = `select 1 from service_circuit where service = $1 and state = 'closed' and failures = 0`;
  const found = (await maybe(db, healthy, [service])) !== undefined;
  if (found) seen?.set(service, performance.now());
  return found;
}

/** The service answered, whatever it said: the circuit closes. True when it was not closed before. */
export async function recordHealthy(tx: Db, service: Service, now: Date, seen?: SeenHealthy): Promise<boolean> {
  if (isSeenHealthy(seen, service)) return false;
  const { rowCount } = await tx.query(
    `update service_circuit set state = 'closed', failures = 0, probe_at = null, last_error = null,
       since = case when state = 'closed' then since else $2 end
     where service = $1 and (state <> 'closed' or failures > 0)`,
    [service, now],
  );
  return (rowCount ?? 0) > 0;
}

/** The service failed: after `limit` failures in a row, or on a failed probe, the circuit opens. */
export async function recordFailure(
  tx: Db,
  service: Service,
  now: Date,
  failure: { error: string; limit: number; probeAfterMs: number },
  seen?: SeenHealthy,
): Promise<void> {
  seen?.delete(service);
  await tx.query(
    `insert into service_circuit (service, state, failures, since, last_error) values ($1, 'closed', 1, $2, $3)
     on conflict (service) do update set
       failures = service_circuit.failures + 1,
       last_error = excluded.last_error,
       state = case when service_circuit.state <> 'closed' or service_circuit.failures + 1 >= $4 then 'open' else 'closed' end,
       since = case when service_circuit.state = 'closed' and service_circuit.failures + 1 >= $4 then $2 else service_circuit.since end,
       probe_at = case when service_circuit.state <> 'closed' or service_circuit.failures + 1 >= $4 then $5::timestamptz end`,
    [service, now, failure.error, failure.limit, new Date(now.getTime() + failure.probeAfterMs)],
  );
}
