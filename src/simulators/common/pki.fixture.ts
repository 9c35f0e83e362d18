/** A test authority and its certificates, made by the openssl command in a temporary folder. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

export interface TestAuthority {
  readonly server: TestTls;
  /** `subject` as openssl's -subj wants it, for example `/C=FR/OU=10B0152872/CN=INSI-AUTO`. */
  client(subject: string): TestTls;
}

export const OPENSSL_MISSING = 'openssl is not installed';

/** Undefined when openssl is not installed (the test then skips with OPENSSL_MISSING). */
export function createTestAuthority(): TestAuthority | undefined {
  if (spawnSync('openssl', ['version']).status !== 0) return undefined;
  const authority = selfSigned('/C=FR/O=TEST/CN=TEST AC IGC-SANTE ELEMENTAIRE ORGANISATIONS');
  return {
    server: issue(authority, '/CN=localhost', 'serverAuth'),
    client: (subject) => issue(authority, subject, 'clientAuth'),
  };
}

interface KeyAndCert {
  readonly cert: string;
  readonly key: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-utf8', '-keyout', 'key.pem'];

function selfSigned(subject: string): KeyAndCert {
  return inTemporaryFolder((run, read) => {
    run(['req', '-x509', ...NEW_KEY, '-subj', subject, '-days', '2', '-out', 'cert.pem']);
    return { cert: read('cert.pem'), key: read('key.pem') };
  });
}

function issue(authority: KeyAndCert, subject: string, usage: 'serverAuth' | 'clientAuth'): TestTls {
  return inTemporaryFolder((run, read, write) => {
    write('ca.pem', authority.cert);
    write('ca.key', authority.key);
    write('extensions', `extendedKeyUsage=${usage}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n`);
    run(['req', ...NEW_KEY, '-subj', subject, '-multivalue-rdn', '-out', 'request.pem']);
    const signer = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2'];
    run(['x509', '-req', '-in', 'request.pem', ...signer, '-extfile', 'extensions', '-out', 'cert.pem']);
    return { ca: authority.cert, cert: read('cert.pem'), key: read('key.pem') };
  });
}

function inTemporaryFolder<T>(
  use: (
    run: (args: string[]) => void,
    read: (name: string) => string,
    write: (name: string, text: string) => void,
  ) => T,
): T {
  const folder = mkdtempSync(join(tmpdir(), 'tdu-pki-'));
  try {
    return use(
      (args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }),
      (name) => readFileSync(join(folder, name), 'utf8'),
      (name, text) => writeFileSync(join(folder, name), text),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
