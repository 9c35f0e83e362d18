/**
 * Reads a FHIR R4 Patient as French software sends it: FR Core 2.x with its former spellings, 3.0.0-ballot, the INS
 * patient profile, and plain R4. Source: ins.md 5.6.
 */
import { z } from 'zod';
import type { IdentityAttribute, IdentityStatus, Sex } from '../../ins/types.ts';
import { fhirRules } from '../../rules/fhir.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { EXTENSIONS, FORMER_EXTENSIONS, isInsSystem, oidOfSystem } from './terms.ts';

export interface ReadIdentifier {
  readonly value: string;
  /** The OID of an `urn:oid:` system, else the system as it came. */
  readonly domain: string | undefined;
  readonly type: string;
  readonly old: boolean;
}

/** What a Patient says, in our terms. Nothing is normalised: traits are for `ins/` to judge. */
export interface ReadPatient {
  readonly id: string | undefined;
  readonly active: boolean;
  readonly birthName: string;
  readonly firstGivenName: string;
  readonly birthGivenNames: string | undefined;
  readonly usedName: string | undefined;
  readonly usedGivenName: string | undefined;
  readonly sex: Sex;
  /** `AAAA-MM-JJ`; `00` for what a partial date leaves unsaid. */
  readonly birthDate: string;
  readonly birthPlace: string | undefined;
  /** IPP and other local numbers. */
  readonly identifiers: readonly ReadIdentifier[];
  /** An INS in force, as the caller knows it. */
  readonly ins: { readonly matricule: string; readonly oid: string } | undefined;
  /** As the caller holds it: never taken over (practice 2). */
  readonly status: IdentityStatus | undefined;
  readonly attributes: readonly IdentityAttribute[];
}

const text = z.string().min(1);
const coding = z.object({ system: text.optional(), code: text.optional() });
const concept = z.object({ coding: z.array(coding).optional(), text: text.optional() });
const identifier = z.object({
  use: z.enum(['usual', 'official', 'temp', 'secondary', 'old']).optional(),
  type: concept.optional(),
  system: text.optional(),
  value: text.optional(),
});
/** An extension has a value or extensions, never both (R4 ext-1). */
const innerExtension = z.object({
  url: text,
  valueString: text.optional(),
  valueCode: text.optional(),
  valueBoolean: z.boolean().optional(),
  valueDate: text.optional(),
  valueDateTime: text.optional(),
  valueCoding: coding.optional(),
  valueCodeableConcept: concept.optional(),
});
const address = z.object({
  district: text.optional(),
  city: text.optional(),
  extension: z.array(innerExtension).optional(),
});
const extension = innerExtension.extend({
  valueAddress: address.optional(),
  extension: z.array(innerExtension).optional(),
});
const name = z.object({
  use: z.enum(['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden']).optional(),
  family: text.optional(),
  given: z.array(text).optional(),
  extension: z.array(innerExtension).optional(),
});
const patient = z.object({
  resourceType: z.literal('Patient'),
  id: z
    .string()
    .regex(/^[A-Za-z0-9\-.]{1,64}$/)
    .optional(),
  active: z.boolean().optional(),
  identifier: z.array(identifier).optional(),
  name: z.array(name).optional(),
  gender: z.enum(['male', 'female', 'other', 'unknown']).optional(),
  birthDate: z
    .string()
    .regex(/^\d{4}(-\d{2}(-\d{2})?)?$/)
    .optional(),
  extension: z.array(extension).optional(),
  // Whoever does not know a modifier extension may not act on the resource (R4 2.4.2).
  modifierExtension: z.undefined().optional(),
});
type RawPatient = z.output<typeof patient>;
type RawExtension = z.output<typeof extension>;

/**
 * Refused: not a Patient of R4, or without what an identity needs to exist (a question may leave the gender out). The detail
 * names elements, never values.
 */
export function readPatient(json: unknown, { genderKnown = true } = {}): Result<ReadPatient> {
  const parsed = patient.safeParse(json);
  if (!parsed.success) {
    const paths = new Set(parsed.error.issues.map(({ path }) => ['Patient', ...path].join('.')));
    return refuse(fhirRules.invalidResource, { detail: [...paths].slice(0, 20).join(', '), location: 'Patient' });
  }
  const raw = parsed.data;
  const official = officialName(raw);
  const missing = [
    ...(official?.family === undefined ? ['Patient.name.family (use=official)'] : []),
    ...(official?.given?.[0] === undefined ? ['Patient.name.given (use=official)'] : []),
    ...(genderKnown && raw.gender === undefined ? ['Patient.gender'] : []),
    ...(raw.birthDate === undefined ? ['Patient.birthDate'] : []),
  ];
  if (missing.length > 0)
    return refuse(fhirRules.invalidResource, { detail: `absent : ${missing.join(', ')}`, location: 'Patient' });
  const used = raw.name?.find(({ use }) => use === 'usual');
  const reliability = latestReliability(raw);
  return ok({
    id: raw.id,
    active: raw.active ?? true,
    birthName: official?.family ?? '',
    firstGivenName: official?.given?.[0] ?? '',
    birthGivenNames: givenNames(official),
    // An only name without `use` is the birth name, and no used name.
    usedName: used === official ? undefined : used?.family,
    usedGivenName: used === official ? undefined : used?.given?.[0],
    sex: raw.gender === 'male' ? 'M' : raw.gender === 'female' ? 'F' : 'I',
    birthDate: `${raw.birthDate ?? ''}-00-00`.slice(0, 10),
    birthPlace: birthPlaceOf(raw.extension ?? []),
    identifiers: localIdentifiers(raw),
    ins: insOf(raw),
    status: reliability.status,
    attributes: reliability.attributes,
  });
}

