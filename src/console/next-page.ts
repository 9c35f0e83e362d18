const HOME = '/console/';

/** Where to go once connected: only a page of the console, never another site. */
export function nextPage(asked: string): string {
  return /^\/console\/[\w/?&=%.:+-]*$/.test(asked) ? asked : HOME;
}
