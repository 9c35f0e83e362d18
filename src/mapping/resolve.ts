/**
 * What a raw document says in its sender's own codes becomes national, or is missing. Nothing is guessed: a value without
 * a row waits (practice 12 and 14). A received CDA speaks for itself and is never looked at here.
 */
import { establishmentOf, sourceOfDocument } from '../config/lookup.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { mappingRules } from '../rules/mapping.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import type { Db } from '../store/db.ts';
import type { DocumentDeclaration, DocumentRecord } from '../store/documents.ts';
import { type MappingKind, type MappingRecord, mappingsOf } from '../store/mappings.ts';
import type { UnmappedValue } from '../store/unmapped-values.ts';
import { scopesFor } from './scopes.ts';

type LocalValues = NonNullable<DocumentDeclaration['local']>;

export interface Resolution {
  /** In national terms, as far as they are known. */
  readonly document: DocumentRecord;
  readonly used: readonly { readonly id: string; readonly kind: MappingKind; readonly revision: number }[];
  readonly missing: readonly UnmappedValue[];
  /** « Non transmissible » : the site decided that this type is never fed. */
  readonly ended?: Refusal;
}

const UNMAPPED: Readonly<Record<MappingKind, Rule>> = {
  types: mappingRules.typeUnmapped,
  units: mappingRules.unitUnmapped,
  authors: mappingRules.authorUnmapped,
};

/** Why a document waits for its first missing value; undefined when it waits for none. */
export function missingReason({ missing }: Resolution): Refusal | undefined {
  const [first] = missing;
  return first && { rule: UNMAPPED[first.kind], detail: `« ${first.localValue} »` };
}

/** One query for a raw document that names anything by a code of its own, none for the others. */
export async function resolveLocalValues(
  db: Db,
  { config }: UseCaseContext,
  document: DocumentRecord,
): Promise<Resolution> {
  // A deletion names a document that was described already.
  const local = document.action === 'delete' ? undefined : document.notice.local;
  const wanted = local === undefined ? [] : wantedValues(local);
  if (local === undefined || wanted.length === 0) return { document, used: [], missing: [] };
  const rows = await mappingsOf(db, wanted);
  const unit = rowFor(rows, 'units', local, document);
  const unitDecides = sourceOfDocument(config, document).mapUnits;
  const eg = unit?.target.eg ?? (unitDecides ? declaredEntity(config, local) : undefined) ?? document.eg;
  const placed = { ...document, eg, ej: establishmentOf(config, eg).legal.finess };
  const type = rowFor(rows, 'types', local, placed);
  const author = rowFor(rows, 'authors', local, placed);
  const settled: Readonly<Record<MappingKind, boolean>> = {
    types: local.type === undefined || type !== undefined,
    units:
      !unitDecides || local.unit === undefined || unit !== undefined || declaredEntity(config, local) !== undefined,
    authors: local.author === undefined || author !== undefined || document.notice.author?.specialty !== undefined,
  };
  return {
    document: described(placed, { type, unit, author }),
    used: [unit, type, author].flatMap((row) => row ?? []),
    missing: wanted.filter(({ kind }) => !settled[kind]),
    ...(type !== undefined && 'neverFed' in type.target
      ? { ended: { rule: mappingRules.typeNeverFed, detail: `« ${type.localValue} »` } }
      : {}),
  };
}

/** Values that a row may settle, in the order in which a document is said to wait for them. */
function wantedValues({ type, unit, author }: LocalValues): UnmappedValue[] {
  const wanted: UnmappedValue[] = [];
  if (type !== undefined) wanted.push({ kind: 'types', localValue: type.code, localName: '', label: type.label ?? '' });
  if (unit !== undefined) wanted.push({ kind: 'units', localValue: unit.code, localName: '', label: unit.label ?? '' });
  if (author !== undefined) {
    const name = nameKey(author);
    const label = [author.family, author.given].filter((part) => part !== '').join(', ');
    wanted.push({
      kind: 'authors',
      localValue: author.id ?? name,
      localName: author.id === undefined ? '' : name,
      label,
    });
  }
  return wanted;
}

/** A name as the tables compare it: upper case, without accents, single spaces. */
export function nameKey({ family, given }: { readonly family: string; readonly given: string }): string {
  return `${family} ${given}`
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[^\dA-Z]+/g, ' ')
    .trim();
}

type RowOf<K extends MappingKind> = Extract<MappingRecord, { readonly kind: K }>;

/** The row of the most precise scope; inside one scope, a row for this very name before a row for any. */
function rowFor<K extends MappingKind>(
  rows: readonly MappingRecord[],
  kind: K,
  local: LocalValues,
  document: DocumentRecord,
): RowOf<K> | undefined {
  const wanted = wantedValues(local).find((value) => value.kind === kind);
  if (wanted === undefined) return undefined;
  const fitting = rows.filter(
    (row): row is RowOf<K> =>
      row.kind === kind &&
      row.localValue === wanted.localValue &&
      (row.localName === '' || row.localName === wanted.localName),
  );
  for (const scope of scopesFor(kind, document)) {
    const inScope = fitting.filter((row) => row.scope === scope);
    const found = inScope.find((row) => row.localName !== '') ?? inScope[0];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The geographic entity that the sender names by its FINESS, when it is one of ours: a national code needs no row. */
function declaredEntity(config: UseCaseContext['config'], { structure }: LocalValues): string | undefined {
  const entities = config.legalEntities.flatMap((legal) => legal.geographicEntities);
  return entities.find(({ finess }) => finess === structure)?.finess;
}

function described(
  document: DocumentRecord,
  rows: { type: RowOf<'types'> | undefined; unit: RowOf<'units'> | undefined; author: RowOf<'authors'> | undefined },
): DocumentRecord {
  const type = rows.type?.target;
  const { sector, practiceSetting } = rows.unit?.target ?? {};
  const author = rows.author?.target;
  return {
    ...document,
    typeCode: type !== undefined && 'typeCode' in type ? type.typeCode : document.typeCode,
    notice: {
      ...document.notice,
      ...(author === undefined ? {} : { author }),
      place: { ...(sector !== undefined && { sector }), ...(practiceSetting !== undefined && { practiceSetting }) },
    },
  };
}
