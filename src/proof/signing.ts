/** The key that signs the exports: that of the organisation where there is one in files, else one of the installation's own. */
import 'reflect-metadata';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';
import { type CertificateFiles, readKeyPair } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { type Signer, signerOf } from '../wire/xml/signer.ts';

const FOLDER = 'preuve';
const KEY_FILE = 'cle.pem';
const CERTIFICATE_FILE = 'certificat.pem';
const OWN_KEY = { name: 'ECDSA', namedCurve: 'P-256' };
const OWN_YEARS = 10;

/** Rejects where the files cannot be read or do not belong together. */
export async function proofSigner(context: Pick<UseCaseContext, 'config' | 'now'>): Promise<Signer> {
  const files = filesOf(context);
  const { certificate, key } = files === undefined ? await ownPair(context) : await readKeyPair(files);
  return signerOf(certificate, key);
}

function filesOf({ config }: Pick<UseCaseContext, 'config'>): CertificateFiles | undefined {
  const { signature } = config.proof;
  if (signature === 'own') return undefined;
  if (signature !== undefined) return signature;
  // A card signs what its holder asks for: an export is asked for by whoever may.
  return config.dmp === undefined || 'pkcs11' in config.dmp.signature ? undefined : config.dmp.signature;
}

async function ownPair({ config, now }: Pick<UseCaseContext, 'config' | 'now'>) {
  const folder = join(config.data, FOLDER);
  const read = async () => ({
    certificate: new X509Certificate(await readFile(join(folder, CERTIFICATE_FILE), 'utf8')),
    key: createPrivateKey(await readFile(join(folder, KEY_FILE), 'utf8')),
  });
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  await makeOwn(folder, config.software.instance, now());
  return read();
}

/** The certificate is put in place last: a key without one is made again. */
async function makeOwn(folder: string, instance: string, at: Date): Promise<void> {
  const keys = await crypto.subtle.generateKey(OWN_KEY, true, ['sign', 'verify']);
  const end = new Date(at);
  end.setUTCFullYear(end.getUTCFullYear() + OWN_YEARS);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ O: ["Trait d'Union"] }, { OU: ['Preuve d’alimentation'] }, { CN: [instance] }],
    notBefore: new Date(at.getTime() - 60_000),
    notAfter: end,
    keys,
    signingAlgorithm: { ...OWN_KEY, hash: 'SHA-256' },
    extensions: [new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true)],
  });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [name, text] of [
    [KEY_FILE, key],
    [CERTIFICATE_FILE, certificate.toString('pem')],
  ] as const) {
    const place = join(folder, name);
    await writeFile(`${place}.tmp`, `${text}\n`, { mode: 0o600 });
    await rename(`${place}.tmp`, place);
  }
}
