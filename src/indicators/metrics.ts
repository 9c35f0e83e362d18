/** Prometheus metrics, read from the tables at scrape time: counts only, never a name nor a number of a patient. */
import { Gauge, type Registry } from 'prom-client';
import { many, type Pool } from '../store/db.ts';

interface Counted {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** One row per series: the labels, then `value`. */
  readonly sql: string;
}

const GAUGES: readonly Counted[] = [
  {
    name: 'traitdunion_documents',
    help: 'Documents by state',
    labels: ['state'],
    sql: 'select state, count(*) as value from document group by state',
  },
  {
    name: 'traitdunion_identities',
    help: 'Active identities by RNIV status',
    labels: ['status'],
    sql: 'select status, count(*) as value from identity where active group by status',
  },
  {
    name: 'traitdunion_tasks',
    help: 'Tasks by kind',
    labels: ['kind'],
    sql: 'select kind, count(*) as value from task group by kind',
  },
  {
    name: 'traitdunion_oldest_task_seconds',
    help: 'Age of the oldest due task by kind, seconds',
    labels: ['kind'],
    sql: 'select kind, extract(epoch from now() - min(run_at)) as value from task where run_at <= now() group by kind',
  },
  {
    name: 'traitdunion_circuit_open',
    help: '1 while the circuit of a national service is not closed',
    labels: ['service'],
    sql: `select service, case when state = 'closed' then 0 else 1 end as value from service_circuit`,
  },
];

export function registerMetrics(registry: Registry, pool: Pool): void {
  for (const { name, help, labels, sql } of GAUGES) {
    const gauge: Gauge = new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers: [registry],
      async collect() {
        gauge.reset();
        for (const row of await many<Record<string, string | number>>(pool, sql)) {
          const series = Object.fromEntries(labels.map((label) => [label, String(row[label])]));
          gauge.set(series, Number(row.value));
        }
      },
    });
  }
}
