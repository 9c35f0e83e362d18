/** Words of the observatory and of the catalogue. */
import { type Recognition, verdictOf } from '../catalogue/index.ts';
import type { Difference, DifferenceKind, Obsolete, SeenUse } from '../observatory/index.ts';
import { chip } from './components.ts';
import { birthDate } from './format.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import type { Tone, Word } from './words.ts';

export const OBSERVATORY = '/console/observatoire';
export const CATALOGUE = '/console/catalogue';

export const API_WORDS: Readonly<Record<string, string>> = {
  HL7v2: 'HL7 v2',
  REST: 'REST',
  FHIR: 'FHIR',
  folder: 'Dossier surveillé',
  V1: 'API V1',
  V2: 'API V2',
};

/** What there is to do about a product of the catalogue. */
export const VERDICTS: Readonly<Record<ReturnType<typeof verdictOf>, Word>> = {
  replace: { tone: 'bad', label: 'À remplacer (API V1)' },
  move: { tone: 'wait', label: 'À passer en V2 avec INS' },
  check: { tone: 'doubt', label: 'À vérifier' },
  done: { tone: 'ok', label: 'Version compatible' },
};

const STANDINGS: Readonly<Record<Recognition['standing'], string>> = {
  listed: 'version recensée',
  older: 'antérieure à la version recensée',
  newer: 'plus récente que la version recensée : compatibilité à vérifier',
  compatible: 'compatible d’après le catalogue',
  unknown: 'version non transmise',
};

export function recognitionCell(recognition: Recognition): Html {
  const { product, standing, apiDiffers } = recognition;
  return html`${chip(VERDICTS[verdictOf(recognition)])}<br><a href="${CATALOGUE}/${product.key}">${product.name} ${product.version}</a> <span class="mut">${STANDINGS[standing]}${apiDiffers && ', autre API que celle recensée'}</span>`;
}

const BECAUSE: Readonly<Record<SeenUse['identities'][number]['because'], string>> = {
  wire: 'vu dans les échanges',
  td00: 'déduit : appels TD0.0 observés',
  product: 'déduit du produit et de sa version',
  repository: 'déduit du référentiel d’identités',
  nothing: 'déduit, faute d’indice contraire',
};

const IDENTITY_WORDS: Readonly<Record<string, string>> = {
  INS: 'INS',
  'INS-C': 'INS-C',
  NIR: 'NIR, qualifié ou non',
  IPP: 'IPP',
};

/** Seen, or inferred and from what: never one for the other (practice 21). */
export function identityCell({ api, identities }: SeenUse): HtmlValue {
  if (identities.length === 0) return html`<span class="mut">aucune</span>`;
  return identities.map(({ kind, because }) => {
    const name = api === 'V2' && kind === 'NIR' && because === 'td00' ? 'V2, NIR par TD0.0' : IDENTITY_WORDS[kind];
    return html`<div><span class="strong">${name}</span> <span class="mut">${BECAUSE[because]}</span></div>`;
  });
}

export const DIFFERENCES: Readonly<Record<DifferenceKind, Word>> = {
  undeclared: { tone: 'bad', label: 'Vue, non déclarée' },
  'source-unseen': { tone: 'wait', label: 'Déclarée, jamais vue' },
  'inventory-unseen': { tone: 'wait', label: 'À l’inventaire, jamais vue' },
  'version-behind': { tone: 'bad', label: 'Version en retard' },
  'version-ahead': { tone: 'idle', label: 'Version plus récente' },
  api: { tone: 'bad', label: 'Autre API' },
  identity: { tone: 'bad', label: 'Autre identité' },
};

export function differenceText({ kind, declared, seen }: Difference): string {
  switch (kind) {
    case 'undeclared':
      return declared === '*'
        ? 'La configuration l’accepte par « * » ; ni elle ni l’inventaire ne la nomment.'
        : 'Ni la configuration ni l’inventaire ne la nomment.';
    case 'source-unseen':
      return 'La configuration la déclare ; rien n’est venu d’elle.';
    case 'inventory-unseen':
      return `L’inventaire la dit installée (${declared}) ; rien n’est venu d’elle.`;
    case 'version-behind':
    case 'version-ahead':
      return `Version déclarée ${declared}, version vue ${seen}.`;
    case 'api':
      return `API déclarée ${API_WORDS[declared] ?? declared}, vue ${seen
        .split(', ')
        .map((api) => API_WORDS[api] ?? api)
        .join(', ')}.`;
    case 'identity':
      return `Identité déclarée ${declared}, vue ${seen}.`;
  }
}

export const MAINTENANCE: Readonly<Record<Obsolete['standing'], { readonly tone: Tone; readonly label: string }>> = {
  ended: { tone: 'bad', label: 'N’est plus maintenue' },
  ending: { tone: 'wait', label: 'Fin de maintenance annoncée' },
  unlisted: { tone: 'doubt', label: 'Version que l’éditeur ne déclare pas' },
};

export function maintenanceText({ endOfMaintenance, compatibleVersion }: Obsolete): string {
  const parts = [
    ...(endOfMaintenance === '' ? [] : [`maintenance jusqu’au ${birthDate(endOfMaintenance)}`]),
    ...(compatibleVersion === '' ? [] : [`version compatible : ${compatibleVersion}`]),
  ];
  return parts.length === 0 ? 'L’éditeur n’en dit pas plus.' : `${parts.join(' ; ')}.`;
}

/** In an address: the three names, whatever characters they hold. */
export function applicationId({
  eg,
  application,
  facility,
}: Pick<Difference, 'eg' | 'application' | 'facility'>): string {
  return Buffer.from(JSON.stringify([eg, application, facility]), 'utf8').toString('base64url');
}

export function applicationName({ application, facility }: Pick<Difference, 'application' | 'facility'>): HtmlValue {
  const name =
    application === ''
      ? 'Application sans nom'
      : application === '…'
        ? 'Trop d’applications pour être nommées'
        : application;
  return html`<span class="strong">${name}</span> <span class="mut">${facility === '*' ? '' : facility}</span>`;
}
