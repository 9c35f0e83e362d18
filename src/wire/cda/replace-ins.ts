/**
 * Practice 18, the one exception to "byte-identical": in the header of a CDA of an old connector, the INS-C of the patient (or
 * the NIR of TD0.0) gives place to the qualified INS. Only the values of that one `id` change; every other byte stays.
 */
import { isDeepStrictEqual } from 'node:util';
import { INS_OIDS } from '../../ins/oids.ts';
import type { QualifiedIdentity } from '../../ins/types.ts';
import { documentRules } from '../../rules/document.ts';
import { reissueRules } from '../../rules/reissue.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { type AttributePlace, type ByteView, byteView, type TagPlace, tagPlaces } from '../xml/tag-places.ts';
import { type CdaHeader, readCdaHeader, XSL_NAMESPACE } from './header.ts';
import { HL7_NAMESPACE, isInsRoot } from './oids.ts';

const SIGNATURE = 'http://www.w3.org/2000/09/xmldsig#';
const ROLE_ID = ['ClinicalDocument', 'recordTarget', 'patientRole', 'id'];
const PLACE = '/ClinicalDocument/recordTarget/patientRole/id';

interface NationalNumber {
  readonly value: string;
  readonly oid: string;
}

/** One value that changed. `at`: its first byte in the original. */
export interface Change {
  readonly place: string;
  readonly at: number;
  readonly before: string;
  readonly after: string;
}

export interface Reissued {
  readonly bytes: Buffer;
  /** Empty when the CDA already bore the qualified INS: it is the very same bytes. */
  readonly changes: readonly Change[];
  /** The number of the header is also written where it says nothing to a machine: it stays there. */
  readonly alsoInText: boolean;
}

/** The number under which the header of a CDA names its patient nationally: an INS-C, or a matricule whatever its origin. */
export function carriedNumber({ patient }: CdaHeader): NationalNumber | undefined {
  const [found] = patient.ids.filter(({ root }) => root === INS_OIDS.insC || isInsRoot(root));
  return found?.root === undefined || found.extension === undefined
    ? undefined
    : { value: found.extension, oid: found.root };
}

/** Refused when it cannot be done without changing, or inventing, anything else. */
export function replaceIns(original: Buffer, { ins }: QualifiedIdentity): Result<Reissued> {
  return withNumber(original, { value: ins.matricule, oid: ins.oid });
}

/** What differs between a CDA as it came and the one that was made of it; undefined when that is not all that differs. */
export function changesBetween(original: Buffer, made: Buffer): readonly Change[] | undefined {
  const header = readCdaHeader(made);
  const number = header.ok ? carriedNumber(header.value) : undefined;
  const again = number === undefined ? undefined : withNumber(original, number);
  return again?.ok === true && again.value.bytes.equals(made) ? again.value.changes : undefined;
}

function withNumber(original: Buffer, number: NationalNumber): Result<Reissued> {
  const header = readCdaHeader(original);
  if (!header.ok) return header;
  const carried = carriedNumber(header.value);
  const same = carried?.oid === number.oid && carried.value === number.value;
  // A CDA without any number is told so by the header rules: none is written where there was none.
  if (carried === undefined || (same && nationalIds(header.value).length === 1))
    return ok({ bytes: original, changes: [], alsoInText: false });
  if (nationalIds(header.value).length > 1) return refuse(reissueRules.severalNumbers, { location: PLACE });
  const [repeated] = header.value.repeated;
  if (repeated !== undefined) return refuse(documentRules.cdaElementRepeated, { location: repeated });
  const view = byteView(original);
  if (view === undefined) return refuse(reissueRules.encodingUnread);
  const found = findId(view.text, carried);
  if (!found.ok) return found;
  const { root, extension } = found.value;
  const edits = [
    { at: root, place: `${PLACE}/@root`, after: number.oid },
    { at: extension, place: `${PLACE}/@extension`, after: number.value },
  ].filter(({ at, after }) => at.value !== after);
  const bytes = edited(original, view, edits);
  if (!onlyTheIdDiffers(header.value, bytes, carried.oid, number)) return refuse(reissueRules.encodingUnread);
  return ok({
    bytes,
    changes: edits.map(({ at, place, after }) => ({ place, at: at.start * view.width, before: at.value, after })),
    alsoInText: textHolds(view.text, carried.value, extension),
  });
}

