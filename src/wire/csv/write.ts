/** Lines as a French spreadsheet opens them: `;`, CR LF, a byte order mark first, and no formula that could run. */

/** Tells a spreadsheet that the file is UTF-8. */
export const BYTE_ORDER_MARK = '\ufeff';

/** A cell that a spreadsheet would run as a formula is kept as text by an apostrophe; `unguarded` takes it off again. */
function cell(text: string): string {
  const safe = /^['=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[";\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(';')}\r\n`;
}
