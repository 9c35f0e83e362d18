/** Tells the installation that this process lives, in which roles and version, and whether it is ready; and asks the time. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Pool } from '../store/db.ts';
import { type ProcessState, sayGoodbye, signOfLife } from '../store/processes.ts';
import type { HouseClock } from './house-clock.ts';
import type { Role } from './role.ts';

export interface Presence {
  readonly state: ProcessState;
  /** Told to the installation at once. */
  become(state: ProcessState): Promise<void>;
  /** The process is gone from the list. */
  leave(): Promise<void>;
}

const EVERY_MS = 5_000;

/** Of this process, in logs and lists. */
export function processName(): string {
  return `${hostname()}/${process.pid}`;
}

export function startPresence(
  pool: Pool,
  { roles, version }: { roles: readonly Role[]; version: string },
  clock: HouseClock,
  onError: (error: unknown) => void,
): Presence {
  const identity = { id: randomUUID(), name: processName(), roles, version, host: hostname(), pid: process.pid };
  let state: ProcessState = 'starting';
  const tell = () => Promise.all([signOfLife(pool, identity, state), clock.look()]).then(() => undefined, onError);
  const timer = setInterval(() => void tell(), EVERY_MS);
  return {
    get state() {
      return state;
    },
    become: (next) => {
      state = next;
      return tell();
    },
    leave: async () => {
      clearInterval(timer);
      await sayGoodbye(pool, identity.id).catch(onError);
    },
  };
}
