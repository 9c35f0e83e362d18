/** What a process of this machine holds, as the kernel counts it (Linux). */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface Held {
  readonly sockets: number;
  readonly files: number;
  readonly megabytes: number;
}

export function heldBy(pid: number): Held {
  const links = readdirSync(`/proc/${pid}/fd`).flatMap((name) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${name}`)];
    } catch {
      return [];
    }
  });
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    sockets: links.filter((link) => link.startsWith('socket:')).length,
    files: links.length,
    megabytes: Math.round(Number(resident) / 1_024),
  };
}
