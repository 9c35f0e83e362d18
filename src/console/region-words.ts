/** What the pages of the region share: their addresses, months in words, identity kinds, origins, and the months as a chart and a table. */
import { type Product, readCatalogue } from '../catalogue/index.ts';
import { ORIGIN_LABELS, type Standing } from '../region/index.ts';
import type { Rule } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import type { FigureOrigin, IdentityKind } from '../store/region-figures.ts';
import { chip } from './components.ts';
import { number } from './format.ts';
import { type Html, html } from './html.ts';
import { capital, type Word } from './words.ts';

export const REGION = '/console/region';
export const LIST = `${REGION}/etablissements`;

const MONTH = new Intl.DateTimeFormat('fr-FR', { timeZone: 'UTC', month: 'long', year: 'numeric' });
const SHORT = new Intl.DateTimeFormat('fr-FR', { timeZone: 'UTC', month: 'short', year: 'numeric' });

/** `octobre 2022` */
export function monthName(month: string): string {
  return MONTH.format(new Date(`${month}-01T00:00:00Z`));
}

/** `oct. 2022` */
export function monthShort(month: string): string {
  return SHORT.format(new Date(`${month}-01T00:00:00Z`));
}

const KINDS: Readonly<Record<IdentityKind, Word>> = {
  INS: { tone: 'ok', label: 'INS qualifiée' },
  NIR: { tone: 'wait', label: 'NIR (TD0.0)' },
  'INS-C': { tone: 'bad', label: 'INS-C (API V1)' },
};

export function kindLabel(kind: IdentityKind): string {
  return KINDS[kind].label;
}

export function kindChip(kind: IdentityKind | null): Html {
  return kind === null ? html`<span class="mut">non connue</span>` : chip(KINDS[kind]);
}

export function originText(origin: FigureOrigin | null): Html | string {
  return origin === null ? html`<span class="mut">aucun chiffre</span>` : ORIGIN_LABELS[origin];
}

/** The title of a risk rule, without what all of them begin with. */
export function riskTitle({ title }: Rule): string {
  return capital(title.replace(/^Vigilance : /, ''));
}

/** A count that may be unknown. */
export function known(value: number | null): Html | string {
  return value === null ? html`<span class="mut">–</span>` : number(value);
}

/** Documents of the last complete month that is known, and which month that is. */
export function addedIn({ added, addedMonth }: Pick<Standing, 'added' | 'addedMonth'>): Html {
  return html`${known(added)}${addedMonth !== null && html`<br><span class="mut nowrap">${monthShort(addedMonth)}</span>`}`;
}

export function percentOf(rate: number | null): Html | string {
  return rate === null ? html`<span class="mut">–</span>` : `${number(100 * rate)}\u00a0%`;
}

export function placeLink(eg: string, name: string): Html {
  return html`<a class="strong" href="${LIST}/${eg}">${name}</a>${name !== eg && html`<br><span class="mut">${eg}</span>`}`;
}

/** Name and version of each product of the catalogue, by its key. */
export async function productNames(db: Db): Promise<ReadonlyMap<string, Product>> {
  return new Map((await readCatalogue(db)).map((product) => [product.key, product]));
}

export function productName(products: ReadonlyMap<string, Product>, key: string): string {
  const product = products.get(key);
  return product === undefined ? key : `${product.name} ${product.version}`.trim();
}
