/** What each kind of inventory file says, column by column. */
import { compactName } from '../catalogue/index.ts';
import { parseCivilDate } from '../ins/civil-date.ts';
import { observatoryRules } from '../rules/observatory.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import type { EntryFields, InventoryEntry, InventoryKind } from '../store/inventory.ts';

interface ColumnRule {
  readonly title: string;
  readonly required?: true;
  /** Characters; 200 by default. */
  readonly most?: number;
  /** Values, in the words of the file, and what is kept of each. */
  readonly values?: Readonly<Record<string, string>>;
  readonly is?: 'date' | 'link';
}

const APIS = { hl7: 'HL7v2', hl7v2: 'HL7v2', rest: 'REST', fhir: 'FHIR', dossier: 'folder', v1: 'V1', v2: 'V2' };
const IDENTITIES = { ins: 'INS', 'ins-c': 'INS-C', insc: 'INS-C', nir: 'NIR', ipp: 'IPP' };

/** `installed`: one application of one establishment. `versions`: one version of a product, as its vendor declares it. */
export const COLUMNS: Readonly<Record<InventoryKind, Readonly<Record<string, ColumnRule>>>> = {
  installed: {
    eg: { title: 'finess', required: true },
    product: { title: 'produit', required: true },
    version: { title: 'version', most: 40 },
    vendor: { title: 'editeur' },
    role: { title: 'role', most: 40 },
    application: { title: 'application' },
    facility: { title: 'structure' },
    api: { title: 'api', values: APIS },
    identity: { title: 'identite', values: IDENTITIES },
    comment: { title: 'commentaire', most: 1_000 },
  },
  versions: {
    product: { title: 'produit', required: true },
    version: { title: 'version', required: true, most: 40 },
    vendor: { title: 'editeur' },
    endOfMaintenance: { title: 'fin_maintenance', is: 'date' },
    compatibleVersion: { title: 'version_compatible', most: 40 },
    link: { title: 'lien', is: 'link', most: 500 },
    source: { title: 'source', most: 300 },
  },
};

/** Titles as a person writes them: letters alone. */
export function titleKey(title: string): string {
  return title
    .normalize('NFD')
    .toLowerCase()
    .replace(/[^a-z]/g, '');
}

/** The columns that must be there. */
export function requiredTitles(kind: InventoryKind): string[] {
  return Object.values(COLUMNS[kind]).flatMap(({ title, required }) => (required ? [title] : []));
}

const LONGEST = 200;

/**
 * One line, its values by column; a column that the file does not have says nothing. Any establishment: an inventory may speak of those that this
 * installation does not serve.
 */
export function readEntry(kind: InventoryKind, given: Readonly<Record<string, string>>): Result<InventoryEntry> {
  const fields: Record<string, string> = {};
  for (const [name, rule] of Object.entries(COLUMNS[kind])) {
    if (given[name] === undefined) continue;
    const value = readValue(rule, given[name]);
    if (!value.ok) return value;
    fields[name] = value.value;
  }
  const { eg = '' } = fields;
  if (kind === 'installed' && !/^[\dA-Z]{9}$/.test(eg))
    return refuse(observatoryRules.valueIncorrect, { location: 'finess', detail: '9 caractères attendus' });
  if (compactName(fields.product ?? '') === '') return refuse(observatoryRules.valueMissing, { location: 'produit' });
  return ok({ key: keyOf(kind, fields), eg, fields });
}

/** What is installed keeps its line when its version changes; each version of a product has its own. */
function keyOf(kind: InventoryKind, fields: EntryFields): string {
  const { eg = '', product = '', version = '', application = '', facility = '' } = fields;
  const parts =
    kind === 'installed' ? [eg, compactName(product), application, facility] : [compactName(product), version];
  return JSON.stringify(parts);
}

function readValue({ title, required, most = LONGEST, values, is }: ColumnRule, text: string): Result<string> {
  const wrong = (detail: string) => refuse(observatoryRules.valueIncorrect, { location: title, detail });
  if (text === '') return required ? refuse(observatoryRules.valueMissing, { location: title }) : ok('');
  if (text.length > most) return wrong(`${most} caractères au plus`);
  if (values !== undefined) {
    const known = values[text.toLowerCase().replace(/[\s_]/g, '')];
    return known === undefined ? wrong(`attendu : ${[...new Set(Object.values(values))].join(', ')}`) : ok(known);
  }
  if (is === 'date') return dateOf(text) ?? wrong('une date JJ/MM/AAAA ou AAAA-MM-JJ est attendue');
  if (is === 'link' && !(URL.canParse(text) && new URL(text).protocol === 'https:'))
    return wrong('une adresse https est attendue');
  return ok(text);
}

/** AAAA-MM-JJ. */
function dateOf(text: string): Result<string> | undefined {
  for (const form of ['AAAA-MM-JJ', 'JJ/MM/AAAA'] as const) {
    const read = parseCivilDate(text, form);
    // A day that the calendar does not have is the civil date of nobody, and no date here.
    if (read.ok && !Number.isNaN(Date.parse(read.value)) && new Date(read.value).toISOString().startsWith(read.value))
      return read;
  }
  return undefined;
}
