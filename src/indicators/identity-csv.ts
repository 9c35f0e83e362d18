/** Indicators as a file for the regional referent: one figure a line, with what it is divided by. Counts only. */
import { BYTE_ORDER_MARK, csvLine } from '../wire/csv/write.ts';
import { FORMULAS, type IdentityIndicators, rateOf, totalOf } from './identity.ts';

const TITLES = [
  'formules',
  'établissement',
  'du',
  'au (exclu)',
  'indicateur',
  'jour',
  'valeur',
  'sur',
  'taux (%)',
] as const;

export function identityCsv(figures: readonly IdentityIndicators[]): string {
  return BYTE_ORDER_MARK + [csvLine(TITLES), ...figures.flatMap(linesOf)].join('');
}

function linesOf(of: IdentityIndicators): string[] {
  const line = (name: string, value: number | null, { all, day = '' }: { all?: number; day?: string } = {}): string => {
    const rate = all === undefined || value === null ? null : rateOf(value, all);
    return csvLine([
      String(FORMULAS),
      of.establishment ?? 'tous',
      of.from.toISOString(),
      of.to.toISOString(),
      name,
      day,
      value === null ? '' : String(value).replace('.', ','),
      all === undefined ? '' : String(all),
      rate === null ? '' : (100 * rate).toFixed(1).replace('.', ','),
    ]);
  };
  const { activeFile, retrieved, duplicates, adverseEvents } = of;
  const all = totalOf(activeFile);
  return [
    line('identités qualifiées de la file active', activeFile.QUAL, { all }),
    line('identités récupérées de la file active', activeFile.RECUP, { all }),
    line('identités validées de la file active', activeFile.VALI, { all }),
    line('identités provisoires de la file active', activeFile.PROV, { all }),
    ...of.admissionDays.map(({ day, admitted, qualified }) =>
      line('identités qualifiées parmi les admissions du jour', qualified, { all: admitted, day }),
    ),
    line('INS récupérées en attente de contrôle, à ce jour', retrieved.stock),
    line('dont depuis moins d’un jour', retrieved.underDay),
    line('dont de 1 à 7 jours', retrieved.underWeek),
    line('dont de 7 à 30 jours', retrieved.underMonth),
    line('dont depuis plus de 30 jours', retrieved.older),
    line('âge médian, en jours', retrieved.medianDays === null ? null : Math.round(retrieved.medianDays * 10) / 10),
    line('doublons possibles trouvés', duplicates.found),
    line('doublons fusionnés', duplicates.merged),
    line('doublons liés', duplicates.linked),
    line('paires reconnues différentes', duplicates.different),
    line('doublons ouverts en fin de période', duplicates.open),
    line('événements indésirables découverts', adverseEvents.found),
    line('événements indésirables clos', adverseEvents.settled),
    line('événements indésirables ouverts en fin de période', adverseEvents.open),
  ];
}
