/** Figures of establishments that are not connected, from a file: with source and date, the same file twice is one. */
import { readCatalogue } from '../catalogue/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { regionRules } from '../rules/region.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { addAudit } from '../store/proofs.ts';
import { nameEstablishments, type PutResult, putFigures } from '../store/region-figures.ts';
import { insertRegionImport, type RegionImport } from '../store/region-imports.ts';
import { ownEstablishments } from './own.ts';
import { type ReadLine, readFigures } from './read-figures.ts';

export const MOST_IMPORT_BYTES = 8 * 1024 * 1024;
/** Rejected lines that are kept with the import. */
const MOST_REJECTIONS = 500;
/** Figures of one statement. */
const BATCH = 2_000;

export interface ReceivedFigures {
  readonly name: string;
  readonly source: string;
  /** `AAAA-MM-JJ` */
  readonly dated: string;
  /** Says what it would do, and records nothing. */
  readonly rehearsal?: boolean;
}

/** Takes a rehearsal back. */
class Rehearsed extends Error {
  readonly row: RegionImport;
  constructor(row: RegionImport) {
    super('rehearsed');
    this.row = row;
  }
}

/** Records what the file says. The same figures again change nothing, and say so. */
export async function importFigures(
  context: UseCaseContext,
  bytes: Uint8Array,
  file: ReceivedFigures,
  actor: { readonly name: string; readonly role: string },
): Promise<Result<RegionImport>> {
  const { pool, now, newUuid } = context;
  const at = now();
  const source = file.source.trim();
  if (source === '' || source.length > 200 || !isPastDay(file.dated, at)) return refuse(regionRules.unfitSource);
  const found = await readFigures(bytes, await readCatalogue(pool), at);
  if (!found.ok) return found;
  const { read, rejections, lines, sha256 } = found.value;
  try {
    return await transaction(pool, async (tx) => {
      const put = await record(tx, context, read, { source: `${source} (${file.dated})`, at });
      const row: RegionImport = {
        id: newUuid(),
        name: file.name.slice(0, 200),
        source,
        dated: file.dated,
        sha256,
        importedBy: actor.name,
        importedAt: at,
        lines,
        ...put,
        rejected: rejections.length,
        rejections: rejections.slice(0, MOST_REJECTIONS),
      };
      if (file.rehearsal === true) throw new Rehearsed(row);
      await insertRegionImport(tx, row);
      const subject = `region-import:${row.id}`;
      const entry = { at, actor: actor.name, role: actor.role, action: 'region figures imported', subject };
      await addAudit(tx, { ...entry, reason: null, outcome: 'done' });
      return ok(row);
    });
  } catch (error) {
    if (error instanceof Rehearsed) return ok(error.row);
    throw error;
  }
}

async function record(
  tx: Db,
  { config }: UseCaseContext,
  read: readonly ReadLine[],
  { source, at }: { readonly source: string; readonly at: Date },
): Promise<PutResult> {
  const put = { added: 0, replaced: 0, unchanged: 0 };
  for (let start = 0; start < read.length; start += BATCH) {
    const figures = read.slice(start, start + BATCH).map(({ figure }) => figure);
    const done = await putFigures(tx, figures, { origin: 'imported', source, at });
    put.added += done.added;
    put.replaced += done.replaced;
    put.unchanged += done.unchanged;
  }
  // The names of this installation's own establishments are those of its configuration.
  const own = new Set(ownEstablishments(config).map(({ eg }) => eg));
  const named = read
    .filter(({ figure, name }) => name !== figure.eg && !own.has(figure.eg))
    .map(({ figure: { eg, ej }, name, legalName }) => ({ eg, ej, name, legalName }));
  await nameEstablishments(tx, named, at);
  return put;
}

function isPastDay(text: string, now: Date): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  const known = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(day.getTime());
  return known && day.toISOString().slice(0, 10) === text && day <= now;
}
