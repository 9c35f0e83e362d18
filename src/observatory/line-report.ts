/** An imported file as it came, each line with what became of it: corrected, it can be imported again. */
import { ruleById } from '../rules/catalogue.ts';
import type { InventoryImport, InventoryLine, LineOutcome } from '../store/inventory.ts';
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';

const OUTCOMES: Readonly<Record<LineOutcome, string>> = {
  added: 'ajoutée',
  changed: 'modifiée',
  unchanged: 'inchangée',
  rejected: 'rejetée',
};

export function lineReport({ titles }: InventoryImport, lines: readonly InventoryLine[]): string {
  const rows = lines.map(({ line, outcome, ruleId, detail, cells }) => {
    const rule = ruleById(ruleId ?? '');
    const given = titles.map((_, at) => cells[at] ?? '');
    return csvLine([
      ...given,
      ...[String(line), OUTCOMES[outcome], ruleId ?? '', rule?.title ?? '', detail ?? '', rule?.remedy ?? ''],
    ]);
  });
  const head = csvLine([...titles, 'ligne', 'suite', 'regle', 'motif', 'precision', 'que faire']);
  return BYTE_ORDER_MARK + head + rows.join('');
}
