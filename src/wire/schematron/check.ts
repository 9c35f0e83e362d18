/** What a rule pack says of one document: its schema, then each of its schematrons that is about it. */
import { join } from 'node:path';
import { type CdaSchemaValidator, createCdaSchemaValidator } from '../cda/xsd.ts';
import { XML_REFUSALS, type XmlLimits, XmlRefused } from '../xml/xml.ts';
import { folderFiles } from './folder-files.ts';
import { createJudge, type Judge, type SchematronReport } from './judge.ts';
import { loadSchema } from './load.ts';
import { childElements, type Document, parseClinicalDocument } from './tree.ts';

export interface PackEntry {
  /** From the folder of the pack. */
  readonly path: string;
  /** OIDs of `ClinicalDocument/templateId`: run only on documents that carry one of them. On every document without any. */
  readonly templates: readonly string[];
}

export interface RulePack {
  readonly folder: string;
  /** What its files hold: two packs with the same one are the same. */
  readonly hash: string;
  readonly entries: readonly PackEntry[];
  /** Entry of the XML schema, from the folder of the pack: none, no schema gate. */
  readonly xsd?: string;
}

export interface EntryReport extends SchematronReport {
  readonly path: string;
}

export interface SchemaFault {
  readonly location: string;
  readonly what?: string;
}

export type PackVerdict =
  | {
      readonly kind: 'judged';
      /** Undefined when the pack has no schema. */
      readonly schema?: readonly SchemaFault[];
      readonly schematrons: readonly EntryReport[];
      /** `templateId` of the document. */
      readonly templates: readonly string[];
    }
  | { readonly kind: 'unreadable'; readonly why: string };

/** What was loaded of a pack; the schema is compiled when a document first needs it. */
export interface LoadedPack {
  readonly check: (bytes: Uint8Array, limits?: XmlLimits) => PackVerdict;
  readonly dispose: () => void;
}

/** Throws when a file of the pack cannot be used: what loads it says so. */
export function loadPack(pack: RulePack): LoadedPack {
  const files = folderFiles(pack.folder);
  const judges = new Map<string, Judge>();
  let schema: CdaSchemaValidator | undefined;
  const judgeOf = (path: string): Judge => {
    const judge = judges.get(path) ?? createJudge(loadSchema(path, files), files);
    judges.set(path, judge);
    return judge;
  };
  const schemaFaults = (bytes: Uint8Array, limits: XmlLimits | undefined): SchemaFault[] | undefined => {
    if (pack.xsd === undefined) return undefined;
    schema ??= createCdaSchemaValidator(join(pack.folder, pack.xsd));
    return schema.validate(bytes, limits).map(({ rule, location, detail }) => ({
      location: location ?? rule.id,
      ...(detail === undefined ? {} : { what: detail }),
    }));
  };
  return {
    check: (bytes, limits) => {
      const tree = readable(bytes, limits);
      if (typeof tree === 'string') return { kind: 'unreadable', why: tree };
      const faults = schemaFaults(bytes, limits);
      const templates = templatesOf(tree);
      const about = pack.entries.filter((entry) => isAbout(entry, templates));
      return {
        kind: 'judged',
        ...(faults === undefined ? {} : { schema: faults }),
        schematrons: about.map(({ path }) => ({ path, ...judgeOf(path).judge(tree) })),
        templates,
      };
    },
    dispose: () => schema?.dispose(),
  };
}

function readable(bytes: Uint8Array, limits: XmlLimits | undefined): Document | string {
  try {
    return parseClinicalDocument(bytes, limits);
  } catch (error) {
    if (error instanceof XmlRefused) return XML_REFUSALS[error.reason];
    throw error;
  }
}

function isAbout({ templates }: PackEntry, carried: readonly string[]): boolean {
  return templates.length === 0 || templates.some((oid) => carried.includes(oid));
}

function templatesOf({ documentElement }: Document): string[] {
  const roots = (documentElement === null ? [] : childElements(documentElement))
    .filter(({ localName }) => localName === 'templateId')
    .map((template) => template.getAttribute('root') ?? '');
  return [...new Set(roots)].slice(0, 20);
}
