/**
 * A key and its certificate out of a PKCS#12 file (RFC 7292), to sign with. TLS needs none of this: Node takes the file as it
 * is. Keys are decrypted by OpenSSL; certificates under PBES2 (AES, triple DES) or the older triple DES. RC2, by which very old
 * tools hid certificates, is not in the OpenSSL that Node carries: such a file is refused with how to convert it.
 */
import { createHmac, createPrivateKey, type KeyObject, timingSafeEqual, X509Certificate } from 'node:crypto';
import { at, bytesOf, derOf, inside, type Node, numberOf, oidOf, parseDer } from './der.ts';
import { type Derivation, deriveKey, openPbes2, openTripleDes } from './pkcs12-derivation.ts';

/** Why a file cannot be used, as staff read it. Never quotes what is in it. */
export class Pkcs12Refused extends Error {}

export interface Pkcs12 {
  readonly key: KeyObject;
  /** The one that the key belongs to. */
  readonly certificate: X509Certificate;
}

const OID = {
  encryptedData: '1.2.840.113549.1.7.6',
  keyBag: '1.2.840.113549.1.12.10.1.1',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  pbes2: '1.2.840.113549.1.5.13',
  sha1TripleDes: '1.2.840.113549.1.12.1.3',
} as const;

const CIPHERS: Readonly<Record<string, { readonly cipher: string; readonly keyLength: number }>> = {
  '2.16.840.1.101.3.4.1.2': { cipher: 'aes-128-cbc', keyLength: 16 },
  '2.16.840.1.101.3.4.1.22': { cipher: 'aes-192-cbc', keyLength: 24 },
  '2.16.840.1.101.3.4.1.42': { cipher: 'aes-256-cbc', keyLength: 32 },
  '1.2.840.113549.3.7': { cipher: 'des-ede3-cbc', keyLength: 24 },
};
const PRFS: Readonly<Record<string, string>> = {
  '1.2.840.113549.2.7': 'sha1',
  '1.2.840.113549.2.9': 'sha256',
  '1.2.840.113549.2.10': 'sha384',
  '1.2.840.113549.2.11': 'sha512',
};
const MAC_HASHES: Readonly<Record<string, 'sha1' | 'sha256'>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
};

/** A file that would keep the processor for minutes is no certificate store. */
const MAX_ITERATIONS = 2_000_000;

/** Throws Pkcs12Refused for a wrong password, and for whatever is not one key with its certificate. */
export function readPkcs12(file: Uint8Array, password: string): Pkcs12 {
  const pfx = parseDer(file);
  const safe = bytesOf(at(pfx, 1, 1, 0));
  if (safe.length === 0) throw new Pkcs12Refused('le fichier n’est pas un PKCS#12');
  checkMac(at(pfx, 2), safe, password);
  const bags = inside(parseDer(safe)).flatMap((content) => inside(parseDer(openContent(content, password))));
  const [key, ...others] = bags.flatMap((bag) => keyOf(bag, password));
  if (key === undefined) throw new Pkcs12Refused('aucune clé privée dans le fichier PKCS#12');
  if (others.length > 0) throw new Pkcs12Refused('plusieurs clés privées dans le fichier PKCS#12');
  const certificate = bags.flatMap(certificateOf).find((each) => each.checkPrivateKey(key));
  if (certificate === undefined) throw new Pkcs12Refused('aucun certificat de cette clé dans le fichier PKCS#12');
  return { key, certificate };
}

/** Says a wrong password before anything is decrypted with it. Some tools write none, or with another hash: not checked. */
function checkMac(mac: Node | undefined, safe: Buffer, password: string): void {
  const hash = MAC_HASHES[oidOf(at(mac, 0, 0, 0))];
  if (hash === undefined) return;
  const iterations = at(mac, 2) === undefined ? 1 : numberOf(at(mac, 2));
  const derivation = derivationOf(password, bytesOf(at(mac, 1)), iterations);
  const key = deriveKey(derivation, 'mac', hash === 'sha1' ? 20 : 32, hash);
  const expected = bytesOf(at(mac, 0, 1));
  const found = createHmac(hash, key).update(safe).digest();
  if (expected.length !== found.length || !timingSafeEqual(expected, found))
    throw new Pkcs12Refused('mot de passe du fichier PKCS#12 incorrect');
}

function derivationOf(password: string, salt: Buffer, iterations: number): Derivation {
  if (!(iterations > 0 && iterations <= MAX_ITERATIONS))
    throw new Pkcs12Refused('protection du fichier PKCS#12 hors limites');
  return { password, salt, iterations };
}

/** SafeContents of one part of the file: in clear, or under the password. */
function openContent(content: Node, password: string): Buffer {
  if (oidOf(at(content, 0)) !== OID.encryptedData) return bytesOf(at(content, 1, 0));
  const info = at(content, 1, 0, 1);
  const algorithm = at(info, 1);
  const hidden = bytesOf(at(info, 2));
  try {
    return decrypt(algorithm, password, hidden);
  } catch (error) {
    if (error instanceof Pkcs12Refused) throw error;
    throw new Pkcs12Refused('mot de passe du fichier PKCS#12 incorrect');
  }
}

function decrypt(algorithm: Node | undefined, password: string, hidden: Buffer): Buffer {
  const name = oidOf(at(algorithm, 0));
  if (name === OID.sha1TripleDes) {
    const derivation = derivationOf(password, bytesOf(at(algorithm, 1, 0)), numberOf(at(algorithm, 1, 1)));
    return openTripleDes(derivation, hidden);
  }
  const scheme = at(algorithm, 1, 1);
  const cipher = CIPHERS[oidOf(at(scheme, 0))];
  if (name !== OID.pbes2 || cipher === undefined) {
    throw new Pkcs12Refused(
      'protection du fichier PKCS#12 trop ancienne : le convertir (openssl pkcs12 -legacy, puis -export)',
    );
  }
  const parameters = at(algorithm, 1, 0, 1);
  const derivation = derivationOf(password, bytesOf(at(parameters, 0)), numberOf(at(parameters, 1)));
  // Key length and PRF are both optional; the PRF is the one that is a sequence.
  const prf = inside(parameters)
    .slice(2)
    .find((each) => inside(each).length > 0);
  const hash = prf === undefined ? 'sha1' : PRFS[oidOf(at(prf, 0))];
  if (hash === undefined) throw new Pkcs12Refused('protection du fichier PKCS#12 inconnue');
  return openPbes2(derivation, { ...cipher, iv: bytesOf(at(scheme, 1)), prf: hash }, hidden);
}

/** OpenSSL opens the key by itself, whatever hides it that it knows. */
function keyOf(bag: Node, password: string): KeyObject[] {
  const type = oidOf(at(bag, 0));
  if (type !== OID.keyBag && type !== OID.shroudedKeyBag) return [];
  const key = derOf(at(bag, 1, 0));
  try {
    return [
      createPrivateKey({ key, format: 'der', type: 'pkcs8', ...(type === OID.keyBag ? {} : { passphrase: password }) }),
    ];
  } catch {
    throw new Pkcs12Refused('clé privée du fichier PKCS#12 illisible (mot de passe ou protection)');
  }
}

function certificateOf(bag: Node): X509Certificate[] {
  if (oidOf(at(bag, 0)) !== OID.certBag) return [];
  try {
    return [new X509Certificate(bytesOf(at(bag, 1, 0, 1, 0)))];
  } catch {
    return [];
  }
}
