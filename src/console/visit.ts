/** What a page is given, and what it can answer. */
import type { Actor, Permission } from '../api/access.ts';
import type { UseCaseContext } from '../queue/context.ts';
import type { Refusal } from '../rules/rule.ts';
import type { UploadedFile } from '../wire/multipart/read.ts';
import type { HtmlValue } from './html.ts';
import type { Section } from './layout.ts';
import type { Session } from './sessions.ts';

export interface Visit {
  readonly gateway: UseCaseContext;
  readonly session: Session;
  readonly actor: Actor;
  readonly now: Date;
  /** The `:id` of the path; empty where there is none. */
  readonly id: string;
  /** A parameter of the URL, trimmed; empty when absent. */
  readonly query: (name: string) => string;
  /** A field of the posted form, trimmed; empty when absent. */
  readonly form: (name: string) => string;
  /** Every value of a field that may be given several times. */
  readonly forms: (name: string) => readonly string[];
  /** Same, whole and untouched: a file. */
  readonly wholeForm: (name: string) => string;
  /** The file of a posted form, read as it arrives; undefined for a form without one. */
  readonly file: UploadedFile | undefined;
}

export type Answer =
  | {
      readonly kind: 'page';
      readonly title: string;
      readonly section: Section;
      readonly body: HtmlValue;
      readonly live?: string;
      readonly status?: number;
      /** The browser asks for the page again after this, without any script. */
      readonly refreshSeconds?: number;
    }
  | {
      /** A file that is written as it is read. */
      readonly kind: 'stream';
      readonly mimeType: string;
      readonly chunks: AsyncIterable<string | Uint8Array>;
      readonly saveAs: string;
    }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** A page for a sandboxed frame: nothing of the console's own. */
  | { readonly kind: 'frame'; readonly text: string }
  | {
      readonly kind: 'content';
      readonly mimeType: string;
      readonly bytes: Uint8Array;
      /** Saved under this name instead of shown. */
      readonly saveAs?: string;
    };

export interface PageDefinition {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly permission: Permission;
  /** It speaks of every establishment: closed to who is bound to one. */
  readonly whole?: true;
  /** What the audit trail says was looked at; absent where no identity and no document is shown (promise 8). */
  readonly audited?:
    | 'documents'
    | 'patients'
    | 'messages'
    | 'operations'
    | 'mappings'
    | 'corrections'
    | 'discrepancies'
    | 'subscribers'
    | 'recalls'
    | 'events'
    | 'access'
    | 'suspensions'
    | 'mails'
    | 'proof'
    | 'templates';
  /** Longest body that its form may have, where it is more than the usual. */
  readonly maxBytes?: number;
  readonly answer: (visit: Visit) => Promise<Answer>;
}

/** Longest text that a parameter or field may have. */
const LONGEST = 500;

/** One value of a parsed query or form, exactly as it came. */
export function exactTextOf(values: unknown, name: string): string {
  if (typeof values !== 'object' || values === null || !Object.hasOwn(values, name)) return '';
  const value: unknown = Reflect.get(values, name);
  return typeof value === 'string' ? value : '';
}

/** Same, without the spaces around it and of a bounded length. */
export function textOf(values: unknown, name: string): string {
  return exactTextOf(values, name).trim().slice(0, LONGEST);
}

/** The values of a field that was given several times, or once. */
export function textsOf(values: unknown, name: string): readonly string[] {
  if (typeof values !== 'object' || values === null || !Object.hasOwn(values, name)) return [];
  return [Reflect.get(values, name)].flat().filter((value): value is string => typeof value === 'string');
}

export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}
