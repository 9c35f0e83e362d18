/** Which product of the catalogue speaks, from what it says of itself: names are data, compared whole. */
import type { Product } from './product.ts';
import { compareVersions, isOfLine, versionNumbers } from './version.ts';

/** What was seen: LPS_Nom and LPS_Version, or SFT-3 and SFT-2; a name may hold its version. */
export interface SeenProduct {
  readonly name: string;
  readonly version?: string | undefined;
  /** By which API it was seen to feed, where that is known. */
  readonly api?: string | undefined;
}

/**
 * `listed`: this very version, or one of its line. `older`: than the one listed. `newer`: its compatibility is to be checked.
 * `compatible`: at or beyond the version that the region says is compatible. `unknown`: it does not say its version.
 */
export type VersionStanding = 'listed' | 'older' | 'newer' | 'compatible' | 'unknown';

export interface Recognition {
  readonly product: Product;
  readonly standing: VersionStanding;
  /** As it was seen; empty when it says none. */
  readonly version: string;
  /** It feeds by another API than the one for which it is listed: seen, so the catalogue is behind. */
  readonly apiDiffers: boolean;
}

/** Letters and digits alone: case, accents, spaces and signs are written in many ways. The sign of MIDDLEC@RE is a letter. */
export function compactName(text: string): string {
  return text
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^A-Z0-9@]/g, '');
}

/** `ANTARES-DMP 2.47` is a name and a version. The name first as it stands: digits may belong to it. */
function readings({ name, version = '' }: SeenProduct): readonly { readonly name: string; readonly version: string }[] {
  const tail = /^(.*?\D)[ _\-/(]*(?:v(?:ersion)?\.? ?)?(\d+(?:[._-]\d+)*)\)?$/i.exec(name.replace(/\s+/g, ' ').trim());
  if (tail?.[1] === undefined || tail[2] === undefined) return [{ name, version }];
  return [
    { name, version },
    { name: tail[1], version: version === '' ? tail[2] : version },
  ];
}

function bearsName(product: Product, name: string): boolean {
  return [product.name, ...product.aliases].some((known) => compactName(known) === name);
}

/** The product recognised, or undefined. Of several versions of one name, the one that says most of the version seen. */
export function productOf(catalogue: readonly Product[], seen: SeenProduct): Recognition | undefined {
  // A name longer than any that a person writes is none: what comes from outside is not searched at length.
  if (seen.name.trim() === '' || seen.name.length > LONGEST_NAME) return undefined;
  for (const { name, version } of readings(seen)) {
    const wanted = compactName(name);
    const candidates = catalogue.filter((product) => !product.retired && bearsName(product, wanted));
    const found = nearest(candidates, versionNumbers(version));
    if (found === undefined) continue;
    const { product, standing } = found;
    const apiDiffers = (seen.api === 'V1' || seen.api === 'V2') && seen.api !== product.api;
    return { product, standing, version, apiDiffers };
  }
  return undefined;
}

const LONGEST_NAME = 200;

type Found = Pick<Recognition, 'product' | 'standing'>;

function nearest(candidates: readonly Product[], seen: readonly number[] | undefined): Found | undefined {
  const [first] = candidates;
  if (first === undefined) return undefined;
  if (seen === undefined) return { product: first, standing: 'unknown' };
  // The most precise line first: 2.47 before 2.
  const ordered = candidates
    .map((product) => ({ product, listed: versionNumbers(product.version) ?? [] }))
    .sort((a, b) => b.listed.length - a.listed.length || compareVersions(b.listed, a.listed));
  const isCompatible = ({ product }: { readonly product: Product }): boolean => {
    const from = versionNumbers(product.compatibleVersion);
    return from !== undefined && compareVersions(seen, from) >= 0;
  };
  const listed = ordered.find((one) => isOfLine(seen, one.listed));
  if (listed !== undefined)
    return { product: listed.product, standing: isCompatible(listed) ? 'compatible' : 'listed' };
  const compatible = ordered.find(isCompatible);
  if (compatible !== undefined) return { product: compatible.product, standing: 'compatible' };
  const byVersion = ordered.toSorted((a, b) => compareVersions(a.listed, b.listed));
  // Behind any version that is still to be migrated, it is to be migrated too.
  const next = byVersion.find((one) => compareVersions(seen, one.listed) < 0);
  if (next !== undefined) return { product: next.product, standing: 'older' };
  return { product: byVersion.at(-1)?.product ?? first, standing: 'newer' };
}

/** What there is to do about it. */
export type Verdict = 'replace' | 'move' | 'check' | 'done';

export function verdictOf({ product, standing, apiDiffers }: Recognition): Verdict {
  if (standing === 'compatible') return 'done';
  if (standing === 'newer' || standing === 'unknown' || apiDiffers) return 'check';
  return product.api === 'V1' ? 'replace' : 'move';
}
