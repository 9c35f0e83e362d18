/** What the mapping pages share: their tabs, who may change them, who acts. */
import { may } from '../api/access.ts';
import type { MappingActor } from '../mapping/index.ts';
import type { MappingKind } from '../store/mappings.ts';
import { countValuesToMap } from '../store/unmapped-values.ts';
import { type Html, html } from './html.ts';
import { KINDS, MAPPINGS } from './mapping-words.ts';
import type { Visit } from './visit.ts';

/** Up to this many values are counted beside the tab. */
const MOST_COUNTED = 999;

export function mayMap(visit: Visit): boolean {
  return may(visit.actor, 'mappings.write');
}

export function mappingActor({ actor }: Visit): MappingActor {
  return { name: actor.name, role: actor.role, eg: actor.eg };
}

/** `known`: how many values wait, where the page has just counted them. */
export async function mappingTabs({ gateway, actor }: Visit, now: MappingKind | 'desk', known?: number): Promise<Html> {
  const count = known ?? (await countValuesToMap(gateway.pool, actor.eg, MOST_COUNTED));
  const tabs = [
    { here: now === 'desk', path: MAPPINGS, label: 'Valeurs à rattacher', count },
    ...KINDS.map(({ kind, slug, title }) => ({
      here: kind === now,
      path: `${MAPPINGS}/${slug}`,
      label: title,
      count: 0,
    })),
  ];
  return html`<nav class="tabs" aria-label="Correspondances"><ul>${tabs.map(
    ({ here, path, label, count: waiting }) =>
      html`<li><a href="${path}"${here && html` aria-current="page"`}>${label}${waiting > 0 && html` <span class="badge">${waiting}</span>`}</a></li>`,
  )}</ul></nav>`;
}
