/** xmlsec1 as an independent judge of our signatures. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function xmlsecIsAbsent(): boolean {
  return spawnSync('xmlsec1', ['--version']).error !== undefined;
}

/**
 * True when xmlsec1 accepts the signature under the authority `caPem`. `idAttributes` declares which attribute of
 * which element is its identifier, `ID namespace:Element`.
 */
export function xmlsecAccepts(xml: string, caPem: string, idAttributes: readonly string[]): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'xmlsec-'));
  try {
    writeFileSync(join(folder, 'signed.xml'), xml);
    writeFileSync(join(folder, 'ca.pem'), caPem);
    const ids = idAttributes.map((declaration) => {
      const [attribute, ...node] = declaration.split(' ');
      return [`--id-attr:${attribute}`, node.join(':')];
    });
    const trust = ['--trusted-pem', join(folder, 'ca.pem')];
    // The manifest designates documents by urn:oid, which only the DMP can resolve.
    const options = ['--verify', '--ignore-manifests', ...trust, ...ids.flat(), join(folder, 'signed.xml')];
    return spawnSync('xmlsec1', options).status === 0;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A template signed by xmlsec1, as another library writes it. */
export function xmlsecSigns(
  template: string,
  { key, cert }: { key: string; cert: string },
  idAttribute: string,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'xmlsec-'));
  try {
    const path = (name: string) => join(folder, name);
    writeFileSync(path('template.xml'), template);
    writeFileSync(path('key.pem'), key);
    writeFileSync(path('cert.pem'), cert);
    const [attribute, ...node] = idAttribute.split(' ');
    const keys = ['--privkey-pem', `${path('key.pem')},${path('cert.pem')}`];
    const named = [`--id-attr:${attribute}`, node.join(':'), '--output', path('signed.xml')];
    const { status, stderr } = spawnSync('xmlsec1', ['--sign', ...keys, ...named, path('template.xml')]);
    if (status !== 0) throw new Error(String(stderr));
    return readFileSync(path('signed.xml'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
