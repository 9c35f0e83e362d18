/** Rows of the three tables, and values that documents still wait for; one of each of the other establishment. */
import { saveMapping, type TypedMapping } from '../mapping/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { putUnmappedValues } from '../store/unmapped-values.ts';

const SENDER = 'source:DPI|HOPITAL';

export async function seedMappings(
  context: UseCaseContext,
  egs: { readonly own: string; readonly other: string },
  documents: { readonly waiting: string; readonly hostile: string },
): Promise<string> {
  const rows: readonly TypedMapping[] = [
    { kind: 'types', scope: SENDER, localValue: 'CRO', label: 'CR opératoire', target: { typeCode: '34874-8' } },
    { kind: 'types', scope: '', localValue: 'NOTE', label: 'Note interne', target: { typeCode: 'JAMAIS' } },
    { kind: 'types', scope: `eg:${egs.own}`, localValue: 'ADM', target: { typeCode: '51851-4' } },
    {
      kind: 'types',
      scope: `eg:${egs.other}`,
      localValue: '"><script>alert(1)</script>',
      label: '=HYPERLINK("https://exemple.invalid")',
      target: { typeCode: '34112-3' },
    },
    {
      kind: 'units',
      scope: SENDER,
      localValue: '2310',
      label: 'Cardiologie',
      target: { eg: egs.own, sector: 'SA01', practiceSetting: 'ETABLISSEMENT' },
    },
    {
      kind: 'authors',
      scope: SENDER,
      localValue: 'DR7',
      localName: 'Martin Claire',
      label: 'MARTIN, Claire',
      target: { rpps: '01234567897', family: 'MARTIN', given: 'CLAIRE', specialty: 'G15_10/SM26' },
    },
  ];
  const ids: string[] = [];
  for (const row of rows) {
    const saved = await saveMapping(context, row, { name: 'user:claire', role: 'interop', eg: null });
    if (!saved.ok) throw new Error(`${saved.refusal.rule.id} ${saved.refusal.detail ?? ''}`);
    ids.push(saved.value.id);
  }
  await putUnmappedValues(context.pool, documents.waiting, [
    { kind: 'types', localValue: 'CRRADIO', localName: '', label: 'Compte rendu de radiologie' },
    { kind: 'units', localValue: '4520', localName: '', label: '' },
    { kind: 'authors', localValue: 'DR12', localName: 'DURAND ALICE', label: 'DURAND, Alice' },
  ]);
  await putUnmappedValues(context.pool, documents.hostile, [
    { kind: 'types', localValue: '<b onclick=alert(1)>', localName: '', label: '<script>alert(2)</script>' },
  ]);
  return ids[0] ?? '';
}
