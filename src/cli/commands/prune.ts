/** `prune`: applies the retention rules now, or says what they would take. */
import { retentionSchema } from '../../config/operations-schema.ts';
import { prune } from '../../operations/index.ts';
import { ruleById } from '../../rules/catalogue.ts';
import { openPool } from '../../store/db.ts';
import { migrate } from '../../store/migrate.ts';
import { findInstallation } from '../installation.ts';
import { type Outcome, UsageFault } from '../outcome.ts';
import { table } from '../table.ts';

export interface PruneOptions {
  readonly config?: string;
  readonly data: string;
  readonly dryRun: boolean;
}

export async function pruneCommand(options: PruneOptions, databaseUrl: string | undefined): Promise<Outcome> {
  const { config, databaseUrl: url } = await findInstallation(options, databaseUrl);
  if (url === undefined) throw new UsageFault("Aucune base dans ce dossier : lancez d'abord l'installation.");
  const pool = openPool(url, 2, () => undefined);
  try {
    await migrate(pool);
    const retention = config?.retention ?? retentionSchema.parse({});
    const totals = await prune({ pool, retention, now: () => new Date() }, options);
    const rows = Object.entries(totals).map(([ruleId, { rows: count, bytes }]) => [
      ruleId,
      ruleById(ruleId)?.title ?? '',
      String(count),
      `${(bytes / 2 ** 20).toFixed(1).replace('.', ',')} Mio`,
    ]);
    return {
      code: 0,
      lines: [
        ...(rows.length === 0 ? ['Rien à purger.'] : table(['Règle', 'Quoi', 'Lignes', 'Taille'], rows)),
        ...(options.dryRun ? ['', "Essai : rien n'a été changé."] : []),
      ],
      result: { dryRun: options.dryRun, rules: totals },
    };
  } finally {
    await pool.end();
  }
}
