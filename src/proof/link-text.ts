/**
 * The text that a link of the chain covers, taken apart: a row as PostgreSQL writes it, `(12,"2026-11-23 08:00:00+00",…)`. Whoever
 * verifies needs no database: the text says everything that is counted.
 */
import { readWhatAndWhere } from '../store/proofs.ts';
import type { ProofLine } from './standing.ts';

export interface LinkLine extends Omit<ProofLine, 'at'> {
  /** As sealed: UTC, to the microsecond. */
  readonly at: string;
  readonly submissionUniqueId: string;
  readonly documentSha1: string;
  /** Of the INS that it was sent under; empty without one. */
  readonly oid: string;
}

const FIELDS = 11;

/** Undefined for what is no line of a ledger. */
export function readLinkText(text: string): LinkLine | undefined {
  const fields = fieldsOf(text);
  if (fields?.length !== FIELDS) return undefined;
  const [id = '', at = '', ej = '', eg = '', , what = '', uniqueId = '', typeCode = ''] = fields;
  const [submissionUniqueId = '', documentSha1 = '', oid = ''] = fields.slice(8);
  const said = readWhatAndWhere(what);
  const instant = isoOf(at);
  if (!/^\d{1,15}$/.test(id) || said === undefined || instant === undefined) return undefined;
  const place = { ledgerId: Number(id), at: instant, ej, eg, ...said, uniqueId, typeCode };
  return { ...place, qualified: oid !== '', submissionUniqueId, documentSha1, oid };
}

function isoOf(at: string): string | undefined {
  const iso = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,6})?)\+00$/.exec(at);
  const instant = iso === null ? '' : `${iso[1]}T${iso[2]}Z`;
  return Number.isNaN(Date.parse(instant)) ? undefined : instant;
}

/** Fields are between commas; one with a space, a comma or a quotation mark stands in quotation marks, which are doubled. */
function fieldsOf(text: string): string[] | undefined {
  if (!text.startsWith('(') || !text.endsWith(')')) return undefined;
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let index = 1; index < text.length - 1; index++) {
    const letter = text.charAt(index);
    if (letter === '"') {
      if (quoted && text.charAt(index + 1) === '"') {
        field += '"';
        index += 1;
      } else quoted = !quoted;
    } else if (letter === '\\' && quoted) {
      index += 1;
      field += text.charAt(index);
    } else if (letter === ',' && !quoted) {
      fields.push(field);
      field = '';
    } else field += letter;
  }
  return quoted ? undefined : [...fields, field];
}
