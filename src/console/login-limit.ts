/** Slows down whoever tries passwords: so many attempts a minute for one login, and for one address. */

const WINDOW_MS = 60_000;
const PASSWORDS = { login: 5, address: 20 };
/** Above this many keys the oldest are forgotten: names that are tried must not fill the memory. */
const MOST_KEYS = 10_000;

export interface LoginLimit {
  /** Counts an attempt before the password is looked at; false when it must not be. */
  admit(login: string, address: string, now: Date): boolean;
  /** A right password clears what this login has tried. */
  succeeded(login: string): void;
}

export function createLoginLimit(limits = PASSWORDS): LoginLimit {
  const attempts = new Map<string, number[]>();
  const recent = (key: string, now: number): number[] => (attempts.get(key) ?? []).filter((at) => now - at < WINDOW_MS);
  const note = (key: string, times: number[]): void => {
    attempts.delete(key);
    attempts.set(key, times);
    const [oldest] = attempts.keys();
    if (attempts.size > MOST_KEYS && oldest !== undefined) attempts.delete(oldest);
  };
  return {
    admit(login, address, date) {
      const now = date.getTime();
      const byLogin = recent(`login:${login}`, now);
      const byAddress = recent(`address:${address}`, now);
      if (byLogin.length >= limits.login || byAddress.length >= limits.address) return false;
      note(`login:${login}`, [...byLogin, now]);
      note(`address:${address}`, [...byAddress, now]);
      return true;
    },
    succeeded(login) {
      attempts.delete(`login:${login}`);
    },
  };
}
