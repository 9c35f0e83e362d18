/** PDFium as its WebAssembly exports it: the type of the package leaves out most of its functions. */
import type { PDFiumModule } from '@hyzyla/pdfium';

export type Pdfium = Awaited<ReturnType<typeof PDFiumModule>>;
export type Call = (...args: readonly number[]) => number;

function isCall(value: unknown): value is Call {
  return typeof value === 'function';
}

/** Gives the functions of this instance by their names; throws for one that it does not have. */
export function callOf(pdfium: Pdfium): (name: string) => Call {
  const exported = new Map<string, unknown>(Object.entries(pdfium.wasmExports));
  return (name) => {
    const value = exported.get(name);
    if (!isCall(value)) throw new Error(`PDFium exports no ${name}`);
    return value;
  };
}
