/** CPU time that other processes have used, from /proc (Linux, ticks of 10 ms). */
import { readFileSync } from 'node:fs';

const TICK_MS = 10;

/** User and system time of a process and all its threads, milliseconds; 0 when it is gone. */
export function processCpuMs(pid: number): number {
  const [user = 0, system = 0] = times(pid);
  return (user + system) * TICK_MS;
}

/** The postmaster, its living children, and those that have ended. */
export function postgresCpuMs(postmaster: number): number {
  const own = times(postmaster).reduce((sum, ticks) => sum + ticks, 0) * TICK_MS;
  const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, 'utf8').trim().split(' ');
  return children.reduce((sum, pid) => sum + processCpuMs(Number(pid)), own);
}

/** utime, stime, cutime and cstime of proc(5). */
function times(pid: number): number[] {
  const line = read(`/proc/${pid}/stat`);
  // The name of the program, in parentheses, may hold spaces.
  return line
    .slice(line.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15)
    .map(Number);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
