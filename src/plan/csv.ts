/** The plan as a file: one check a line, with its verdict, its evidence and who acts. */
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';
import type { Verdict } from './check.ts';
import type { Plan } from './plan.ts';

export function verdictText(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'done':
      return 'fait';
    case 'running':
      return verdict.percent === null ? 'en cours' : `en cours (${verdict.percent}\u00a0%)`;
    case 'todo':
      return 'à faire';
    case 'to-declare':
      return 'à déclarer';
    case 'not-applicable':
      return 'sans objet dans ce contexte';
  }
}

export function planCsv({ eg, facts, steps, readiness, aim }: Plan): string {
  const titles = [
    'établissement',
    'contexte',
    'relevé',
    'étape',
    'point',
    'situation',
    'preuves',
    'depuis',
    'règle',
    'qui agit',
    'que faire',
  ];
  const figure = (value: number): string => String(value).replace('.', ',');
  const head = [eg, String(facts.context), facts.at];
  const lines = steps.flatMap(({ number, title, checks, percent }) => [
    csvLine([...head, String(number), title, `${figure(percent)} %`, '', '', '', '', '']),
    ...checks.map(({ rule, title: point, verdict, evidence }) => {
      const open = verdict.kind !== 'done' && verdict.kind !== 'not-applicable';
      const why = verdict.kind === 'not-applicable' ? [verdict.why] : [];
      return csvLine([
        ...head,
        String(number),
        point,
        verdictText(verdict),
        [...why, ...evidence.map(({ text }) => text)].join(' | '),
        evidence[0]?.since?.slice(0, 10) ?? '',
        rule.id,
        open ? rule.owner : '',
        open ? rule.remedy : '',
      ]);
    }),
  ]);
  const whole = csvLine([
    ...head,
    '',
    'Préparation',
    `${figure(readiness)} %`,
    aim.deadline === null ? '' : `échéance ${aim.deadline}`,
    '',
    '',
    '',
    '',
  ]);
  return BYTE_ORDER_MARK + [csvLine(titles), ...lines, whole].join('');
}
