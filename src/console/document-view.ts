/** A document made readable without giving the browser anything that it could run: pages drawn, text as text, level 3 in a frame. */
import { isUtf8 } from 'node:buffer';
import { readingRules } from '../rules/reading.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { levelOneMediaType, looksLike } from '../wire/cda/body.ts';
import type { CdaHeader, CdaPerson } from '../wire/cda/header.ts';
import { type ViewBody, viewCda } from '../wire/cda/view.ts';
import { rawFault } from '../wire/raw/check.ts';
import { rtfText } from '../wire/raw/rtf-text.ts';
import { framePage } from './cda-frame.ts';
import { empty, fields } from './components.ts';
import { drawnPage, pageCountOf } from './drawn-pages.ts';
import { counted } from './format.ts';
import { type Html, html } from './html.ts';
import type { Answer } from './visit.ts';
import { french, ruleTitle } from './words.ts';

export interface Shown {
  readonly mimeType: string;
  readonly bytes: Buffer;
}

/** Addresses of the pictures and of the frame of one document. */
export interface ViewAddresses {
  readonly page: (number: number) => string;
  readonly frame: string;
}

/** Pages shown one under the other; the whole file can be saved. */
const MOST_PAGES = 20;
const XML_TYPES = ['text/xml', 'application/xml', 'application/xslt+xml'];

interface Readable {
  readonly header: CdaHeader | undefined;
  readonly body: ViewBody;
}

/** A CDA is opened; anything else is what it says. */
function readable({ mimeType, bytes }: Shown): Result<Readable> {
  if (!XML_TYPES.includes(mimeType)) return checked({ header: undefined, body: { kind: 'level-1', mimeType, bytes } });
  const view = viewCda(bytes);
  return view.ok ? checked(view.value) : view;
}

/** A body that is not what it announces is not shown. */
function checked(view: Readable): Result<Readable> {
  const { body } = view;
  if (body.kind === 'structured') return ok(view);
  const known = levelOneMediaType(body.mimeType);
  if (known === undefined) return ok(view);
  if (!looksLike(known, body.bytes.subarray(0, 16)))
    return refuse(readingRules.notDisplayable, { detail: `annoncé ${known}, ne l’est pas` });
  const fault = rawFault(known, body.bytes);
  return fault === undefined ? ok(view) : { ok: false, refusal: fault };
}

/** Header and body, for a page of the console. */
export async function viewOf(file: Shown, addresses: ViewAddresses, name: string): Promise<Html> {
  const view = readable(file);
  if (!view.ok) return empty(ruleTitle(view.refusal.rule), french(view.refusal.rule.remedy));
  const { header, body } = view.value;
  return html`${header !== undefined && headerOf(header)}${body.kind === 'structured' ? frameOf(addresses.frame, name) : await contentOf(body, addresses, name)}`;
}

function frameOf(address: string, name: string): Html {
  return html`<iframe class="narrative" src="${address}" sandbox title="${name} : texte du document"></iframe>`;
}

async function contentOf({ mimeType, bytes }: Shown, { page }: ViewAddresses, name: string): Promise<Html> {
  switch (mimeType) {
    case 'image/jpeg':
      return html`<img class="sheet" src="${page(1)}" alt="${name}">`;
    case 'application/pdf':
    case 'image/tiff': {
      const pages = await pageCountOf(mimeType, bytes);
      if (!pages.ok) return empty(ruleTitle(pages.refusal.rule), french(pages.refusal.rule.cause));
      const shown = Array.from(
        { length: Math.min(pages.value, MOST_PAGES) },
        (_, index) =>
          html`<img class="sheet" src="${page(index + 1)}" alt="${name}, page ${index + 1} sur ${pages.value}" loading="lazy">`,
      );
      return html`${shown}<p class="mut">${counted(pages.value, 'page', 'pages')}, aperçu en niveaux de gris${pages.value > MOST_PAGES && ` des ${MOST_PAGES} premières`}.</p>`;
    }
    case 'text/plain':
      return plain(textOf(bytes), name);
    case 'text/rtf':
      return html`${plain(rtfText(bytes), name)}<p class="mut">Texte seul : mise en forme et images du fichier RTF ne sont pas montrées.</p>`;
    default:
      return empty(
        'Pas d’aperçu pour ce format',
        'Enregistrer le fichier pour l’ouvrir avec le logiciel qui convient.',
      );
  }
}

