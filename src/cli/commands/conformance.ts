/** `conformance …`: the rule packs of an installation, installed, put in service, rehearsed. The gateway may be running. */
import { randomUUID } from 'node:crypto';
import pino from 'pino';
import { installPack, packFolders, setPackMode, startRehearsal } from '../../conformance/index.ts';
import type { UseCaseContext } from '../../queue/context.ts';
import { apiRules } from '../../rules/api.ts';
import type { Result } from '../../rules/rule.ts';
import { openPool } from '../../store/db.ts';
import { migrate } from '../../store/migrate.ts';
import { brokenRules, listRehearsals, type Rehearsal, rehearsalById } from '../../store/rehearsals.ts';
import { type InstalledPack, listPacks, type PackMode } from '../../store/rule-packs.ts';
import { findInstallation } from '../installation.ts';
import { type Outcome, refused, UsageFault } from '../outcome.ts';
import { table } from '../table.ts';

export interface ConformanceOptions {
  readonly config?: string;
}

const ACTOR = 'cli';
const SHOWN = 50;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MODES: Readonly<Record<PackMode, string>> = { off: 'hors service', observe: 'observation', block: 'bloquant' };

type Work = (context: UseCaseContext) => Promise<Outcome>;

async function onInstallation({ config: file }: ConformanceOptions, url: string | undefined, work: Work) {
  if (file === undefined) throw new UsageFault('option obligatoire absente : --config <fichier>');
  const { config, databaseUrl } = await findInstallation({ config: file, data: '.' }, url);
  if (config === undefined || databaseUrl === undefined)
    throw new UsageFault("Aucune base dans ce dossier : lancez d'abord l'installation.");
  const pool = openPool(databaseUrl, 2, () => undefined);
  try {
    await migrate(pool);
    const log = pino({ level: 'silent' });
    return await work({ config, pool, now: () => new Date(), newUuid: randomUUID, log });
  } finally {
    await pool.end();
  }
}

export function conformanceList(options: ConformanceOptions, url: string | undefined): Promise<Outcome> {
  return onInstallation(options, url, async ({ config, pool }) => {
    const [packs, rehearsals] = await Promise.all([listPacks(pool), listRehearsals(pool, SHOWN)]);
    const folders = packFolders(config);
    const known = packs.map(({ folder }) => folder);
    const others = folders.ok ? folders.value.filter((folder) => !known.includes(folder)) : [];
    return {
      code: 0,
      lines: [
        ...(packs.length === 0 ? ['Aucun paquet installé.'] : packTable(packs)),
        ...(others.length === 0 ? [] : ['', `Dossiers à installer : ${others.join(', ')}`]),
        ...(rehearsals.length === 0 ? [] : ['', ...rehearsalTable(rehearsals)]),
      ],
      result: { packs, folders: others, rehearsals },
    };
  });
}

function packTable(packs: readonly InstalledPack[]): string[] {
  return table(
    ['Paquet', 'Version', 'Mode', 'Identifiant'],
    packs.map(({ name, version, mode, sourceModes, id }) => {
      const own = Object.entries(sourceModes).map(([source, other]) => `${source} : ${MODES[other]}`);
      return [name, version, [MODES[mode], ...own].join(' ; '), id];
    }),
  );
}

function rehearsalTable(rehearsals: readonly Rehearsal[]): string[] {
  return table(
    ['Répétition', 'Vérifiés', 'Ne passeraient plus', 'Identifiant'],
    rehearsals.map(({ packName, packVersion, checked, total, broken, id }) => [
      `${packName} ${packVersion}`,
      `${checked} sur ${total}`,
      String(broken),
      id,
    ]),
  );
}

export function conformanceInstall(
  folder: string,
  options: ConformanceOptions,
  url: string | undefined,
): Promise<Outcome> {
  return onInstallation(options, url, async (context) =>
    packOutcome(await installPack(context, folder, ACTOR), 'installé, hors service'),
  );
}

export function conformanceMode(
  id: string,
  mode: string,
  options: ConformanceOptions & { readonly application?: string },
  url: string | undefined,
): Promise<Outcome> {
  const asked = (['off', 'observe', 'block'] as const).find((known) => known === mode);
  if (asked === undefined) throw new UsageFault('Le mode est off, observe ou block.');
  const { application } = options;
  return onInstallation(options, url, async (context) => {
    const source = application === undefined ? {} : { source: application };
    const done = UUID.test(id) ? await setPackMode(context, id, { mode: asked, ...source }, ACTOR) : NOT_FOUND;
    return packOutcome(done, application === undefined ? MODES[asked] : `${MODES[asked]} pour ${application}`);
  });
}

const NOT_FOUND: Result<never> = { ok: false, refusal: { rule: apiRules.notFound } };

function packOutcome(result: Result<InstalledPack>, done: string): Outcome {
  if (!result.ok) return refused(result.refusal);
  const { name, version, id } = result.value;
  return { code: 0, lines: [`${name} ${version} : ${done}.`, `Identifiant : ${id}`], result: { pack: result.value } };
}

/** The running gateway does the work. */
export function conformanceRehearse(
  id: string,
  { from, to, ...options }: ConformanceOptions & { readonly from?: string; readonly to?: string },
  url: string | undefined,
): Promise<Outcome> {
  const period = { ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) };
  return onInstallation(options, url, async (context) => {
    const started = UUID.test(id) ? await startRehearsal(context, id, period, ACTOR) : NOT_FOUND;
    if (!started.ok) return refused(started.refusal);
    const { total } = started.value;
    return {
      code: 0,
      lines: [`Répétition de ${total} document(s), menée par la passerelle.`, `Identifiant : ${started.value.id}`],
      result: { rehearsal: started.value },
    };
  });
}

export function conformanceShow(id: string, options: ConformanceOptions, url: string | undefined): Promise<Outcome> {
  return onInstallation(options, url, async ({ pool }) => {
    const rehearsal = UUID.test(id) ? await rehearsalById(pool, id) : undefined;
    if (rehearsal === undefined) return refused({ rule: apiRules.notFound });
    const rules = await brokenRules(pool, id, SHOWN);
    return {
      code: 0,
      lines: [
        ...rehearsalTable([rehearsal]),
        '',
        ...(rules.length === 0
          ? ['Rien ne casserait parmi les documents vérifiés.']
          : table(
              ['Documents', 'Emplacement', 'Règle'],
              rules.map(({ documents, location, text }) => [String(documents), location, text]),
            )),
      ],
      result: { rehearsal, rules },
    };
  });
}
