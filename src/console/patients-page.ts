/** Search of identities. */
import { may } from '../api/access.ts';
import { searchPatients } from '../identity/index.ts';
import type { Agreement } from '../ins/search-score.ts';
import { identifiersOfAll } from '../store/console-lists.ts';
import { countByStatus, type Identifier, type IdentityRecord } from '../store/identities.ts';
import { actionForm, type Column, chip, empty, filterForm, filterSelect, filterText, table } from './components.ts';
import { birthDate, counted, number, recent } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { heading } from './layout.ts';
import { type Asked, askedOf, found, queryOf, type Shown } from './patient-asked.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ATTRIBUTES, INSI_STATES, STATUSES } from './words.ts';

const MOST_PAGES = 200;

export const patientsPage: PageDefinition = {
  method: 'GET',
  path: '/console/patients',
  permission: 'patients.read',
  audited: 'patients',
  answer: (visit) => showPatients(visit),
};

/** A matricule never stands in an address (promise 9): it is posted, and leads to the patient. */
export const patientByInsPage: PageDefinition = {
  method: 'POST',
  path: '/console/patients/ins',
  permission: 'patients.read',
  audited: 'patients',
  answer: async (visit) => {
    const matricule = visit.form('matricule').replace(/\s/g, '').toUpperCase();
    const bearers =
      matricule === '' ? [] : await searchPatients(visit.gateway, { ins: { matricule } }, { limit: 2, offset: 0 });
    const [bearer] = bearers;
    return bearers.length === 1 && bearer !== undefined
      ? { kind: 'redirect', to: `/console/patients/${bearer.id}` }
      : showPatients(visit, insProblem(bearers.length));
  },
};

function insProblem(bearers: number): string {
  return bearers === 0
    ? 'Aucune identité active ne porte cet INS.'
    : 'Plusieurs identités actives portent cet INS : la cellule d’identitovigilance doit les départager.';
}

async function showPatients(visit: Visit, problem?: string): Promise<Answer> {
  const asked = askedOf(visit);
  const page = Math.min(Math.max(Math.trunc(Number(visit.query('page')) || 1), 1), MOST_PAGES);
  const query = queryOf(asked);
  const approximate = asked.approche !== '';
  const { shown, more } =
    query === undefined ? { shown: [], more: false } : await found(visit, query, { approximate, page });
  const identifiers = await identifiersOfAll(
    visit.gateway.pool,
    shown.map(({ record }) => record.id),
  );
  const filtered = Object.values(asked).some((value) => value !== '');
  const problems = [problem, query === undefined && BAD_DATE].filter((text) => typeof text === 'string');
  const body = html`${heading('Patients', filtered ? undefined : await statusSentence(visit), html`${may(visit.actor, 'patients.import') && html`<a href="/console/imports">Fichiers</a>`} ${may(visit.actor, 'patients.takeover') && html`<a href="/console/reprises">Reprises</a>`}`)}
${problems.map((text) => html`<p class="problem" role="alert">${text}</p>`)}
${filters(asked, filtered)}
${insForm(visit)}
<section class="card list">${shown.length > 0 ? patientTable(visit, shown, identifiers, approximate) : nothing(asked, filtered)}</section>
${pages(asked, page, more)}`;
  return { kind: 'page', title: 'Patients', section: 'patients', body };
}

const BAD_DATE =
  'La date de naissance s’écrit JJ/MM/AAAA, par exemple 28/03/1979, ou par sa seule année, par exemple 1979.';

async function statusSentence({ gateway: { pool } }: Visit): Promise<Html | undefined> {
  const { QUAL, VALI, RECUP, PROV } = await countByStatus(pool);
  const all = QUAL + VALI + RECUP + PROV;
  if (all === 0) return undefined;
  const rate = number((100 * QUAL) / all);
  return html`<p>${counted(all, 'identité active', 'identités actives')}, dont ${number(QUAL)} ${QUAL < 2 ? 'qualifiée' : 'qualifiées'} (${rate} %), ${number(VALI)} ${VALI < 2 ? 'validée' : 'validées'}, ${number(RECUP)} ${RECUP < 2 ? 'récupérée' : 'récupérées'} et ${number(PROV)} ${PROV < 2 ? 'provisoire' : 'provisoires'}.</p>`;
}

function filters(asked: Asked, filtered: boolean): Html {
  const choices = (words: Readonly<Record<string, { label: string }>>) =>
    Object.entries(words).map(([value, { label }]) => ({ value, label }));
  return filterForm(
    '/console/patients',
    filtered,
    html`${filterText('nom', 'Nom', asked.nom, 'Naissance ou utilisé')}
${filterText('prenom', 'Prénom', asked.prenom, 'Premières lettres')}
${filterText('naissance', 'Naissance', asked.naissance, 'JJ/MM/AAAA ou année')}
${filterSelect('sexe', 'Sexe', 'Tous', SEXES, asked.sexe)}
${filterText('lieu', 'Lieu de naissance', asked.lieu, 'Code INSEE')}
${filterText('ipp', 'IPP', asked.ipp)}
${filterSelect('statut', 'Statut', 'Tous', choices(STATUSES), asked.statut)}
${filterSelect('insi', 'Réponse d’INSi', 'Toutes', choices(INSI_STATES), asked.insi)}
${filterSelect('attribut', 'Attribut', 'Tous', choices(ATTRIBUTES), asked.attribut)}
${filterSelect('approche', 'Recherche', 'Exacte', [{ value: 'oui', label: 'Approchée' }], asked.approche)}`,
  );
}

