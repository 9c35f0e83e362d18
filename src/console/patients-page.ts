/** Search of identities. */
import type { IdentityAttribute, IdentityStatus } from '../ins/types.ts';
import { identifiersOfAll } from '../store/console-lists.ts';
import {
  countByStatus,
  type Identifier,
  type IdentityRecord,
  type InsiState,
  listIdentities,
} from '../store/identities.ts';
import { chip, empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { birthDate, counted, isoDate, number, recent } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ATTRIBUTES, INSI_STATES, STATUSES } from './words.ts';

const PAGE = 50;
const MOST_PAGES = 200;

export const patientsPage: PageDefinition = {
  method: 'GET',
  path: '/console/patients',
  permission: 'patients.read',
  audited: 'patients',
  answer: showPatients,
};

interface Asked {
  readonly nom: string;
  readonly naissance: string;
  readonly ipp: string;
  readonly statut: string;
  readonly insi: string;
  readonly attribut: string;
}

async function showPatients(visit: Visit): Promise<Answer> {
  const { query, gateway } = visit;
  const asked: Asked = {
    nom: query('nom'),
    naissance: query('naissance'),
    ipp: query('ipp'),
    statut: query('statut'),
    insi: query('insi'),
    attribut: query('attribut'),
  };
  const page = Math.min(Math.max(Math.trunc(Number(query('page')) || 1), 1), MOST_PAGES);
  const born = bornOn(asked.naissance);
  const rows =
    born === undefined
      ? []
      : await listIdentities(gateway.pool, {
          name: orNull(asked.nom),
          birthDate: born,
          ipp: orNull(asked.ipp),
          status: known<IdentityStatus>(STATUSES, asked.statut),
          insiState: known<InsiState>(INSI_STATES, asked.insi),
          attribute: known<IdentityAttribute>(ATTRIBUTES, asked.attribut),
          limit: PAGE + 1,
          offset: (page - 1) * PAGE,
        });
  const shown = rows.slice(0, PAGE);
  const identifiers = await identifiersOfAll(
    gateway.pool,
    shown.map(({ id }) => id),
  );
  const filtered = Object.values(asked).some((value) => value !== '');
  const body = html`${heading('Patients', filtered ? undefined : await statusSentence(visit))}
${filters(asked, filtered, born === undefined)}
<section class="card list">${shown.length > 0 ? patientTable(visit, shown, identifiers) : nothing(filtered)}</section>
${pages(asked, page, rows.length > PAGE)}`;
  return { kind: 'page', title: 'Patients', section: 'patients', body };
}

function orNull(text: string): string | null {
  return text === '' ? null : text;
}

function known<T extends string>(words: Readonly<Record<T, unknown>>, text: string): T | null {
  return Object.hasOwn(words, text) ? (text as T) : null;
}

/** Null when no date is asked, undefined when what is asked is no date. */
function bornOn(text: string): string | null | undefined {
  return text === '' ? null : isoDate(text);
}

async function statusSentence({ gateway: { pool } }: Visit): Promise<Html | undefined> {
  const { QUAL, VALI, RECUP, PROV } = await countByStatus(pool);
  const all = QUAL + VALI + RECUP + PROV;
  if (all === 0) return undefined;
  const rate = number((100 * QUAL) / all);
  return html`<p>${counted(all, 'identité active', 'identités actives')}, dont ${number(QUAL)} ${QUAL < 2 ? 'qualifiée' : 'qualifiées'} (${rate} %), ${number(VALI)} ${VALI < 2 ? 'validée' : 'validées'}, ${number(RECUP)} ${RECUP < 2 ? 'récupérée' : 'récupérées'} et ${number(PROV)} ${PROV < 2 ? 'provisoire' : 'provisoires'}.</p>`;
}

function filters(asked: Asked, filtered: boolean, badDate: boolean): Html {
  const choices = (words: Readonly<Record<string, { label: string }>>) =>
    Object.entries(words).map(([value, { label }]) => ({ value, label }));
  return html`${badDate && html`<p class="problem" role="alert">La date de naissance s’écrit JJ/MM/AAAA, par exemple 28/03/1979.</p>`}${filterForm(
    '/console/patients',
    filtered,
    html`${filterText('nom', 'Nom de naissance', asked.nom)}
${filterText('naissance', 'Date de naissance', asked.naissance, 'JJ/MM/AAAA')}
${filterText('ipp', 'IPP', asked.ipp)}
${filterSelect('statut', 'Statut', 'Tous', choices(STATUSES), asked.statut)}
${filterSelect('insi', 'Réponse d’INSi', 'Toutes', choices(INSI_STATES), asked.insi)}
${filterSelect('attribut', 'Attribut', 'Tous', choices(ATTRIBUTES), asked.attribut)}`,
  )}`;
}

function patientTable(
  visit: Visit,
  identities: readonly IdentityRecord[],
  identifiers: ReadonlyMap<string, readonly Identifier[]>,
): Html {
  return table(
    'Identités, de la dernière modifiée à la plus ancienne',
    [
      { label: 'Nom de naissance, premier prénom' },
      { label: 'Naissance' },
      { label: 'Sexe' },
      { label: 'IPP' },
      { label: 'Statut' },
      { label: 'INSi' },
      { label: 'Modifiée', align: 'right' },
    ],
    identities.map((identity) => [
      html`<a class="strong" href="/console/patients/${identity.id}">${identity.birthName} ${identity.firstGivenName}</a>`,
      birthDate(identity.birthDate),
      identity.sex,
      (identifiers.get(identity.id) ?? []).map(({ value }) => value).join(', '),
      html`<span class="chips">${statusChips(identity)}</span>`,
      identity.insiState === 'settled' || identity.insiState === 'none'
        ? html`<span class="mut">${INSI_STATES[identity.insiState].label}</span>`
        : chip(INSI_STATES[identity.insiState]),
      html`<time datetime="${identity.updatedAt.toISOString()}">${recent(identity.updatedAt, visit.now)}</time>`,
    ]),
  );
}

/** Status and attributes as chips. */
export function statusChips(identity: IdentityRecord): HtmlValue {
  const attributes = (['homonyme', 'douteuse', 'fictive'] as const).filter((attribute) => identity[attribute]);
  return html`${chip(STATUSES[identity.status])}${attributes.map((attribute) => chip(ATTRIBUTES[attribute]))}`;
}

function nothing(filtered: boolean): Html {
  return filtered
    ? empty(
        'Aucune identité ne correspond',
        html`Vérifier l’orthographe du nom de naissance et la date, ou <a href="/console/patients">afficher toutes les identités</a>.`,
      )
    : empty(
        'Aucune identité pour l’instant',
        'Une identité arrive avec un message d’admission (HL7 ADT) ou par l’API ; elle se qualifie ensuite par ses deux preuves.',
      );
}

function pages(asked: Asked, page: number, more: boolean): Html {
  const url = (to: number): string => {
    const kept = Object.entries({ ...asked, page: String(to) }).filter(([, value]) => value !== '');
    return `/console/patients?${new URLSearchParams(kept)}`;
  };
  return html`<nav class="pages" aria-label="Pages de la liste">${page > 1 && html`<a class="btn" href="${url(page - 1)}">Page précédente</a>`}${
    more && page < MOST_PAGES && html`<a class="btn" href="${url(page + 1)}">Page suivante</a>`
  }</nav>`;
}
