/** Texts in a ZIP. */
import { ZipFile } from 'yazl';

/** ZIP dates are local times without a zone: one that says nothing of this machine. */
const OPTIONS = { mtime: new Date(Date.UTC(1980, 0, 2)), mode: 0o100644, compress: true };

export async function zipped(files: readonly (readonly [name: string, text: string])[]): Promise<Buffer> {
  const zip = new ZipFile();
  for (const [name, text] of files) zip.addBuffer(Buffer.from(text, 'utf8'), name, OPTIONS);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
