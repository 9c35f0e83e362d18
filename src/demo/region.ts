/**
 * Where the region of the demonstration starts from: October 2022 in Île-de-France, 407 establishments that feed, 50 under INS-C
 * and 357 under a NIR. Only this split is a fact: establishments, names and volumes are made up.
 */
import { SEED } from '../catalogue/october-2022.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { importFigures } from '../region/index.ts';
import { csvLine } from '../wire/csv/write.ts';

const INS_C = 50;
const NIR = 357;
const DATED = '2022-10-31';
const MONTH = '2022-10';
const SOURCE = 'Démonstration : établissements et volumes fictifs, répartition d’octobre 2022';

/** FINESS numbers in 99 belong to no French department. */
const egOf = (n: number): string => String(990_100_000 + n);
const ejOf = (n: number): string => String(990_200_000 + Math.floor(n / 3));

/** The same file at each start: what is there already is not changed. */
export async function startRegion(context: UseCaseContext): Promise<void> {
  const result = await importFigures(
    context,
    Buffer.from(startingPoint(), 'utf8'),
    { name: 'depart.csv', source: SOURCE, dated: DATED },
    { name: 'system', role: 'administrator' },
  );
  if (!result.ok) throw new Error(`${result.refusal.rule.id} ${result.refusal.detail ?? ''}`);
}

function startingPoint(): string {
  const of = (api: 'V1' | 'V2') => SEED.filter((product) => product.api === api);
  const [oldest, old] = [of('V1'), of('V2')];
  const lines = Array.from({ length: INS_C + NIR }, (_, n) => {
    const isOldest = n < INS_C;
    const products = isOldest ? oldest : old;
    const { name, version } = products[n % products.length] ?? { name: '', version: '' };
    return csvLine([
      egOf(n),
      ejOf(n),
      `Établissement fictif ${n + 1}`,
      `Groupement fictif ${Math.floor(n / 3) + 1}`,
      MONTH,
      String(40 + ((n * 37) % 400)),
      isOldest ? 'INS-C' : 'NIR',
      `${name} ${version}`,
    ]);
  });
  const titles = [
    'finess_eg',
    'finess_ej',
    'nom',
    'raison_sociale',
    'mois',
    'documents',
    'nature_identite',
    'produits',
  ];
  return [csvLine(titles), ...lines].join('');
}