const SEXES = [
  { value: 'F', label: 'Féminin' },
  { value: 'M', label: 'Masculin' },
  { value: 'I', label: 'Indéterminé' },
];

function insForm({ session }: Visit): Html {
  return html`<div class="tools"><details class="behind"><summary>Chercher par matricule INS</summary>${actionForm(
    { action: '/console/patients/ins', csrf: session.csrf },
    html`<div class="field"><label for="matricule">Matricule INS, clé comprise</label><input id="matricule" name="matricule" required autocomplete="off" maxlength="21"></div>
<div class="field-actions"><button type="submit" class="btn main">Chercher</button></div>`,
  )}</details></div>`;
}

const COLUMNS: readonly Column[] = [
  { label: 'Nom de naissance, premier prénom' },
  { label: 'Naissance' },
  { label: 'Sexe' },
  { label: 'IPP' },
  { label: 'Statut' },
  { label: 'INSi' },
];

function patientTable(
  visit: Visit,
  shown: readonly Shown[],
  identifiers: ReadonlyMap<string, readonly Identifier[]>,
  approximate: boolean,
): Html {
  return table(
    approximate ? 'Identités, de la plus proche à la moins proche' : 'Identités',
    [...COLUMNS, approximate ? { label: 'Proximité' } : { label: 'Modifiée', align: 'right' }],
    shown.map(({ record, match }) => [
      html`<a class="strong" href="/console/patients/${record.id}">${record.birthName} ${record.firstGivenName}</a>${usedNames(record)}`,
      birthDate(record.birthDate),
      record.sex,
      (identifiers.get(record.id) ?? []).map(({ value }) => value).join(', '),
      html`<span class="chips">${statusChips(record)}</span>`,
      record.insiState === 'settled' || record.insiState === 'none'
        ? html`<span class="mut">${INSI_STATES[record.insiState].label}</span>`
        : chip(INSI_STATES[record.insiState]),
      match === undefined
        ? html`<time datetime="${record.updatedAt.toISOString()}">${recent(record.updatedAt, visit.now)}</time>`
        : html`<span class="strong">${number(Math.round(match.score * 100))} %</span> <span class="mut">${differing(match.agreements)}</span>`,
    ]),
  );
}

function usedNames({ birthName, firstGivenName, usedName, usedGivenName }: IdentityRecord): Html | undefined {
  if (usedName === null && usedGivenName === null) return undefined;
  return html` <span class="mut">(utilisés : ${usedName ?? birthName} ${usedGivenName ?? firstGivenName})</span>`;
}

const TRAITS: Readonly<Record<Agreement['trait'], string>> = {
  familyName: 'nom',
  givenName: 'prénom',
  birthDate: 'date de naissance',
  sex: 'sexe',
  birthPlace: 'lieu de naissance',
};

/** The traits that are not the same, each with its reason. */
function differing(agreements: readonly Agreement[]): string {
  const apart = agreements.filter(({ value }) => value < 1).map(({ trait, reason }) => `${TRAITS[trait]} : ${reason}`);
  return apart.length === 0 ? 'tous les traits demandés' : apart.join(' ; ');
}

/** Status and attributes as chips. */
export function statusChips(identity: IdentityRecord): HtmlValue {
  const attributes = (['homonyme', 'douteuse', 'fictive'] as const).filter((attribute) => identity[attribute]);
  return html`${chip(STATUSES[identity.status])}${attributes.map((attribute) => chip(ATTRIBUTES[attribute]))}`;
}

function nothing(asked: Asked, filtered: boolean): Html {
  if (!filtered)
    return empty(
      'Aucune identité pour l’instant',
      'Une identité arrive avec un message d’admission (HL7 ADT) ou par l’API ; elle se qualifie ensuite par ses deux preuves.',
    );
  const wider = asked.approche === '' && (asked.nom !== '' || asked.prenom !== '' || asked.naissance !== '');
  return empty(
    'Aucune identité ne correspond',
    html`Vérifier l’orthographe du nom et la date, ${wider && html`<a href="${urlOf({ ...asked, approche: 'oui' })}">chercher malgré une ou deux erreurs</a>, `}ou <a href="/console/patients">afficher toutes les identités</a>.`,
  );
}

function urlOf(asked: Asked & { readonly page?: string }): string {
  return `/console/patients?${new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''))}`;
}

function pages(asked: Asked, page: number, more: boolean): Html {
  const url = (to: number): string => urlOf({ ...asked, page: String(to) });
  return html`<nav class="pages" aria-label="Pages de la liste">${page > 1 && html`<a class="btn" href="${url(page - 1)}">Page précédente</a>`}${
    more && page < MOST_PAGES && html`<a class="btn" href="${url(page + 1)}">Page suivante</a>`
  }</nav>`;
}
