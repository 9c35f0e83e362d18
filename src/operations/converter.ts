/** Whether what the configuration asks of Ghostscript can be done here. */
import type { Config } from '../config/schema.ts';
import { converterFault } from '../wire/pdf/pdfa/convert.ts';

/** Why not, French; undefined when it can, or when no source asks for it. */
export async function conversionFault({ sources, pdfConversion }: Config): Promise<string | undefined> {
  const [first] = sources.filter(({ pdfA }) => pdfA === 'convert');
  const fault = first === undefined ? undefined : await converterFault(pdfConversion);
  return fault === undefined
    ? undefined
    : `sources[].pdfA « convert » (${first?.application}) : ${fault}. Installez Ghostscript (paquet ghostscript) ou choisissez observe ou refuse.`;
}
