/** What is wrong with a call, in French and without the received value: it may be a name or a matricule. */
import type { z } from 'zod';

type RawIssue = z.core.$ZodRawIssue;

const TYPES: Readonly<Record<string, string>> = {
  string: 'un texte est attendu',
  number: 'un nombre est attendu',
  int: 'un nombre entier est attendu',
  boolean: '« true » ou « false » est attendu',
  array: 'une liste est attendue',
  object: 'un objet est attendu',
};
const FORMATS: Readonly<Record<string, string>> = {
  uuid: 'un UUID est attendu',
  datetime: 'une date avec heure et décalage est attendue (ISO 8601)',
};

/** The error map of every `safeParse` of the API. */
export function frenchIssue(issue: RawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'valeur obligatoire' : (TYPES[issue.expected] ?? 'type incorrect');
    case 'invalid_value':
      return `une de ces valeurs est attendue : ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return limit('au moins', issue.origin, issue.minimum);
    case 'too_big':
      return limit('au plus', issue.origin, issue.maximum);
    case 'invalid_format':
      return FORMATS[issue.format] ?? 'format incorrect';
    case 'invalid_union':
      return 'aucune des formes admises';
    default:
      return 'valeur incorrecte';
  }
}

function limit(which: 'au moins' | 'au plus', origin: string, bound: number | bigint): string {
  const plural = bound > 1 ? 's' : '';
  const unit = origin === 'string' ? ` caractère${plural}` : origin === 'array' ? ` élément${plural}` : '';
  return `${which} ${bound}${unit}`;
}

/**
 * PostgreSQL keeps neither U+0000 nor half a surrogate pair: a text that holds one cannot be recorded as it is. For what
 * a schema has accepted, so of a known depth.
 */
export function unstorableText(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  if (value === null || typeof value !== 'object') return false;
  return Object.entries(value).some(([key, item]) => unstorableText(key) || unstorableText(item));
}
