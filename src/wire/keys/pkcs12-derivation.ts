/** Keys out of a password as PKCS#12 makes them (RFC 7292, appendix B), and the content that they hide. */
import { createDecipheriv, createHash, pbkdf2Sync } from 'node:crypto';

/** What the derivation is for (B.3). */
export type Purpose = 'key' | 'iv' | 'mac';
const IDS: Readonly<Record<Purpose, number>> = { key: 1, iv: 2, mac: 3 };

export interface Derivation {
  readonly password: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
}

/** Block size of SHA-1 and SHA-256, bytes. */
const BLOCK = 64;

export function deriveKey(
  { password, salt, iterations }: Derivation,
  purpose: Purpose,
  length: number,
  hash: 'sha1' | 'sha256' = 'sha1',
): Buffer {
  const diversifier = Buffer.alloc(BLOCK, IDS[purpose]);
  const filled = Buffer.concat([repeated(salt), repeated(bmp(password))]);
  const out: Buffer[] = [];
  let made = 0;
  while (made < length) {
    let digest = createHash(hash).update(diversifier).update(filled).digest();
    for (let round = 1; round < iterations; round += 1) digest = createHash(hash).update(digest).digest();
    out.push(digest);
    made += digest.length;
    addToBlocks(filled, repeated(digest, BLOCK));
  }
  return Buffer.concat(out).subarray(0, length);
}

/** UTF-16, big endian, with its final zero. */
function bmp(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le').swap16();
}

/** Over whole blocks. */
function repeated(bytes: Uint8Array, length = BLOCK * Math.ceil(bytes.length / BLOCK)): Buffer {
  return Buffer.alloc(length, length === 0 ? undefined : bytes);
}

/** Each block plus `addend` plus one, as large numbers. */
function addToBlocks(blocks: Buffer, addend: Buffer): void {
  for (let start = 0; start < blocks.length; start += BLOCK) {
    let carry = 1;
    for (let at = BLOCK - 1; at >= 0; at -= 1) {
      carry += (blocks[start + at] ?? 0) + (addend[at] ?? 0);
      blocks[start + at] = carry & 0xff;
      carry >>= 8;
    }
  }
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC. Throws when the password is not the right one. */
export function openTripleDes(derivation: Derivation, hidden: Uint8Array): Buffer {
  return decipher('des-ede3-cbc', deriveKey(derivation, 'key', 24), deriveKey(derivation, 'iv', 8), hidden);
}

/** PBES2 with PBKDF2 (RFC 8018). Throws when the password is not the right one. */
export function openPbes2(
  { password, salt, iterations }: Derivation,
  scheme: { readonly cipher: string; readonly keyLength: number; readonly iv: Uint8Array; readonly prf: string },
  hidden: Uint8Array,
): Buffer {
  const key = pbkdf2Sync(Buffer.from(password, 'utf8'), salt, iterations, scheme.keyLength, scheme.prf);
  return decipher(scheme.cipher, key, scheme.iv, hidden);
}

function decipher(name: string, key: Uint8Array, iv: Uint8Array, hidden: Uint8Array): Buffer {
  const opening = createDecipheriv(name, key, iv);
  return Buffer.concat([opening.update(hidden), opening.final()]);
}
