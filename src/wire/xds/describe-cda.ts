/**
 * The metadata of a CDA as other tools compare them: one flat object per document, in the shape of the reference
 * `xds-metadata-expected.json`. Everything that can be said is said; what a submission would stop at is listed beside.
 */
import { createHash } from 'node:crypto';
import { INS_OIDS } from '../../ins/oids.ts';
import { documentRules } from '../../rules/document.ts';
import type { Refusal, Result } from '../../rules/rule.ts';
import type { CdaAuthor, CdaHeader, CdaPerson } from '../cda/header.ts';
import type { CodeValue, InstanceId, Organization, QualifiedName } from '../cda/nodes.ts';
import { isInsRoot } from '../cda/oids.ts';
import { fingerprint } from './fingerprint.ts';
import { device, institutionOf, localId, metadataParts, mimeTypeOf, person } from './from-cda.ts';
import { ippCx, xcn, xon } from './identifiers.ts';
import { referenceIds } from './reference-ids.ts';

export interface DescribedCda {
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What stops a submission; a visibility that a message adds is not looked at. */
  readonly obstacles: readonly Refusal[];
}

/** `content`: what a level 1 body holds, decoded; undefined when there is none or it cannot be read. */
export function describeCda(header: CdaHeader, bytes: Uint8Array, content: Uint8Array | undefined): DescribedCda {
  const parts = metadataParts(header, []);
  const [act] = header.serviceEvents;
  const ins = header.patient.ids.find(({ root }) => isInsRoot(root));
  const references = referenceIds(header);
  return {
    metadata: {
      size: bytes.byteLength,
      hashSha1: fingerprint(bytes),
      uniqueId: idText(header.id),
      title: header.title ?? null,
      typeCode: code(header.code),
      classCode: mapped(parts.classCode),
      creationTimeCda: header.effectiveTime ?? null,
      creationTimeUtc: utc(parts.creationTime, header.effectiveTime),
      confidentialityCodes: [code(header.confidentiality)].filter((each) => each !== null),
      languageCode: header.languageCode ?? null,
      setId: idText(header.setId),
      versionNumber: header.versionNumber ?? null,
      ...patientOf(header, ins),
      authors: header.authors.map(author),
      legalAuthenticator: header.legalAuthenticator === undefined ? null : personOf(header.legalAuthenticator),
      custodian: organization(header.custodian),
      eventCodeList: header.serviceEvents.map((event) => code(event.code)).filter((each) => each !== null),
      ...(references.length === 0 ? {} : { referenceIdList: references }),
      serviceStartTimeCda: act?.period?.low ?? null,
      serviceStartTimeUtc: utc(parts.serviceStartTime, act?.period?.low),
      serviceStopTimeCda: act?.period?.high ?? null,
      serviceStopTimeUtc: utc(parts.serviceStopTime, act?.period?.high),
      practiceSettingCode: code(act?.performer?.organization?.industry),
      healthcareFacilityTypeCode: code(header.encounter?.facilityCode),
      relatedDocument: relatedOf(header),
      templateIds: header.templateIds.map(idText),
      ...bodyOf(header, content),
      formatCode: parts.formatCode.ok ? parts.formatCode.value.code : null,
      mimeType: mimeTypeOf(header),
    },
    obstacles: [
      ...(ins === undefined ? [{ rule: documentRules.cdaInsMissing }] : []),
      ...Object.values(parts).flatMap((part) => (part.ok ? [] : [part.refusal])),
    ],
  };
}

/** A time that is not an instant (no offset) is shown as it stands: `obstacles` says that it cannot be sent. */
function utc(part: Result<string | undefined>, stamp: string | undefined): string | null {
  return (part.ok ? part.value : stamp) ?? null;
}

function idText(id: InstanceId | undefined): string | null {
  if (id?.root === undefined) return null;
  return id.extension === undefined ? id.root : `${id.root}^${id.extension}`;
}

