/** One watched folder, as one process sees it. */
import type { Source } from '../config/schema.ts';
import type { WatchedFolder } from '../config/watched-folder-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';

export interface FolderDoor {
  readonly context: UseCaseContext;
  readonly source: Source;
  readonly folder: WatchedFolder;
  /** Since when each file is as it is: by name, what a change changes. */
  readonly seen: Map<string, { readonly version: string; readonly since: number }>;
}

export function openFolderDoor(context: UseCaseContext, source: Source, folder: WatchedFolder): FolderDoor {
  return { context, source, folder, seen: new Map() };
}
