/** `xdm open`: what an IHE_XDM.zip carries, checked; its documents written where asked. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readXdm, type XdmDocument } from '../../wire/xdm/xdm.ts';
import { codeOf, type Outcome, readInput, refused, UsageFault } from '../outcome.ts';

export interface XdmOpenOptions {
  /** Folder to make and write the documents in. */
  readonly output?: string;
}

export async function xdmOpen(file: string, { output }: XdmOpenOptions): Promise<Outcome> {
  const read = await readXdm(await readInput(file));
  if (!read.ok) return refused(read.refusal);
  const documents = read.value.documents.map((document, index) => ({ document, file: fileName(document, index + 1) }));
  if (output !== undefined) await write(output, documents);
  return {
    code: 0,
    lines: [
      `${documents.length} document(s), taille et empreinte conformes à ce qui est annoncé.`,
      ...documents.map(
        ({ document: { subset, uri, mimeType, typeCode, title }, file: name }) =>
          `${subset}/${uri} : ${title ?? '(sans titre)'} (${typeCode ?? 'sans type'}, ${mimeType})${output === undefined ? '' : ` → ${join(output, name)}`}`,
      ),
    ],
    result: {
      documents: documents.map(({ document, file: name }) => ({
        subset: document.subset,
        uri: document.uri,
        mimeType: document.mimeType,
        typeCode: document.typeCode ?? null,
        title: document.title ?? null,
        uniqueId: document.uniqueId ?? null,
        size: document.bytes.length,
        sha1: createHash('sha1').update(document.bytes).digest('hex'),
        file: output === undefined ? null : join(output, name),
      })),
    },
  };
}

/** Of our own making: what an archive calls its files never names a file of this machine. */
function fileName({ uri, mimeType }: XdmDocument, rank: number): string {
  const extension = /\.([A-Za-z0-9]{1,5})$/.exec(uri)?.[1]?.toLowerCase() ?? (mimeType === 'text/xml' ? 'xml' : 'bin');
  return `document-${String(rank).padStart(3, '0')}.${extension}`;
}

/** Nothing that exists is written over. */
async function write(
  folder: string,
  documents: readonly { readonly document: XdmDocument; readonly file: string }[],
): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    for (const { document, file } of documents) await writeFile(join(folder, file), document.bytes, { flag: 'wx' });
  } catch (error) {
    throw new UsageFault(`Impossible d'écrire dans ${folder} (${codeOf(error)}).`);
  }
}
