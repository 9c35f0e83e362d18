/** `import communes`: the INSEE file of the events of communes, so that a birth in a vanished commune meets its new code. */
import { createReadStream } from 'node:fs';
import { parseCivilDate } from '../../ins/civil-date.ts';
import { parseCogCode } from '../../ins/cog.ts';
import { type CommuneChange, replaceCommuneChanges } from '../../store/communes.ts';
import { openPool } from '../../store/db.ts';
import { migrate } from '../../store/migrate.ts';
import { csvRows } from '../../wire/csv/read.ts';
import { findInstallation } from '../installation.ts';
import { type Outcome, UsageFault } from '../outcome.ts';

export interface ImportCommunesOptions {
  readonly config?: string;
  readonly data: string;
}

const COLUMNS = ['MOD', 'DATE_EFF', 'COM_AV', 'COM_AP'] as const;

export async function importCommunes(
  file: string,
  options: ImportCommunesOptions,
  databaseUrl: string | undefined,
): Promise<Outcome> {
  const { databaseUrl: url } = await findInstallation(options, databaseUrl);
  if (url === undefined) throw new UsageFault("Aucune base dans ce dossier : lancez d'abord l'installation.");
  const { changes, unreadable } = await readChanges(file);
  if (changes.length === 0) throw new UsageFault(`Aucun événement de commune dans ${file}.`);
  const pool = openPool(url, 2, () => undefined);
  try {
    await migrate(pool);
    const kept = await replaceCommuneChanges(pool, changes);
    return {
      code: 0,
      lines: [
        `${kept} changements de code enregistrés.`,
        ...(unreadable.length === 0 ? [] : [`Lignes illisibles, laissées : ${unreadable.slice(0, 20).join(', ')}`]),
      ],
      result: { kept, unreadable },
    };
  } finally {
    await pool.end();
  }
}

/** A line whose two codes are the same (a new name, a commune that became a delegated one) says nothing of codes. */
async function readChanges(file: string): Promise<{ changes: CommuneChange[]; unreadable: number[] }> {
  const changes: CommuneChange[] = [];
  const unreadable: number[] = [];
  let places: Record<(typeof COLUMNS)[number], number> | undefined;
  for await (const { line, cells } of csvRows(createReadStream(file, { encoding: 'utf8' }))) {
    if (places === undefined) {
      places = placesOf(cells, file);
      continue;
    }
    const cell = (name: (typeof COLUMNS)[number]) => cells[places?.[name] ?? -1]?.trim() ?? '';
    const [from, to, on] = [
      parseCogCode(cell('COM_AV')),
      parseCogCode(cell('COM_AP')),
      parseCivilDate(cell('DATE_EFF')),
    ];
    if (!from.ok || !to.ok || !on.ok || cell('MOD') === '') unreadable.push(line);
    else if (from.value !== to.value) changes.push({ from: from.value, to: to.value, on: on.value, kind: cell('MOD') });
  }
  return { changes, unreadable };
}

function placesOf(header: readonly string[], file: string): Record<(typeof COLUMNS)[number], number> {
  const names = header.map((name) =>
    name
      .replace(/^\uFEFF/, '')
      .trim()
      .toUpperCase(),
  );
  const missing = COLUMNS.filter((name) => !names.includes(name));
  if (missing.length > 0)
    throw new UsageFault(`${file} n'est pas le fichier des événements de communes : il manque ${missing.join(', ')}.`);
  return Object.fromEntries(COLUMNS.map((name) => [name, names.indexOf(name)])) as Record<
    (typeof COLUMNS)[number],
    number
  >;
}