function code(value: CodeValue | undefined): object | null {
  if (value?.code === undefined || value.nullFlavor !== undefined) return null;
  return { code: value.code, codeSystem: value.codeSystem ?? null, display: value.displayName ?? null };
}

function mapped(part: Result<{ code: string; system: string; label: string }>): object | null {
  return part.ok ? { code: part.value.code, codeSystem: part.value.system, display: part.value.label } : null;
}

function patientOf({ patient }: CdaHeader, ins: InstanceId | undefined) {
  const local = localId(patient.ids);
  const insCx = ins?.root === undefined ? null : `${ins.extension ?? ''}^^^&${ins.root}&ISO^NH`;
  const names = (list: readonly QualifiedName[]) =>
    list.map(({ qualifier, value }) => ({ q: qualifier ?? null, v: value }));
  return {
    patientIds: patient.ids.map(({ root, extension }) => ({
      root: root ?? null,
      extension: extension ?? null,
      kind: KINDS[root ?? ''] ?? 'local (IPP)',
    })),
    patientIdCx: insCx,
    sourcePatientIdCx: local === undefined ? insCx : ippCx(local),
    patient: {
      families: names(patient.families),
      givens: names(patient.givens),
      birthTime: patient.birthTime ?? null,
      gender: patient.gender?.code ?? null,
      birthplaceInsee: patient.birthPlace ?? null,
    },
  };
}

const KINDS: Readonly<Record<string, string>> = {
  [INS_OIDS.nir]: 'INS-NIR',
  [INS_OIDS.nia]: 'INS-NIA',
  [INS_OIDS.nirTest]: 'INS-NIR de test',
  [INS_OIDS.nirDemo]: 'INS-NIR de démonstration',
  [INS_OIDS.insC]: 'INS-C',
};

function author(cda: CdaAuthor) {
  return {
    person: cda.device === undefined ? personOf(cda) : null,
    device: cda.device === undefined ? null : deviceOf(cda, cda.device),
    specialty: code(cda.code),
    role: cda.functionCode?.displayName ?? null,
    institution: organization(cda.organization),
    time: cda.time ?? null,
  };
}

function personOf(cda: CdaPerson) {
  const [id] = cda.ids;
  const known = person(cda, '');
  return {
    id: id?.extension ?? null,
    root: id?.root ?? null,
    family: cda.family ?? null,
    given: cda.given ?? null,
    xcn: known.ok ? xcn(known.value) : null,
  };
}

function deviceOf(cda: CdaAuthor, { model, software }: NonNullable<CdaAuthor['device']>) {
  const [id] = cda.ids;
  const known = device(cda, { model, software }, '');
  return {
    id: id?.extension ?? null,
    root: id?.root ?? null,
    software: software ?? null,
    model: model ?? null,
    xcn: known.ok ? xcn(known.value) : null,
  };
}

function organization(of: Organization | undefined): object | null {
  if (of === undefined) return null;
  const institution = institutionOf(of);
  return {
    name: of.name ?? null,
    root: of.id?.root ?? null,
    id: of.id?.extension ?? null,
    xon: institution === undefined ? null : xon(institution),
  };
}

function relatedOf({ relatedDocument }: CdaHeader): object | null {
  if (relatedDocument === undefined) return null;
  return { typeCode: relatedDocument.typeCode ?? null, parentId: idText(relatedDocument.parentId) };
}

function bodyOf({ body }: CdaHeader, content: Uint8Array | undefined) {
  if (body.kind !== 'level-1') return { bodyLevel: body.kind === 'structured' ? 3 : null };
  return {
    bodyLevel: 1,
    nonXmlBody: {
      mediaType: body.mediaType ?? null,
      representation: body.representation ?? null,
      bytes: content?.byteLength ?? null,
      sha1: content === undefined ? null : createHash('sha1').update(content).digest('hex'),
      magic: content === undefined ? null : Buffer.from(content.subarray(0, 5)).toString('latin1'),
    },
  };
}
