/**
 * The clients of INSi and of the DMP, with the certificates of the configuration. The files are looked at every few
 * seconds: a new certificate is taken without a restart, and with one that cannot do (expired, of another structure)
 * nothing is sent: what waits keeps waiting, and leaves by itself once the certificate is replaced (hostile T-R16).
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { createDmpClient, type Dmp } from '../wire/dmp/client.ts';
import { createInsiClient, type InsiClient } from '../wire/insi/client.ts';
import {
  cpsCredentials,
  type InsiCredentials,
  organisationCredentials,
  pscCredentials,
} from '../wire/insi/credentials.ts';
import { type Card, createCard } from '../wire/keys/card.ts';
import { createHttpsTransport } from '../wire/soap/https-transport.ts';
import type { SoapTransport } from '../wire/soap/transport.ts';
import { createSigner, type Signer, signerOf } from '../wire/xml/signer.ts';
import { watchCertificates } from './certificate-watch.ts';
import type { ConfiguredCertificate } from './certificates.ts';
import { readKeyPair, readSecret, readTls } from './key-files.ts';

/** Looks at each call of a service: to count them. */
export type TransportWatch = (service: 'DMP' | 'INSi', transport: SoapTransport) => SoapTransport;

export interface NationalService<Client> {
  readonly client: Client;
  /** Looks at the files now: what the timer does. */
  check(): Promise<void>;
  close(): Promise<void>;
}

const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const CONNECT_TIMEOUT_MS = 5_000;

/** Rejects when the certificate or its key cannot be read. */
export async function openInsi(
  context: UseCaseContext,
  insi: NonNullable<Config['insi']>,
  watch: TransportWatch,
): Promise<NationalService<InsiClient>> {
  const { name, version, instance } = context.config.software;
  return openService(context, 'insi', async (hold) => {
    const tls = await readTls(insi.tls);
    const transport = createHttpsTransport({ baseUrl: insi.url, tls, maxConnections: 2, ...LIMITS });
    const client = createInsiClient({
      transport: watch('INSi', held(transport, hold)),
      path: insi.path,
      lps: { idam: insi.authorisation, version, name, instance },
      credentials: await insiCredentials(insi.authentication, await readFile(insi.tls.cert, 'utf8')),
      verification: insi.verification,
      timeoutMs: insi.timeoutMs,
      now: context.now,
      newUuid: context.newUuid,
    });
    return { client, transport };
  });
}

/** The strategy that the configuration chose. */
async function insiCredentials(
  authentication: NonNullable<Config['insi']>['authentication'],
  certPem: string,
): Promise<InsiCredentials> {
  switch (authentication.mode) {
    case 'organisation':
      return organisationCredentials(organizationalUnit(certPem));
    case 'cps': {
      const { signature, ...claims } = authentication;
      const [signerCert, keyPem] = await Promise.all([
        readFile(signature.cert, 'utf8'),
        readFile(signature.key, 'utf8'),
      ]);
      return cpsCredentials({ ...claims, signer: createSigner({ certPem: signerCert, keyPem }) });
    }
    case 'psc': {
      const { token, issuer, ...claims } = authentication;
      return pscCredentials({
        ...claims,
        issuer: issuer ?? claims.nameId,
        ...(token !== undefined && {
          token: { header: token.header, scheme: token.scheme, read: () => readFile(token.file, 'utf8') },
        }),
      });
    }
  }
}

export async function openDmp(
  context: UseCaseContext,
  dmp: NonNullable<Config['dmp']>,
  watch: TransportWatch,
): Promise<NationalService<Dmp>> {
  const { software } = context.config;
  const baseUrl = `${dmp.url}${dmp.path}`;
  return openService(context, 'dmp', async (hold) => {
    const [tls, key] = await Promise.all([
      'relayPort' in dmp.tls ? dmp.tls : readTls(dmp.tls),
      openSignature(dmp.signature),
    ]);
    const transport = createHttpsTransport({ baseUrl, tls, maxConnections: dmp.connections, ...LIMITS });
    const client = createDmpClient({
      transport: watch('DMP', held(transport, hold)),
      baseUrl,
      signer: key.signer,
      lps: {
        name: software.name,
        version: software.version,
        homologation: dmp.homologation,
        instanceId: software.instance,
        oid: dmp.sourceId,
      },
      sourceId: dmp.sourceId,
      now: context.now,
      uuid: context.newUuid,
      timeouts: { questionMs: dmp.timeoutMs, submissionMs: dmp.timeoutMs },
      vihfLifetimeMs: dmp.vihfLifetimeMs,
      vihf: {
        version: dmp.vihfVersion,
        modeAttribute: dmp.authenticationModeAttribute,
        algorithm: dmp.vihfAlgorithm,
        reinforcedContext: dmp.reinforcedContext,
      },
      enforceRights: dmp.enforceRights,
      signatureAlgorithm: dmp.xadesAlgorithm,
    });
    return { client, transport, close: key.close };
  });
}

type Signature = NonNullable<Config['dmp']>['signature'];
type CardSignature = Extract<Signature, { readonly pkcs11: unknown }>;

interface SignatureKey {
  readonly signer: () => Promise<Signer>;
  readonly close: () => void;
}

/** A key in a file is read now, and must be there; a card is opened at its first use, and may come later. */
async function openSignature(signature: Signature): Promise<SignatureKey> {
  if ('pkcs11' in signature) return openSignatureCard(signature);
  const { certificate, key } = await readKeyPair(signature);
  const signer = signerOf(certificate, key);
  return { signer: async () => signer, close: () => undefined };
}

export function openSignatureCard({ pkcs11: { pin, ...token } }: CardSignature): Card {
  return createCard({ ...token, readPin: () => readSecret(pin) });
}

const LIMITS = { connectTimeoutMs: CONNECT_TIMEOUT_MS, maxAnswerBytes: MAX_ANSWER_BYTES };

interface Made<Client> {
  readonly client: Client;
  readonly transport: SoapTransport;
  readonly close?: () => void;
}

/** Why nothing may be sent now; undefined when all is well. */
type Hold = () => string | undefined;

async function openService<Client extends object>(
  context: UseCaseContext,
  use: ConfiguredCertificate['use'],
  make: (hold: Hold) => Promise<Made<Client>>,
): Promise<NationalService<Client>> {
  let unfit: string | undefined;
  let made = await make(() => unfit);
  const watched = await watchCertificates(context, use, {
    state: (reason) => {
      unfit = reason;
    },
    changed: async () => {
      const former = made;
      made = await make(() => unfit);
      await former.transport.close();
      former.close?.();
    },
  });
  return {
    // Whatever the client can do, it is the present one that does it.
    client: new Proxy({} as Client, { get: (_, name) => Reflect.get(made.client, name) }),
    check: watched.check,
    close: async () => {
      await watched.stop();
      await made.transport.close();
      made.close?.();
    },
  };
}

function held(transport: SoapTransport, hold: Hold): SoapTransport {
  return {
    close: () => transport.close(),
    post: async (request) => {
      const reason = hold();
      if (reason === undefined) return transport.post(request);
      return { kind: 'not-sent', reason: `certificat inutilisable : ${reason}`, tls: true };
    },
  };
}

/** OU of an organisation certificate: the structure that it was issued to (ins.md 4.4, Emetteur). */
function organizationalUnit(certPem: string): string {
  return /^OU=(.+)$/m.exec(new X509Certificate(certPem).subject)?.[1] ?? '';
}
