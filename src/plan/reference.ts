/**
 * Legal constraints, contacts and links: what comes with the program, and what a region publishes in its place. A version
 * never changes; the last one is in force.
 */
import type { UseCaseContext } from '../queue/context.ts';
import { planRules } from '../rules/plan.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { insertReference, listReferences, type ReferenceRow } from '../store/plan-reference.ts';
import type { StepNumber } from './check.ts';
import { isDay } from './day.ts';

export interface Constraint {
  /** AAAA-MM-JJ: it holds from that day. */
  readonly from: string;
  readonly title: string;
  readonly text: string;
  readonly source: string;
  /** Steps beside which it is shown. */
  readonly steps: readonly StepNumber[];
}

export interface Contact {
  readonly name: string;
  readonly role: string;
  /** Mail address, telephone, page. */
  readonly reach: string;
}

export interface Link {
  readonly label: string;
  readonly url: string;
}

export interface Reference {
  readonly constraints: readonly Constraint[];
  readonly contacts: readonly Contact[];
  readonly links: readonly Link[];
}

export type ReferenceInForce = Reference & {
  readonly version: string;
  /** Absent: as it came with the program. */
  readonly published?: Pick<ReferenceRow<Reference>, 'at' | 'actor' | 'reason'>;
};

/** Contacts are the region's own: none is known here. */
const SUPPLIED: ReferenceInForce = {
  version: 'fournie avec le logiciel',
  constraints: [
    {
      from: '2021-01-01',
      title: 'L’INS est obligatoire',
      text: 'Les données de santé d’un patient sont référencées par son identifiant national de santé.',
      source: 'Code de la santé publique, article L. 1111-8-1',
      steps: [1, 3, 4],
    },
    {
      from: '2022-04-26',
      title: 'Alimenter le DMP est obligatoire',
      text: 'Les documents que l’arrêté énumère alimentent le DMP ; l’arrêté fixe la date d’effet de chaque type.',
      source: 'Code de la santé publique, article L. 1111-15, et arrêté du 26 avril 2022',
      steps: [5],
    },
    {
      from: '2022-12-31',
      title: 'L’API V1 du DMP est fermée',
      text: 'Plus aucune alimentation sous INS-C : les flux passent à l’API V2.',
      source: 'Calendrier national de fermeture de l’API V1',
      steps: [2, 5],
    },
    {
      from: '2023-09-30',
      title: 'TD0.0 est fermé',
      text: 'Le NIR ne vient plus de la carte Vitale par TD0.0 : l’identité vient d’INSi, par le référentiel d’identité.',
      source: 'GIE SESAM-Vitale, matrice des droits v1.8, note 11',
      steps: [1, 2, 5],
    },
  ],
  contacts: [],
  links: [
    { label: 'Agence du numérique en santé', url: 'https://esante.gouv.fr' },
    { label: 'GIE SESAM-Vitale', url: 'https://www.sesam-vitale.fr' },
  ],
};

const SHOWN = 50;

export async function referenceInForce({ pool }: Pick<UseCaseContext, 'pool'>): Promise<ReferenceInForce> {
  const [last] = await listReferences<Reference>(pool, 1);
  if (last === undefined) return SUPPLIED;
  const { version, content, at, actor, reason } = last;
  return { ...content, version, published: { at, actor, reason } };
}

/** Versions published here, the last first. */
export async function publishedReferences({ pool }: UseCaseContext): Promise<ReferenceRow<Reference>[]> {
  return listReferences<Reference>(pool, SHOWN);
}

export interface WantedReference extends Reference {
  readonly version: string;
  readonly reason: string;
}

/** In force at once. */
export async function publishReference(
  { pool, now }: UseCaseContext,
  { version, reason, constraints, contacts, links }: WantedReference,
  actor: string,
): Promise<Result<true>> {
  const fault =
    version === '' || reason === '' ? 'version et motif sont attendus' : faultOf({ constraints, contacts, links });
  if (fault !== undefined) return refuse(planRules.referenceInvalid, { detail: fault });
  await insertReference(pool, { version, content: { constraints, contacts, links }, reason, actor, at: now() });
  return ok(true);
}

function faultOf({ constraints, contacts, links }: Reference): string | undefined {
  for (const { from, title, text, source, steps } of constraints) {
    if (!isDay(from)) return `date « ${from.slice(0, 20)} »`;
    if (title === '' || text === '' || source === '')
      return `contrainte du ${from} : titre, texte et source sont attendus`;
    if (steps.some((step) => ![1, 2, 3, 4, 5].includes(step))) return `contrainte du ${from} : étapes de 1 à 5`;
  }
  const contact = contacts.find(({ name, reach }) => name === '' || reach === '');
  if (contact !== undefined) return `contact « ${contact.name.slice(0, 40)} » : nom et moyen de le joindre`;
  const link = links.find(({ label, url }) => label === '' || !isSecureAddress(url));
  return link === undefined ? undefined : `lien « ${link.label.slice(0, 40)} » : adresse https attendue`;
}

function isSecureAddress(url: string): boolean {
  return URL.canParse(url) && new URL(url).protocol === 'https:';
}
