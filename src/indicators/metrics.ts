/** Prometheus metrics of the installation, read from the tables: counts only, never a name nor a number of a patient. */
import { Gauge, type Registry } from 'prom-client';
import { many, type Pool } from '../store/db.ts';

interface Counted {
  readonly name: string;
  readonly help: string;
  /** Closed lists: states, kinds, rules of the catalogue. */
  readonly labels: readonly string[];
  /** One row per series: the labels, then `value`. */
  readonly sql: string;
  /** Milliseconds during which the last reading serves again; what walks a large index is not read at each scrape. */
  readonly keepMs: number;
}

const QUICK_MS = 1_000;
const SLOW_MS = 30_000;

const GAUGES: readonly Counted[] = [
  {
    name: 'traitdunion_documents',
    help: 'Documents by state',
    labels: ['state'],
    sql: 'select state, count(*) as value from document group by state',
    keepMs: SLOW_MS,
  },
  {
    name: 'traitdunion_documents_held',
    help: 'Documents that wait, are ready or of unknown outcome, by rule',
    labels: ['state', 'rule'],
    sql: `select state, coalesce(rule_id, 'none') as rule, count(*) as value from document
          where state in ('waiting', 'ready', 'unknown') group by state, rule_id`,
    keepMs: SLOW_MS,
  },
  {
    name: 'traitdunion_documents_oldest_seconds',
    help: 'Age of the oldest document by state that is not an end, seconds',
    labels: ['state'],
    sql: `select state, extract(epoch from now() - min(received_at)) as value from document
          where state in ('received', 'waiting', 'ready', 'sending', 'unknown') group by state`,
    keepMs: SLOW_MS,
  },
  {
    name: 'traitdunion_identities',
    help: 'Active identities by RNIV status',
    labels: ['status'],
    sql: 'select status, count(*) as value from identity where active group by status',
    keepMs: SLOW_MS,
  },
  {
    name: 'traitdunion_tasks',
    help: 'Tasks by kind',
    labels: ['kind'],
    sql: 'select kind, count(*) as value from task group by kind',
    keepMs: QUICK_MS,
  },
  {
    name: 'traitdunion_oldest_task_seconds',
    help: 'Age of the oldest due task by kind, seconds',
    labels: ['kind'],
    sql: 'select kind, extract(epoch from now() - min(run_at)) as value from task where run_at <= now() group by kind',
    keepMs: QUICK_MS,
  },
  {
    name: 'traitdunion_circuit_open',
    help: '1 while the circuit of a national service is not closed',
    labels: ['service'],
    sql: `select service, case when state = 'closed' then 0 else 1 end as value from service_circuit`,
    keepMs: QUICK_MS,
  },
  {
    name: 'traitdunion_insi_waiting',
    help: 'Identities whose question to INSi waits',
    labels: [],
    sql: `select count(*) as value from identity where active and insi_state = 'queued'`,
    keepMs: QUICK_MS,
  },
  {
    name: 'traitdunion_ins_verifications',
    help: 'Identities of the open campaign of verification, by outcome; remaining: not asked yet',
    labels: ['outcome'],
    sql: `select outcome, value from verification_campaign cross join lateral (values
            ('identical', identical), ('updated', updated), ('ins-changed', ins_changed), ('differing', differing),
            ('not-found', not_found), ('unanswered', unanswered), ('skipped', skipped),
            ('remaining', greatest(0, total - identical - updated - ins_changed - differing - not_found - unanswered - skipped))
          ) as counted (outcome, value) where state in ('running', 'paused')`,
    keepMs: QUICK_MS,
  },
  {
    name: 'traitdunion_answers_pending',
    help: 'Business answers not delivered yet',
    labels: [],
    sql: `select count(*) as value from answer where state = 'pending'`,
    keepMs: QUICK_MS,
  },
  {
    name: 'traitdunion_alerts',
    help: 'Alerts that go on, by rule and severity',
    labels: ['rule', 'severity'],
    sql: 'select rule_id as rule, severity, count(*) as value from alert where ended_at is null group by rule_id, severity',
    keepMs: QUICK_MS,
  },
  {
    name: 'traitdunion_pruned_rows',
    help: 'Rows whose content a retention rule took away, since the installation exists',
    labels: ['rule'],
    sql: 'select rule_id as rule, rows as value from pruned_total',
    keepMs: QUICK_MS,
  },
  {
    name: 'traitdunion_pruned_bytes',
    help: 'Bytes that retention rules took away, since the installation exists',
    labels: ['rule'],
    sql: 'select rule_id as rule, bytes as value from pruned_total',
    keepMs: QUICK_MS,
  },
];

export function registerMetrics(registry: Registry, pool: Pool, now: () => number = Date.now): void {
  for (const { name, help, labels, sql, keepMs } of GAUGES) {
    let readAt: number | undefined;
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        if (readAt !== undefined && now() - readAt < keepMs) return;
        const rows = await many<Record<string, string | number>>(pool, sql).catch(() => undefined);
        gauge.reset();
        readAt = now();
        // A database that is away must not take the figures of the process away with it.
        for (const row of rows ?? []) {
          const series = Object.fromEntries(labels.map((label) => [label, String(row[label])]));
          gauge.set(series, Number(row.value));
        }
        up.set(rows === undefined ? 0 : 1);
      },
    });
  }
  const up = new Gauge({
    name: 'traitdunion_database_up',
    help: '1 while the database answers the questions of this page',
    registers: [registry],
  });
}
