/** Small rule packs, in memory or on disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { createJudge, type SchematronReport } from './judge.ts';
import { loadSchema } from './load.ts';
import type { PackFiles } from './schema.ts';
import { parseClinicalDocument } from './tree.ts';

export type Texts = Readonly<Record<string, string>>;

export function schemaText(body: string, attributes = ''): string {
  return (
    `<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2" ${attributes}>` +
    `<ns prefix="h" uri="urn:hl7-org:v3"/><ns prefix="xsi" uri="http://www.w3.org/2001/XMLSchema-instance"/>${body}</schema>`
  );
}

export function cdaText(body: string): string {
  return `<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">${body}</ClinicalDocument>`;
}

function filesOf(texts: Texts): PackFiles {
  return (path) => (texts[path] === undefined ? undefined : Buffer.from(texts[path]));
}

/** What the schema `main.sch` among these files says of a document. */
export function judged(texts: Texts, document: string): SchematronReport {
  const files = filesOf(texts);
  return createJudge(loadSchema('main.sch', files), files).judge(parseClinicalDocument(Buffer.from(document)));
}

/** The same files in a folder that the end of the tests removes. */
export function packFolder(texts: Texts): string {
  const folder = mkdtempSync(join(tmpdir(), 'pack-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
