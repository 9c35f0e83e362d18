/** The frame of every page: skip link, navigation, main, who is connected. */
import type { Actor } from '../api/access.ts';
import { may, type Permission, ROLE_LABELS } from '../api/access.ts';
import { actionForm } from './components.ts';
import { type Html, type HtmlValue, html } from './html.ts';
import { brandMark } from './icons.ts';

export type Section =
  | 'accueil'
  | 'documents'
  | 'patients'
  | 'travail'
  | 'cellule'
  | 'operations'
  | 'correspondances'
  | 'messages'
  | 'flux'
  | 'migration'
  | 'region'
  | 'preuve'
  | 'conformite'
  | 'modeles'
  | 'alertes'
  | 'professionnels'
  | 'regles'
  | 'courriels';

interface Entry {
  readonly section: Section;
  readonly label: string;
  readonly path: string;
  readonly permission: Permission;
}

const ENTRIES: readonly Entry[] = [
  { section: 'accueil', label: 'Accueil', path: '/console/', permission: 'indicators.read' },
  { section: 'documents', label: 'Documents', path: '/console/documents', permission: 'documents.read' },
  { section: 'patients', label: 'Patients', path: '/console/patients', permission: 'patients.read' },
  { section: 'travail', label: 'À traiter', path: '/console/travail', permission: 'documents.read' },
  { section: 'cellule', label: 'Identitovigilance', path: '/console/cellule', permission: 'patients.read' },
  {
    section: 'operations',
    label: 'Opérations en masse',
    path: '/console/operations',
    permission: 'documents.bulk',
  },
  {
    section: 'correspondances',
    label: 'Correspondances',
    path: '/console/correspondances',
    permission: 'mappings.read',
  },
  { section: 'messages', label: 'Messages arrêtés', path: '/console/messages', permission: 'messages.read' },
  { section: 'courriels', label: 'Courriels reçus', path: '/console/courriels', permission: 'mails.read' },
  { section: 'flux', label: 'Flux', path: '/console/flux', permission: 'flows.read' },
  { section: 'migration', label: 'Migration', path: '/console/migration', permission: 'plan.read' },
  { section: 'region', label: 'Région', path: '/console/region', permission: 'region.read' },
  { section: 'preuve', label: 'Preuve d’alimentation', path: '/console/preuve', permission: 'proof.read' },
  { section: 'conformite', label: 'Conformité', path: '/console/conformite', permission: 'conformance.read' },
  { section: 'modeles', label: 'Modèles', path: '/console/modeles', permission: 'templates.read' },
  { section: 'alertes', label: 'Alertes', path: '/console/alertes', permission: 'alerts.read' },
  {
    section: 'professionnels',
    label: 'Professionnels habilités',
    path: '/console/professionnels',
    permission: 'access.manage',
  },
  { section: 'regles', label: 'Règles', path: '/console/regles', permission: 'indicators.read' },
];

export interface Frame {
  readonly title: string;
  readonly section: Section | undefined;
  readonly body: HtmlValue;
  /** What the page wants to be told about: nothing, the whole installation, a document or a patient. */
  readonly live?: string | undefined;
}

export interface Reader {
  readonly actor: Actor;
  readonly displayName: string;
  readonly csrf: string;
  /** The hospital, or the one establishment that this person sees. */
  readonly place: string;
  readonly waiting: number;
  /** Authenticated by a provider: may hold several rights. */
  readonly professional: boolean;
  /** Shown above every page: what staff must know of the national services. */
  readonly banner: Html;
}

const MOST_COUNTED = 999;

function head(title: string, live: string | undefined): Html {
  return html`<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – Trait d’Union</title>
<link rel="icon" type="image/svg+xml" href="/console/fichiers/icone.svg">
<link rel="stylesheet" href="/console/fichiers/console.css">
<script type="module" src="/console/fichiers/console.js"></script>
</head>
<body${live !== undefined && html` data-live="${live}"`}>
`;
}

/** A page without navigation: connection, or an error before it. */
export function barePage(title: string, body: HtmlValue): Html {
  return html`${head(title, undefined)}<main class="bare" id="contenu">${body}</main>
</body>
</html>`;
}

export function page(frame: Frame, reader: Reader): Html {
  return html`${head(frame.title, frame.live)}<a class="skip" href="#contenu">Aller au contenu</a>
<div class="shell">
<header class="side">
<div class="brand">${brandMark()}<div><p class="name">Trait d’Union</p><p class="place">${reader.place}</p></div></div>
<nav aria-label="Navigation principale"><ul>${ENTRIES.filter(({ permission }) => may(reader.actor, permission)).map(
    ({ section, label, path }) =>
      html`<li><a href="${path}"${section === frame.section && html` aria-current="page"`}><span>${label}</span>${section === 'travail' && badge(reader.waiting)}</a></li>`,
  )}</ul></nav>
<div class="who"><p><span class="strong">${reader.displayName}</span><br>${ROLE_LABELS[reader.actor.role]}</p>${reader.professional && html`<a href="/console/exercice">Établissement et rôle</a>`}${actionForm(
    { action: '/console/deconnexion', csrf: reader.csrf, className: 'leave' },
    html`<button type="submit" class="btn small">Se déconnecter</button>`,
  )}${frame.live !== undefined && html`<p class="live-state" role="status" hidden></p>`}</div>
</header>
<main id="contenu" tabindex="-1">${reader.banner}${frame.body}</main>
</div>
</body>
</html>`;
}

function badge(waiting: number): HtmlValue {
  if (waiting === 0) return undefined;
  return html`<span class="badge"><span class="unseen">, documents en attente : </span>${waiting > MOST_COUNTED ? `${MOST_COUNTED}+` : waiting}</span>`;
}

/** The heading of a page: one sentence that says it all, then what goes with it. */
export function heading(title: HtmlValue, lead?: HtmlValue, above?: HtmlValue): Html {
  return html`<div class="heading">${above !== undefined && above !== false && html`<p class="above">${above}</p>`}<h1>${title}</h1>${lead !== undefined && html`<div class="lead">${lead}</div>`}</div>`;
}
