/** Looks at every declared folder for as long as this process takes in; several processes may, one at a time has a folder. */
import { access, constants, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UseCaseContext } from '../queue/context.ts';
import { createStamper } from '../wire/pdf/isolated-stamp.ts';
import { type FolderDoor, openFolderDoor } from './door.ts';
import { takeFolder } from './take.ts';

export function startDeposits(context: UseCaseContext): { stop(): Promise<void> } {
  const stopping = new AbortController();
  // Its thread starts with the first printed PDF.
  const stamper = createStamper();
  const loops = context.config.sources.flatMap((source) => {
    const { watchedFolder } = source;
    if (watchedFolder === undefined) return [];
    return [watch(openFolderDoor(context, source, watchedFolder, stamper), stopping.signal)];
  });
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(loops);
      await stamper.close();
    },
  };
}

async function watch(door: FolderDoor, signal: AbortSignal): Promise<void> {
  const { context, source, folder } = door;
  while (!signal.aborted) {
    try {
      await takeFolder(door, signal);
    } catch (error) {
      // Nothing is lost: what was not moved is looked at again.
      context.log.error(
        { err: error, source: source.application },
        'watched folder not looked at, it goes on next time',
      );
    }
    await sleep(folder.everyMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Why a folder cannot be watched, in French; undefined when it can. */
export async function folderFault(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return 'absent ou inaccessible';
  if (!found.isDirectory()) return "ce n'est pas un dossier";
  const able = constants.R_OK | constants.W_OK | constants.X_OK;
  return access(path, able).then(
    () => undefined,
    () => 'lecture ou écriture non permise',
  );
}
