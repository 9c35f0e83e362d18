/**
 * What can be proved of a FHIR resource without a validator: R4 cardinalities, value sets and references of the elements
 * that we write, the general rules of R4 (ele-1, ext-1), and the invariants of FR Core that ins.md 5.6 states. A resource
 * with an element that this does not know is refused too: what is written is checked, all of it.
 */
import assert from 'node:assert/strict';
import { z } from 'zod';

const id = z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/);
const uri = z.string().regex(/^\S+$/);
const code = z.string().regex(/^[^\s]+(\s[^\s]+)*$/);
const text = z.string().regex(/\S/);
const date = z.string().regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/);
const instant = z.iso.datetime({ offset: true });

const coding = z.strictObject({ system: uri, code, display: text.optional() });
const concept = z.strictObject({ coding: z.array(coding).min(1), text: text.optional() });
const plainExtension = z.strictObject({
  url: uri,
  valueString: text.optional(),
  valueCoding: coding.optional(),
  valueCodeableConcept: concept.optional(),
  valueDate: date.optional(),
  valueDateTime: instant.optional(),
  valueBoolean: z.boolean().optional(),
  valueCode: code.optional(),
});
const extension = plainExtension.extend({
  valueAddress: z.strictObject({ extension: z.array(plainExtension).min(1), city: text.optional() }).optional(),
  extension: z.array(plainExtension).min(1).optional(),
});
type Extension = z.output<typeof extension>;

const identifier = z.strictObject({
  use: z.enum(['usual', 'official', 'temp', 'secondary', 'old']),
  type: concept,
  system: uri,
  value: text,
});
const name = z.strictObject({
  use: z.enum(['usual', 'official', 'temp', 'nickname', 'anonymous', 'old', 'maiden']),
  family: text.optional(),
  given: z.array(text).min(1).optional(),
  extension: z.array(plainExtension).min(1).optional(),
});
const reference = z.strictObject({ reference: uri });

const patient = z.strictObject({
  resourceType: z.literal('Patient'),
  id,
  meta: z.strictObject({ versionId: id, lastUpdated: instant, profile: z.array(uri).length(1) }),
  extension: z.array(extension).min(1),
  identifier: z.array(identifier).min(1),
  active: z.boolean(),
  name: z.array(name).min(1),
  gender: z.enum(['male', 'female', 'other', 'unknown']),
  birthDate: date,
  link: z
    .array(z.strictObject({ other: reference, type: z.enum(['replaced-by', 'replaces', 'refer', 'seealso']) }))
    .min(1)
    .optional(),
});

const outcome = z.strictObject({
  resourceType: z.literal('OperationOutcome'),
  issue: z
    .array(
      z.strictObject({
        severity: z.enum(['fatal', 'error', 'warning', 'information']),
        // http://hl7.org/fhir/ValueSet/issue-type, those that we use.
        code: z.enum([
          'invalid',
          'structure',
          'login',
          'forbidden',
          'not-found',
          'not-supported',
          'conflict',
          'multiple-matches',
          'too-long',
          'processing',
          'required',
          'throttled',
          'exception',
          'code-invalid',
        ]),
        details: concept,
        diagnostics: text,
        expression: z.array(text).min(1).optional(),
      }),
    )
    .min(1),
});

const FR_CORE = 'https://hl7.fr/ig/fhir/core';
const INS_OIDS = /^urn:oid:1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)$/;

export type CheckedPatient = z.output<typeof patient>;

/** The resource, once it is known to be a FHIR R4 Patient that keeps the invariants of FR Core. */
export function checkedPatient(resource: unknown): CheckedPatient {
  const checked = patient.parse(resource);
  eachNode(resource, extensionHasOneValue);
  const said = checked.extension
    .filter(({ url }) => url === `${FR_CORE}/StructureDefinition/fr-core-identity-reliability`)
    .flatMap((one) => one.extension ?? []);
  const codes = said
    .filter(({ url }) => url === 'identityStatus' || url === 'comment')
    .flatMap((part) => [part.valueCoding, ...(part.valueCodeableConcept?.coding ?? [])])
    .flatMap((one) => one?.code ?? []);
  assert.ok(codes.length > 0, 'the reliability of the identity is said');
  const doubt = codes.includes('DOUT') || codes.includes('FICT');
  assert.ok(!doubt || codes.includes('PROV'), 'DOUT or FICT implies PROV');
  assert.ok(!(codes.includes('DOUT') && codes.includes('FICT')), 'DOUT and FICT exclude each other');
  const official = checked.identifier.filter(({ use }) => use === 'official');
  assert.ok(official.length <= 1, 'fr-core-2: one official identifier at most');
  const ins = checked.identifier.filter(({ system }) => INS_OIDS.test(system));
  if (checked.meta.profile[0] === `${FR_CORE}/StructureDefinition/fr-core-patient-ins`) insProfile(checked, ins.length);
  else assert.ok(checked.meta.profile[0] === `${FR_CORE}/StructureDefinition/fr-core-patient`);
  return checked;
}

/** fr-core-patient-ins: what it adds to fr-core-patient (ins.md 5.6). */
function insProfile(
  { extension: extensions, name: names, gender, birthDate, identifier: all }: CheckedPatient,
  ins: number,
): void {
  assert.equal(ins, 1, 'fr-core-1: the INS is there, once');
  const place = extensions.find(({ url }) => url === 'http://hl7.org/fhir/StructureDefinition/patient-birthPlace');
  assert.ok(place?.valueAddress?.extension.some(({ url }) => url.endsWith('/fr-core-address-insee-code')));
  const official = names.filter(({ use }) => use === 'official');
  assert.equal(official.length, 1);
  assert.equal(official[0]?.given?.length, 1);
  assert.equal(official[0]?.extension?.length, 1, 'the list of the given names');
  assert.match(gender, /^(male|female|unknown)$/);
  assert.match(birthDate, /^\d{4}-\d{2}-\d{2}$/);
  for (const one of all.filter(({ system }) => INS_OIDS.test(system)))
    assert.equal(one.use, one.system.endsWith('.9') ? 'temp' : 'official');
}

/** An OperationOutcome of R4. */
export function checkedOutcome(resource: unknown): z.output<typeof outcome> {
  return outcome.parse(resource);
}

function extensionHasOneValue(node: Extension): void {
  const values = Object.keys(node).filter((key) => key.startsWith('value'));
  const parts = node.extension === undefined ? 0 : 1;
  // ext-1: extensions or a value, never both, never neither.
  assert.equal(values.length + parts, 1, `extension ${node.url}`);
}

/** Walks every extension; ele-1: nothing is empty. */
function eachNode(node: unknown, check: (one: Extension) => void): void {
  assert.ok(node !== null && node !== '', 'ele-1: an element has a value or children');
  if (typeof node !== 'object') return;
  assert.ok(Object.keys(node).length > 0, 'ele-1: an element has a value or children');
  const parsed = 'url' in node ? extension.safeParse(node) : undefined;
  if (parsed?.success) check(parsed.data);
  for (const child of Object.values(node)) eachNode(child, check);
}
