/** Certificates with their keys as the configuration names them: PEM files, or one PKCS#12 file with its password. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Secret } from '../config/common-schema.ts';
import { readPkcs12 } from '../wire/keys/pkcs12.ts';
import type { ClientTls } from '../wire/soap/transport.ts';

/** `ca`: authorities; absent for a signature certificate, which the peer alone judges. */
export type CertificateFiles = { readonly ca?: string } & (
  | { readonly cert: string; readonly key: string }
  | { readonly pkcs12: string; readonly passphrase: Secret }
);

/** Every file that these depend on. */
export function pathsOf(files: CertificateFiles): readonly string[] {
  const own = 'pkcs12' in files ? [files.pkcs12, ...secretPath(files.passphrase)] : [files.cert, files.key];
  return [...own, ...(files.ca === undefined ? [] : [files.ca])];
}

function secretPath(secret: Secret): readonly string[] {
  return typeof secret === 'string' ? [] : [secret.file];
}

/** A line end after it is not part of it. */
export async function readSecret(secret: Secret): Promise<string> {
  return typeof secret === 'string' ? secret : (await readFile(secret.file, 'utf8')).replace(/\r?\n$/, '');
}

export interface KeyPair {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
}

export async function readKeyPair(files: CertificateFiles): Promise<KeyPair> {
  if ('pkcs12' in files) {
    const [bytes, password] = await Promise.all([readFile(files.pkcs12), readSecret(files.passphrase)]);
    return readPkcs12(bytes, password);
  }
  const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
  return { certificate: new X509Certificate(cert), key: createPrivateKey(key) };
}

export async function readTls(files: CertificateFiles & { readonly ca: string }): Promise<ClientTls> {
  const ca = await readFile(files.ca, 'utf8');
  if ('pkcs12' in files) {
    const [pfx, passphrase] = await Promise.all([readFile(files.pkcs12), readSecret(files.passphrase)]);
    return { ca, pfx, passphrase };
  }
  const [cert, key] = await Promise.all([readFile(files.cert, 'utf8'), readFile(files.key, 'utf8')]);
  return { ca, cert, key };
}