function plain(text: string, name: string): Html {
  return html`<pre class="narrative-text" tabindex="0" role="region" aria-label="${name} : texte du document">${text}</pre>`;
}

function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : new TextDecoder('windows-1252').decode(bytes);
}

/** A page as a picture, or the JPEG itself once checked. `number` counts from 1. */
export async function pageOf(file: Shown, number: number): Promise<Answer> {
  const view = readable(file);
  if (!view.ok) return { kind: 'refused', refusal: view.refusal };
  const { body } = view.value;
  if (body.kind === 'structured') return refusedAnswer('le texte s’affiche dans son cadre');
  const { mimeType, bytes } = body;
  if (mimeType === 'image/jpeg') return { kind: 'content', mimeType, bytes };
  if (mimeType !== 'application/pdf' && mimeType !== 'image/tiff') return refusedAnswer(mimeType);
  const drawn = await drawnPage(mimeType, bytes, number - 1, MOST_PAGES);
  return drawn.ok
    ? { kind: 'content', mimeType: 'image/png', bytes: drawn.value }
    : { kind: 'refused', refusal: drawn.refusal };
}

/** The frame of a level 3 document. */
export async function frameAnswer(file: Shown, title: string): Promise<Answer> {
  const view = readable(file);
  if (!view.ok) return { kind: 'refused', refusal: view.refusal };
  if (view.value.body.kind !== 'structured') return refusedAnswer('document de niveau 1');
  return { kind: 'frame', text: await framePage(view.value.body, title) };
}

function refusedAnswer(detail: string): Answer {
  return { kind: 'refused', refusal: { rule: readingRules.notDisplayable, detail } };
}

/** The header as a reader needs it. The patient is that of the page around, compared before anything is shown. */
function headerOf(header: CdaHeader): Html {
  const { code, authors, custodian, legalAuthenticator, serviceEvents, confidentiality, versionNumber } = header;
  const act = serviceEvents[0];
  return html`<div class="cda-header">${fields([
    ['Titre', header.title],
    ['Type', code?.displayName ?? code?.code],
    ['Établi le', localTime(header.effectiveTime)],
    ['Version', versionNumber],
    [
      'Auteur',
      authors
        .map(personOf)
        .filter((name) => name !== '')
        .join(' ; '),
    ],
    ['Responsable', legalAuthenticator === undefined ? undefined : personOf(legalAuthenticator)],
    ['Acte ou prise en charge', [act?.code?.displayName, localTime(act?.period?.low)].filter(Boolean).join(', ')],
    ['Conservé par', custodian?.name],
    ['Confidentialité', confidentiality?.displayName ?? confidentiality?.code],
  ])}</div>`;
}

function personOf(
  person: CdaPerson & { readonly device?: { readonly software: string | undefined } | undefined },
): string {
  const name = [person.given, person.family].filter(Boolean).join(' ');
  return [name === '' ? person.device?.software : name, person.code?.displayName, person.organization?.name]
    .filter(Boolean)
    .join(', ');
}

/** As it is written: local time of its author. */
function localTime(text: string | undefined): string | undefined {
  const [, year, month, day, hour, minute] = /^(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?/.exec(text ?? '') ?? [];
  const date = [day, month, year].filter(Boolean).join('/');
  return hour === undefined ? date || undefined : `${date} ${hour}:${minute ?? '00'}`;
}
