/** One watched folder, as one process sees it. */
import type { Source } from '../config/schema.ts';
import type { WatchedFolder } from '../config/watched-folder-schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Stamper } from '../wire/pdf/isolated-stamp.ts';

export interface FolderDoor {
  readonly context: UseCaseContext;
  readonly source: Source;
  readonly folder: WatchedFolder;
  /** Since when each file is as it is: by name, what a change changes. */
  readonly seen: Map<string, { readonly version: string; readonly since: number }>;
  /** Printed PDFs that wait for their patient, by name: what their symbols say, so that they are not drawn at each look. */
  readonly naming: Map<string, { readonly version: string; readonly texts: readonly string[] }>;
  /** Reads PDFs away from the event loop. */
  readonly stamper: Pick<Stamper, 'readMarks'>;
}

export function openFolderDoor(
  context: UseCaseContext,
  source: Source,
  folder: WatchedFolder,
  stamper: FolderDoor['stamper'],
): FolderDoor {
  return { context, source, folder, stamper, seen: new Map(), naming: new Map() };
}
