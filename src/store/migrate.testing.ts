/** For tests: a migrated database, as a template to clone. */
import { openPool } from './db.ts';
import { migrate } from './migrate.ts';

export async function migrateUrl(url: string): Promise<void> {
  const pool = openPool(url, 2, () => undefined);
  try {
    await migrate(pool);
  } finally {
    await pool.end();
  }
}
