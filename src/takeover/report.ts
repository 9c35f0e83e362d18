/** The discrepancy report of a take-over, a file for a spreadsheet. A NIR is in it by its key alone. */
import { ruleById } from '../rules/catalogue.ts';
import type { Db } from '../store/db.ts';
import { findingsAfter, type TakeoverFinding } from '../store/takeovers.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';

const TITLES = [
  'ligne',
  'ipp',
  'domaine',
  'règle',
  'constat',
  'précision',
  'NIR du fichier (masqué)',
  'identité',
  'que faire',
];
const PAGE = 1_000;

/** In the order of the lines. Memory stays that of a page. */
export async function* reportOf(db: Db, takeoverId: string): AsyncGenerator<string> {
  yield BYTE_ORDER_MARK + csvLine(TITLES);
  for (let after = { line: -1, ruleId: '' }; ; ) {
    const page = await findingsAfter(db, takeoverId, after, PAGE);
    yield page.map((finding) => csvLine(cellsOf(finding))).join('');
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last;
  }
}

function cellsOf({ line, number, domain, ruleId, detail, nirKey, identityId }: TakeoverFinding): string[] {
  const rule = ruleById(ruleId);
  const masked = nirKey === null ? '' : `…${nirKey}`;
  return [
    String(line),
    number,
    domain,
    ruleId,
    rule?.title ?? '',
    detail ?? '',
    masked,
    identityId ?? '',
    rule?.remedy ?? '',
  ];
}
