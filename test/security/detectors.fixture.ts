/** What must not leave the house in a log, a metric, an address or a refusal (promise 9). */

/** Thirteen or fifteen characters built like a NIR or NIA: sex, year, month, department, commune, order, key. */
const NIR = /\b[1-478]\d{2}(0[1-9]|1[0-2]|[2-9]\d)(\d{2}|2[AB])\d{6}(\d{2})?\b/g;

/** Every text shaped like a NIR or NIA, each once. */
export function nirShaped(text: string): string[] {
  return [...new Set(text.match(NIR) ?? [])];
}

/** Those of these names that stand in the text as whole words, whatever their case, accents and separators. */
export function namesIn(text: string, names: readonly string[]): string[] {
  const words = bare(text);
  return names.filter((name) => words.includes(bare(name)));
}

function bare(text: string): string {
  const letters = text.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase();
  return ` ${letters.replace(/[^A-Z0-9]+/g, ' ').trim()} `;
}
