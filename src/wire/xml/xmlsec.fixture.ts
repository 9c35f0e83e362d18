/** xmlsec1 as an independent judge of our signatures. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
