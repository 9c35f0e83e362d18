/** The fingerprint by which the DMP knows a document (XDS `hash`). */
import { createHash } from 'node:crypto';

const known = new WeakMap<Uint8Array, string>();

/** SHA-1, hexadecimal: taken once of bytes that do not change (performance.md P6). */
export function fingerprint(bytes: Uint8Array): string {
  const taken = known.get(bytes) ?? createHash('sha1').update(bytes).digest('hex');
  known.set(bytes, taken);
  return taken;
}
