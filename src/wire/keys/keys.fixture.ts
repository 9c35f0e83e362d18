/** Keys and certificates made by openssl, and cards made by SoftHSM2: what independent tools make, we must read. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Why a test that needs these programs is skipped; undefined when they are all there. */
export function missingTool(...names: readonly string[]): string | undefined {
  const missing = names.find((name) => spawnSync(name, ['--version']).error !== undefined);
  return missing === undefined ? undefined : `${missing} is not installed`;
}

export interface KeyFolder {
  readonly path: (name: string) => string;
  readonly openssl: (...args: readonly string[]) => void;
  readonly remove: () => void;
}

/** A folder with `rsa.pem` and `ec.pem` (keys, PKCS#8) and their self-signed certificates `rsa.crt` and `ec.crt`. */
export function keyFolder(): KeyFolder {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  const path = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => run('openssl', args);
  const kinds = {
    rsa: ['-newkey', 'rsa:2048'],
    ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  };
  for (const [kind, options] of Object.entries(kinds)) {
    const files = ['-keyout', path(`${kind}.pem`), '-out', path(`${kind}.crt`)];
    openssl('req', '-x509', ...options, '-nodes', ...files, '-days', '2', '-subj', `/C=FR/O=TEST/CN=${kind}`);
  }
  return { path, openssl, remove: () => rmSync(folder, { recursive: true }) };
}

function run(tool: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(tool, args);
  if (status !== 0) throw new Error(`${tool} ${args[0]}: ${stderr}`);
}

const LIBRARIES = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so'];
export const SOFT_HSM = LIBRARIES.find((path) => existsSync(path));
export const PIN = '4321';

/** CKA_ID of the two keys of a CPS3 (dmp.md 1.5): the last byte tells them apart. */
const CARD_IDS = { signature: 'e828bd080fd25047504bbb10', authentication: 'e828bd080fd25047504bbb20' } as const;

/** A token with a key of each kind: the signature key is that of `signature`, the authentication key the other. */
export function makeCard(folder: KeyFolder, label: string, signature: 'rsa' | 'ec'): void {
  const authentication = signature === 'rsa' ? 'ec' : 'rsa';
  run('softhsm2-util', ['--init-token', '--free', '--label', label, '--pin', PIN, '--so-pin', '87654321']);
  for (const [use, kind] of [
    ['signature', signature],
    ['authentication', authentication],
  ] as const) {
    const named = ['--label', use, '--id', CARD_IDS[use]];
    run('softhsm2-util', ['--import', folder.path(`${kind}.pem`), '--token', label, '--pin', PIN, ...named]);
    folder.openssl('x509', '-in', folder.path(`${kind}.crt`), '-outform', 'DER', '-out', folder.path(`${kind}.der`));
    const login = ['--module', SOFT_HSM ?? '', '--token-label', label, '--login', '--pin', PIN];
    run('pkcs11-tool', [...login, '--write-object', folder.path(`${kind}.der`), '--type', 'cert', ...named]);
  }
}

/** Points SoftHSM2 at tokens of this folder only, for this process and those that it starts. */
export function useTokensIn(folder: KeyFolder): void {
  const conf = folder.path('softhsm2.conf');
  const tokens = folder.path('tokens');
  mkdirSync(tokens);
  writeFileSync(conf, `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\n`);
  process.env.SOFTHSM2_CONF = conf;
}

export function pem(folder: KeyFolder, name: string): string {
  return readFileSync(folder.path(name), 'utf8');
}
