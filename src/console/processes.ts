/** Living processes on the home page: how far a rolling upgrade has come, and who has fallen silent. */
import { listProcesses, type ProcessRecord } from '../store/processes.ts';
import { table } from './components.ts';
import { clockSeconds, dateTime } from './format.ts';
import { type HtmlValue, html } from './html.ts';
import type { Visit } from './visit.ts';

const ROLE_NAMES: Readonly<Record<string, string>> = { intake: 'entrée', worker: 'traitement', console: 'console' };
const STATES = { starting: 'démarre', ready: 'prêt', stopping: 's’arrête' } as const;

export function readProcesses({ gateway }: Visit): Promise<ProcessRecord[]> {
  return listProcesses(gateway.pool);
}

/** One process that is well needs no table. */
export function processesCard(processes: readonly ProcessRecord[]): HtmlValue {
  if (processes.length < 2 && !processes.some(({ silent }) => silent)) return false;
  const versions = new Set(processes.filter(({ silent }) => !silent).map(({ version }) => version));
  return html`<section class="card"><h2>Processus</h2>
${versions.size > 1 && html`<p>Mise à jour en cours : ${versions.size} versions fonctionnent ensemble.</p>`}
${table('Processus de l’installation', COLUMNS, processes.map(cells))}</section>`;
}

const COLUMNS = ['Processus', 'Rôles', 'Version', 'Depuis', 'Dernier signe', 'État'].map((label) => ({ label }));

function cells({ name, roles, version, startedAt, seenAt, state, silent }: ProcessRecord): HtmlValue[] {
  return [
    name,
    roles.map((role) => ROLE_NAMES[role] ?? role).join(', '),
    version,
    dateTime(startedAt),
    clockSeconds(seenAt),
    silent ? 'muet : arrêté brutalement, figé ou sans accès à la base' : STATES[state],
  ];
}
