/**
 * Validation of a CDA against the French extended CDA schema. The schema is not ours to ship: the operator gives its
 * folder, and without it this gate is simply absent.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { XmlDocument, XmlValidateError, XsdValidator, xmlRegisterInputProvider } from 'libxml2-wasm';
import { fsInputProviders } from 'libxml2-wasm/lib/nodejs.mjs';
import { documentRules } from '../../rules/document.ts';
import type { Refusal } from '../../rules/rule.ts';
import { DEFAULT_XML_LIMITS, elements, withXml, type XmlElement, type XmlLimits, XmlRefused } from '../xml/xml.ts';
import { finding } from './findings.ts';
import { UNREADABLE_CDA, XSL_NAMESPACE } from './header.ts';
import { HL7_NAMESPACE } from './oids.ts';

export interface CdaSchemaValidator {
  /** Schema faults of the ClinicalDocument (also inside a self-presentable document), located by line. */
  readonly validate: (bytes: Uint8Array, limits?: XmlLimits) => Refusal[];
  /** Frees the compiled schema, which lives outside the JavaScript heap. */
  readonly dispose: () => void;
}

/** A document may be wrong everywhere; a person reads the first faults only. */
const MAX_FAULTS = 20;

/**
 * Compiles the schema whose entry is `xsdPath` (`CDA_extended.xsd`); about 0.3 s and 100 MB, once per process.
 * Throws when the schema cannot be read or compiled: that is a configuration fault, seen at start.
 */
export function createCdaSchemaValidator(xsdPath: string): CdaSchemaValidator {
  const path = resolve(xsdPath);
  allowReading(dirname(path));
  const schema = XmlDocument.fromBuffer(readFileSync(path), { url: path });
  let validator: XsdValidator;
  try {
    validator = XsdValidator.fromDoc(schema);
  } finally {
    schema.dispose();
  }
  return {
    validate: (bytes, limits = DEFAULT_XML_LIMITS) => validate(validator, bytes, limits),
    dispose: () => validator.dispose(),
  };
}

function validate(validator: XsdValidator, bytes: Uint8Array, limits: XmlLimits): Refusal[] {
  try {
    return withXml(
      bytes,
      (root) => {
        const document = clinicalDocument(root);
        if (document === undefined) return [{ rule: documentRules.cdaNotClinicalDocument }];
        validator.validate(document);
        return [];
      },
      limits,
    );
  } catch (error) {
    if (error instanceof XmlRefused) return [{ rule: UNREADABLE_CDA[error.reason] }];
    if (error instanceof XmlValidateError) return schemaFaults(error);
    throw error;
  }
}

/** As `readCdaHeader` finds it: the root, or the only one inside a style sheet. */
function clinicalDocument(root: XmlElement): XmlElement | undefined {
  if (root.name === 'ClinicalDocument' && root.namespaceUri === HL7_NAMESPACE) return root;
  if (root.namespaceUri !== XSL_NAMESPACE) return undefined;
  const found = elements(root, './/cda:ClinicalDocument', { cda: HL7_NAMESPACE });
  return found.length === 1 ? found[0] : undefined;
}

/** The message of libxml2 may quote a received value, so only the names of elements and attributes are kept. */
function schemaFaults(error: XmlValidateError): Refusal[] {
  return error.details.slice(0, MAX_FAULTS).map((fault) => {
    const name = /^(?:Element|element) '(?:\{[^}]*\})?([\w.-]+)'(?:, attribute '([\w.-]+)')?/.exec(fault.message);
    const [, element, attribute] = name ?? [];
    const what = element === undefined ? undefined : attribute === undefined ? element : `${element}/@${attribute}`;
    return finding(documentRules.cdaSchemaInvalid, `ligne ${fault.line}`, what);
  });
}

const readable = new Set<string>();

/**
 * libxml2 reads nothing from disk by itself. The files of the schema folder, and they alone, become readable: a
 * provider for the whole disk would also serve whatever an XML document names.
 */
function allowReading(folder: string): void {
  if (readable.has(folder)) return;
  readable.add(folder);
  xmlRegisterInputProvider({
    ...fsInputProviders,
    match: (name) => within(folder, name) && fsInputProviders.match(name),
  });
}

function within(folder: string, name: string): boolean {
  const path = name.startsWith('file:') ? fileURLToPath(name) : name;
  return resolve(path).startsWith(folder + sep);
}
