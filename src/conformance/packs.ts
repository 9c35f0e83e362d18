/** Rule packs: found in their folder, installed as they are, put in service for everybody or for one application. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sourceOfDocument } from '../config/lookup.ts';
import type { Config, Source } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { apiRules } from '../rules/api.ts';
import { conformanceRules } from '../rules/conformance.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { transaction } from '../store/db.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { type InstalledPack, insertPack, type PackMode, packById, setPackModes } from '../store/rule-packs.ts';
import type { RulePack } from '../wire/schematron/check.ts';
import { PackFault, readPack } from '../wire/schematron/manifest.ts';

/** Folders that may be installed, by name. */
export function packFolders({ conformance }: Config): Result<string[]> {
  if (conformance === undefined) return refuse(conformanceRules.notConfigured);
  try {
    const entries = readdirSync(conformance.packs, { withFileTypes: true });
    return ok(
      entries
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .sort(),
    );
  } catch {
    return refuse(conformanceRules.folderUnusable, { detail: conformance.packs });
  }
}

/** Installed, and out of service until somebody decides. */
export async function installPack(
  context: UseCaseContext,
  folder: string,
  actor: string,
): Promise<Result<InstalledPack>> {
  const folders = packFolders(context.config);
  if (!folders.ok) return folders;
  if (!folders.value.includes(folder)) return refuse(conformanceRules.folderUnusable, { detail: basename(folder) });
  const read = described(context.config, folder);
  if (!read.ok) return read;
  const { name, version, hash, entries, xsd, validFrom, validUntil } = read.value;
  const id = context.newUuid();
  const installed = await insertPack(context.pool, {
    id,
    name,
    version,
    hash,
    folder,
    content: { entries, ...(xsd === undefined ? {} : { xsd }) },
    validFrom: validFrom ?? null,
    validUntil: validUntil ?? null,
    installedAt: context.now(),
    installedBy: actor,
  });
  if (!installed) return refuse(conformanceRules.alreadyInstalled, { detail: `${name} ${version}` });
  return found(await packById(context.pool, id));
}

function described({ conformance }: Config, folder: string): Result<ReturnType<typeof readPack>> {
  try {
    return ok(readPack(join(conformance?.packs ?? '', folder)));
  } catch (error) {
    if (error instanceof PackFault)
      return refuse(conformanceRules.folderUnusable, { detail: error.message.slice(0, 300) });
    throw error;
  }
}

/** `source`: the one application concerned, which without a mode is again as everybody. */
export async function setPackMode(
  context: UseCaseContext,
  id: string,
  { mode, source }: { readonly mode: PackMode | undefined; readonly source?: string | undefined },
  actor: string,
): Promise<Result<InstalledPack>> {
  if (source !== undefined && !sourceNames(context.config).includes(source))
    return refuse(apiRules.invalidRequest, { detail: 'application non déclarée' });
  if (source === undefined && mode === undefined) return refuse(apiRules.invalidRequest);
  return transaction(context.pool, async (tx) => {
    const pack = await packById(tx, id);
    if (pack === undefined) return refuse(apiRules.notFound);
    const others = Object.fromEntries(Object.entries(pack.sourceModes).filter(([name]) => name !== source));
    const modes =
      source === undefined
        ? { mode: mode ?? pack.mode, sourceModes: pack.sourceModes }
        : { mode: pack.mode, sourceModes: mode === undefined ? others : { ...others, [source]: mode } };
    await setPackModes(tx, id, modes, { at: context.now(), actor });
    return found(await packById(tx, id));
  });
}

/** Applications of the configuration, by the names that a mode is kept under. */
export function sourceNames({ sources }: Config): string[] {
  return sources.map(sourceName);
}

/** Of the application that a document comes from. */
export function sourceNameOf(config: Config, document: Pick<DocumentRecord, 'sender' | 'eg'>): string {
  return sourceName(sourceOfDocument(config, document));
}

function sourceName({ application, facility }: Pick<Source, 'application' | 'facility'>): string {
  return `${application}|${facility}`;
}

function found(pack: InstalledPack | undefined): Result<InstalledPack> {
  return pack === undefined ? refuse(apiRules.notFound) : ok(pack);
}

/** As the checker takes it. */
export function rulePackOf({ conformance }: Config, { folder, hash, content }: InstalledPack): RulePack {
  return { folder: join(conformance?.packs ?? '', folder), hash, ...content };
}
