/** For whom a row of the mapping tables holds: one application, one establishment, or the whole installation. */
import { findSource } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import type { MappingKind } from '../store/mappings.ts';

export type Scope =
  | { readonly kind: 'installation' }
  | { readonly kind: 'establishment'; readonly eg: string }
  /** MSH-3 and MSH-4; `*` for any facility. For a caller of the API, `REST` and its name. */
  | { readonly kind: 'source'; readonly application: string; readonly facility: string };

export function scopeText(scope: Scope): string {
  switch (scope.kind) {
    case 'installation':
      return '';
    case 'establishment':
      return `eg:${scope.eg}`;
    case 'source':
      return `source:${scope.application}|${scope.facility}`;
  }
}

/** Undefined for a text that is no scope. */
export function parseScope(text: string): Scope | undefined {
  if (text === '') return { kind: 'installation' };
  if (text.startsWith('eg:')) return { kind: 'establishment', eg: text.slice(3) };
  const [, application = '', facility = ''] = /^source:([^|]+)\|([^|]*)$/.exec(text) ?? [];
  return application === '' ? undefined : { kind: 'source', application, facility };
}

/** The scope of whoever sent a document, `MSH-3|MSH-4` as stored. */
export function scopeOfSender(sender: string): Scope {
  const [application = '', facility = ''] = sender.split('|');
  return { kind: 'source', application, facility };
}

/** Scopes that hold for a document, the most precise first. A unit is not looked up by an establishment: it decides it. */
export function scopesFor(kind: MappingKind, document: { readonly sender: string; readonly eg: string }): string[] {
  const sender = scopeOfSender(document.sender);
  const anyFacility = sender.kind === 'source' ? [scopeText({ ...sender, facility: '*' })] : [];
  const ofEstablishment = kind === 'units' ? [] : [scopeText({ kind: 'establishment', eg: document.eg })];
  return [scopeText(sender), ...anyFacility, ...ofEstablishment, ''];
}

/** The establishment that a scope is about; undefined for one that concerns, or may concern, several. */
function establishmentOfScope(config: Config, text: string): string | undefined {
  const scope = parseScope(text);
  switch (scope?.kind) {
    case 'establishment':
      return scope.eg;
    case 'source':
      return scope.facility === '*' ? undefined : findSource(config, scope.application, scope.facility)?.eg;
    default:
      return undefined;
  }
}

/** An actor bound to one establishment reads its own rows and those common to all, never another establishment's. */
export function scopeIsVisible(config: Config, eg: string | null, scope: string): boolean {
  return eg === null || scope === '' || establishmentOfScope(config, scope) === eg;
}

/** And changes only its own: a common row would change what the others send. */
export function scopeIsEditable(config: Config, eg: string | null, scope: string): boolean {
  return eg === null || (scope !== '' && establishmentOfScope(config, scope) === eg);
}
