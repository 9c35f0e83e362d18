/**
 * IHE_XDM.zip as the CI-SIS wants it: INDEX.HTM, README.TXT, IHE_XDM/SUBSET01 with its METADATA.XML and its documents, names
 * of eight and three upper-case characters. Source: cda-cisis.md 6.
 */
import { ZipFile } from 'yazl';
import { extrinsicObject, hashAndSize, SET_ID, setPackage, sourcePatientInfo } from '../xds/ebxml.ts';
import type { LocalNumber } from '../xds/identifiers.ts';
import { insCx, ippCx } from '../xds/identifiers.ts';
import type { DocumentEntry, Institution } from '../xds/metadata.ts';
import { association, slot } from '../xds/rim.ts';
import { associationType, LCM, RIM } from '../xds/schemes.ts';
import type { Submission } from '../xds/submission.ts';
import { escapeXml } from '../xml/xml.ts';
import { isQualified, type MailPatient } from './identity.ts';
import { asciiText } from './text.ts';

export interface XdmDocumentOut {
  readonly entry: Omit<DocumentEntry, 'patient' | 'sourcePatientId'>;
  readonly bytes: Uint8Array;
}

export interface XdmContent {
  readonly patient: MailPatient;
  /** Required when the patient is not qualified: it is then the only number. */
  readonly local: LocalNumber | undefined;
  readonly set: Pick<Submission, 'uniqueId' | 'contentTypeCode' | 'author' | 'submissionTime' | 'title'>;
  readonly institution: Institution;
  /** OID of this system. */
  readonly sourceId: string;
  /** Who wrote, and the software that sends. */
  readonly sender: { readonly name: string; readonly organisation: string };
  readonly software: { readonly name: string; readonly version: string; readonly vendor: string };
  readonly documents: readonly [XdmDocumentOut, ...XdmDocumentOut[]];
}

const SUBSET = 'IHE_XDM/SUBSET01';

export async function xdmPackage(content: XdmContent): Promise<Buffer> {
  const zip = new ZipFile();
  // ZIP dates are local times without a zone: one that says nothing of this machine.
  const options = { mtime: new Date(Date.UTC(1980, 0, 2)), mode: 0o100644, compress: true };
  const add = (name: string, bytes: Uint8Array | string) => zip.addBuffer(Buffer.from(bytes), name, options);
  add('INDEX.HTM', indexPage(content));
  add('README.TXT', readme(content));
  add(`${SUBSET}/METADATA.XML`, xdmMetadata(content));
  for (const [index, { bytes }] of content.documents.entries()) add(`${SUBSET}/${fileName(index)}`, bytes);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

function fileName(index: number): string {
  return `DOC${String(index + 1).padStart(5, '0')}.XML`;
}

/** `lcm:SubmitObjectsRequest`, each entry with its file (slot URI). What a version replaces is said by its CDA. */
function xdmMetadata({ patient, local, set, institution, sourceId, documents }: XdmContent): string {
  const ins = isQualified(patient) ? insCx(patient.ins) : undefined;
  const ipp = local && ippCx(local);
  const patientId = ins ?? ipp;
  if (patientId === undefined) throw new Error('a package without INS names its patient by a local number');
  const entries = documents.map(({ entry, bytes }, index) =>
    extrinsicObject(`Document${index + 1}`, entry, {
      patientId,
      sourcePatientId: ipp ?? patientId,
      sourcePatientInfo: sourcePatientInfo(patient),
      slots: hashAndSize(bytes) + slot('URI', [fileName(index)]),
    }),
  );
  const original = slot('SubmissionSetStatus', ['Original']);
  const members = documents.map((_, index) =>
    association(`HasMember${index + 1}`, associationType.hasMember, SET_ID, `Document${index + 1}`, original),
  );
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<lcm:SubmitObjectsRequest xmlns:lcm="${LCM}"><RegistryObjectList xmlns="${RIM}">` +
    `${setPackage(set, { institution, sourceId, patientId })}${entries.join('')}${members.join('')}` +
    '</RegistryObjectList></lcm:SubmitObjectsRequest>\n'
  );
}

function indexPage({ sender, documents }: XdmContent): string {
  const links = documents.map(
    ({ entry }, index) => `<p><a href="${SUBSET}/${fileName(index)}">${escapeXml(entry.title)}</a></p>`,
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML Basic 1.0//EN" "http://www.w3.org/TR/xhtml-basic/xhtml-basic10.dtd">\n',
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="fr"><head><title>IHE_XDM</title></head><body>',
    `<p>Emetteur : ${escapeXml(sender.organisation)}</p><p><a href="README.TXT">README.TXT</a></p>`,
    ...links,
    '</body></html>\n',
  ].join('');
}

/** ASCII: whatever opens it. */
function readme({ sender, software, documents }: XdmContent): string {
  const title = (text: string) => [`${text} :`, '='.repeat(text.length + 2)];
  const lines = [
    ...title('Emetteur'),
    ` . Nom : ${sender.name}`,
    ` . Organisme : ${sender.organisation}`,
    '',
    ...title("Application de l'emetteur"),
    ` . Nom : ${software.name}`,
    ` . Version : ${software.version}`,
    ` . Editeur : ${software.vendor}`,
    '',
    ...title('Instructions'),
    ' . Consultez les fichiers recus par messagerie securisee de sante dans votre logiciel de professionnel de sante.',
    '',
    ...title('Arborescence'),
    ' README.TXT',
    ' INDEX.HTM',
    ' IHE_XDM',
    '    SUBSET01',
    '       METADATA.XML',
    ...documents.map((_, index) => `       ${fileName(index)}`),
  ];
  return `${lines.map(asciiText).join('\r\n')}\r\n`;
}
