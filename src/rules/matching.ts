import type { Rule } from './rule.ts';

/** Rules `TDU-ID-160` to `TDU-ID-179`: duplicates, merges undone, collisions split. */
export const matchingRules = {
  pairDecided: {
    id: 'TDU-ID-161',
    title: 'Cette paire a déjà été traitée',
    cause: 'Une décision a été prise entre-temps, ou les deux identités ne se ressemblent plus.',
    owner: 'identitovigilance',
    remedy: 'Recharger la liste des doublons : la décision et son auteur y sont.',
    retry: 'never',
    safeToResend: true,
    http: 409,
    source: 'ins.md 3',
  },
} satisfies Record<string, Rule>;