/** `use=official`; plain R4 also says `maiden`; else the only name there is. */
function officialName({ name: names = [] }: RawPatient): z.output<typeof name> | undefined {
  const only = names.length === 1 ? names[0] : undefined;
  return names.find(({ use }) => use === 'official') ?? names.find(({ use }) => use === 'maiden') ?? only;
}

/** The list of FR Core; plain R4 gives several `given`. */
function givenNames(official: z.output<typeof name> | undefined): string | undefined {
  const list = official?.extension?.find(({ url }) => url === EXTENSIONS.givenNames)?.valueString;
  return list ?? (official?.given !== undefined && official.given.length > 1 ? official.given.join(' ') : undefined);
}

/** COG code: an extension of the address, in any of the tables TRE_R13; in former releases the district. */
function birthPlaceOf(extensions: readonly RawExtension[]): string | undefined {
  const place = extensions.find(({ url }) => url === EXTENSIONS.birthPlace || url === FORMER_EXTENSIONS.birthPlace);
  const found = place?.valueAddress?.extension?.find(({ url }) => url === EXTENSIONS.inseeCode);
  return (
    found?.valueCoding?.code ?? (place?.url === FORMER_EXTENSIONS.birthPlace ? place.valueAddress?.district : undefined)
  );
}

function typeOf({ type }: z.output<typeof identifier>): string {
  return type?.coding?.find(({ code }) => code !== undefined)?.code ?? 'PI';
}

function localIdentifiers({ identifier: identifiers = [] }: RawPatient): ReadIdentifier[] {
  return identifiers.flatMap((item) => {
    const type = typeOf(item);
    // A billing number bears the OID of the NIR with the type NH: neither it nor an INS is a local number (ins.md 1).
    if (item.value === undefined || isInsSystem(item.system) || /^(INS|NH$)/i.test(type)) return [];
    return [{ value: item.value, domain: oidOfSystem(item.system) ?? item.system, type, old: item.use === 'old' }];
  });
}

/** The OID decides, the type only tells a billing number (NH) from an INS: both may bear `…4.8` (ins.md 5.2). */
function insOf({ identifier: identifiers = [] }: RawPatient): ReadPatient['ins'] {
  const found = identifiers.find(
    (item) =>
      item.value !== undefined && item.use !== 'old' && isInsSystem(item.system) && /^INS-N/i.test(typeOf(item)),
  );
  const oid = oidOfSystem(found?.system);
  return found?.value === undefined || oid === undefined ? undefined : { matricule: found.value, oid };
}

const STATUSES: readonly IdentityStatus[] = ['PROV', 'VALI', 'RECUP', 'QUAL'];
const ATTRIBUTES: Readonly<Record<string, IdentityAttribute>> = {
  DOUT: 'douteuse',
  FICT: 'fictive',
  HOMD: 'homonyme',
  HOMA: 'homonyme',
};

/**
 * Up to 2.1 the status is one of v2-0445, where DOUT and FICT stand beside PROV and VALI, each in an extension of its own;
 * later it is one of four, and the attributes are comments: Coding in 2.2, CodeableConcept since. Of dated extensions the
 * last updated counts.
 */
function latestReliability({ extension: extensions = [] }: RawPatient): {
  status: IdentityStatus | undefined;
  attributes: readonly IdentityAttribute[];
} {
  const said = extensions
    .filter(({ url }) => url === EXTENSIONS.reliability)
    .map(({ extension: parts = [] }) => ({ parts, at: updatedAt(parts) }));
  const last = Math.max(0, ...said.map(({ at }) => at));
  const codes = said
    .filter(({ at }) => at === last)
    .flatMap(({ parts }) => parts.filter(({ url }) => url === 'identityStatus' || url === 'comment'))
    .flatMap(({ valueCoding, valueCodeableConcept }) => [valueCoding, ...(valueCodeableConcept?.coding ?? [])])
    .flatMap((coded) => coded?.code ?? []);
  const attributes = new Set(codes.flatMap((code) => ATTRIBUTES[code] ?? []));
  const blocked = attributes.has('douteuse') || attributes.has('fictive');
  // DOUT or FICT means PROV, whatever is beside it (invariant of FR Core, EXI SI 09).
  return {
    status: blocked ? 'PROV' : STATUSES.find((status) => codes.includes(status)),
    attributes: [...attributes],
  };
}

/** Milliseconds; 0 where the extension is not dated. */
function updatedAt(parts: readonly z.output<typeof innerExtension>[]): number {
  return Date.parse(parts.find(({ url }) => url === 'lastUpdated')?.valueDateTime ?? '') || 0;
}
