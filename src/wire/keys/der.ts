/** Walking through DER and BER, over asn1js: what an element holds, or nothing where it is of another shape. */
import { fromBER } from 'asn1js';

export interface Node {
  readonly idBlock: { readonly isConstructed: boolean };
  readonly valueBlock: {
    readonly value?: unknown;
    readonly valueHexView?: Uint8Array;
    readonly valueDec?: number;
    toString(): string;
  };
  toBER(): ArrayBuffer;
}

/** Undefined for what is not one whole element. */
export function parseDer(bytes: Uint8Array): Node | undefined {
  const { offset, result } = fromBER(bytes);
  return offset === -1 ? undefined : result;
}

/** Elements inside a constructed one; none inside another, whatever its bytes look like. */
export function inside(node: Node | undefined): readonly Node[] {
  const value = node?.idBlock.isConstructed === true ? node.valueBlock.value : undefined;
  return Array.isArray(value) ? (value as Node[]) : [];
}

/** The element at the end of this path of positions. */
export function at(node: Node | undefined, ...path: readonly number[]): Node | undefined {
  return path.reduce<Node | undefined>((from, index) => inside(from)[index], node);
}

/** Dotted identifier. */
export function oidOf(node: Node | undefined): string {
  return node === undefined ? '' : node.valueBlock.toString();
}

/** Content of an octet string, cut in pieces or not. */
export function bytesOf(node: Node | undefined): Buffer {
  if (node?.idBlock.isConstructed === true) return Buffer.concat(inside(node).map(bytesOf));
  return Buffer.from(node?.valueBlock.valueHexView ?? []);
}

/** A small integer; NaN for another element. */
export function numberOf(node: Node | undefined): number {
  return node?.valueBlock.valueDec ?? Number.NaN;
}

export function derOf(node: Node | undefined): Buffer {
  return node === undefined ? Buffer.alloc(0) : Buffer.from(node.toBER());
}