function nationalIds({ patient }: CdaHeader) {
  return patient.ids.filter(({ root }) => root === INS_OIDS.insC || isInsRoot(root));
}

type IdPlace = { readonly root: AttributePlace; readonly extension: AttributePlace };

/** The one `id` to change; refused when the number is coded elsewhere, or when a signature covers the document. */
function findId(text: string, carried: NationalNumber): Result<IdPlace> {
  const found: IdPlace[] = [];
  for (const tag of tagPlaces(text)) {
    if (tag.namespace === SIGNATURE || tag.name === 'signatureText') return refuse(reissueRules.signedDocument);
    const root = tag.attributes.get('root');
    const extension = tag.attributes.get('extension');
    if (isPatientId(tag) && root?.value.trim() === carried.oid && extension !== undefined) {
      if (/INS-?C/i.test(tag.attributes.get('assigningAuthorityName')?.value ?? ''))
        return refuse(reissueRules.codedElsewhere, { location: `${PLACE}/@assigningAuthorityName` });
      found.push({ root, extension });
    } else if (namesPatient(tag, carried)) return refuse(reissueRules.codedElsewhere, { location: pathOf(tag) });
  }
  const [only] = found;
  return only === undefined || found.length > 1 ? refuse(reissueRules.encodingUnread) : ok(only);
}

function isPatientId({ name, namespace, around }: TagPlace): boolean {
  const path = [...around, { name, namespace }].slice(-ROLE_ID.length);
  if (!path.every((each, index) => each.name === ROLE_ID[index] && each.namespace === HL7_NAMESPACE)) return false;
  const outside = around.length - ROLE_ID.length + 1;
  return outside === 0 || around[0]?.namespace === XSL_NAMESPACE;
}

/** An INS-C of anybody, or the number itself, as a machine reads it. */
function namesPatient({ attributes }: TagPlace, { value, oid }: NationalNumber): boolean {
  const root = attributes.get('root')?.value.trim();
  if (root === INS_OIDS.insC) return true;
  return root === oid && attributes.get('extension')?.value.trim() === value;
}

function pathOf({ name, around }: TagPlace): string {
  return `/${[...around.map((each) => each.name), name].join('/')}`;
}

function edited(
  original: Buffer,
  { width, write }: ByteView,
  edits: ReadonlyArray<{ readonly at: AttributePlace; readonly after: string }>,
): Buffer {
  const parts: Buffer[] = [];
  let from = 0;
  for (const { at, after } of edits.toSorted((a, b) => a.at.start - b.at.start)) {
    parts.push(original.subarray(from, at.start * width), write(after));
    from = at.end * width;
  }
  return Buffer.concat([...parts, original.subarray(from)]);
}

/** Read again by libxml2, which did not choose the bytes: whatever it reads is as before, but for the one `id`. */
function onlyTheIdDiffers(before: CdaHeader, bytes: Buffer, oid: string, number: NationalNumber): boolean {
  const after = readCdaHeader(bytes);
  const ids = before.patient.ids.map((id) =>
    id.root === oid ? { ...id, root: number.oid, extension: number.value } : id,
  );
  return after.ok && isDeepStrictEqual(after.value, { ...before, patient: { ...before.patient, ids } });
}

function textHolds(text: string, value: string, { start, end }: AttributePlace): boolean {
  return value.length >= 13 && (text.slice(0, start).includes(value) || text.slice(end).includes(value));
}
