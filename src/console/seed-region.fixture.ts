/** Two establishments of a region, one that feeds well and one that does not: for what looks at its pages. */

import type { UseCaseContext } from '../queue/context.ts';
import { figure } from '../region/region.fixture.ts';
import { transaction } from '../store/db.ts';
import { nameEstablishments, putFigures } from '../store/region-figures.ts';

/** Feeds under INS-C, and is blocked. */
export const SICK = '990000408';
/** Feeds under the qualified INS. */
export const WELL = '990000416';

export async function seedRegion({ pool, now }: UseCaseContext): Promise<void> {
  const at = now();
  const name = (eg: string, text: string) => ({ eg, ej: '990000400', name: text, legalName: 'Groupe <Essai>' });
  await nameEstablishments(pool, [name(SICK, 'Clinique <A>'), name(WELL, 'Clinique B')], at);
  const blocks = [{ rule: 'TDU-FEED-001', documents: 1234 }];
  const products = [{ key: 'dxcare-7-7-7' }];
  const old = { eg: SICK, identityKind: 'INS-C', products, blocks, steps: 1 } as const;
  const well = { eg: WELL, identityKind: 'INS', steps: 5 } as const;
  const figures = [
    figure({ ...old, month: '2022-10', added: 50, addedInsC: 50 }),
    figure({ ...old, month: '2026-09', added: 7, addedInsC: 7 }),
    figure({ ...well, month: '2026-10', added: 1500, addedIns: 1500 }),
    figure({ ...well, month: '2026-11', added: 9, addedIns: 9, lastFedOn: '2026-11-20' }),
  ];
  await transaction(pool, (tx) => putFigures(tx, figures, { origin: 'imported', source: 'Essai (2026-11-01)', at }));
}
