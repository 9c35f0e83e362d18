/** Is a professional's address known to the directory of MSSanté? Behind one question, so that each site asks where it can. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { Agent, fetch } from 'undici';
import type { MssanteConfig } from '../config/mssante-schema.ts';
import { csvRows } from '../wire/csv/read.ts';

export type DirectoryAnswer = 'known' | 'unknown' | 'unavailable';

export interface Directory {
  look(address: string): Promise<DirectoryAnswer>;
  close(): Promise<void>;
}

export function openDirectory(settings: MssanteConfig['directory']): Directory {
  switch (settings.kind) {
    case 'none':
      return { look: async () => 'known', close: async () => undefined };
    case 'file':
      return fileDirectory(settings);
    case 'http':
      return httpDirectory(settings);
  }
}

/** An extract, held in memory and read again when the file changes. */
function fileDirectory({ path, column }: { readonly path: string; readonly column: string }): Directory {
  let read: { readonly at: number; readonly addresses: ReadonlySet<string> } | undefined;
  return {
    look: async (address) => {
      try {
        const { mtimeMs } = await stat(path);
        if (read?.at !== mtimeMs) read = { at: mtimeMs, addresses: await addressesOf(path, column) };
        return read.addresses.has(address.toLowerCase()) ? 'known' : 'unknown';
      } catch {
        return 'unavailable';
      }
    },
    close: async () => undefined,
  };
}

/** Throws when the file has no such column: an empty directory would refuse everybody. */
async function addressesOf(path: string, column: string): Promise<ReadonlySet<string>> {
  const addresses = new Set<string>();
  let place: number | undefined;
  for await (const { cells } of csvRows(createReadStream(path, 'utf8'))) {
    if (place === undefined) {
      place = cells.findIndex((cell) => cell.trim().toLowerCase() === column.toLowerCase());
      if (place < 0) throw new Error(`no column ${column}`);
    } else {
      const address = cells[place]?.trim().toLowerCase() ?? '';
      if (address !== '') addresses.add(address);
    }
  }
  if (place === undefined) throw new Error('empty file');
  return addresses;
}

type HttpSettings = Extract<MssanteConfig['directory'], { kind: 'http' }>;

/** One GET for each address: what stands between this gateway and an LDAP directory answers 200 or 404. */
function httpDirectory({ url, tls, timeoutMs }: HttpSettings): Directory {
  let agent: Agent | undefined;
  const open = async (): Promise<Agent> => {
    if (tls === undefined) return new Agent();
    const [ca, cert, key] = await Promise.all([tls.ca, tls.cert, tls.key].map((file) => readFile(file, 'utf8')));
    return new Agent({ connect: { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) } });
  };
  return {
    look: async (address) => {
      try {
        agent ??= await open();
        const target = url.replace('{address}', encodeURIComponent(address));
        const { status, body } = await fetch(target, { dispatcher: agent, signal: AbortSignal.timeout(timeoutMs) });
        await body?.cancel();
        return status === 404 ? 'unknown' : status >= 200 && status < 300 ? 'known' : 'unavailable';
      } catch {
        return 'unavailable';
      }
    },
    close: async () => {
      await agent?.close();
    },
  };
}
