/** Counts that another installation pushes: known key, right signature, next in order, its own establishments; then taken whole. */
import { createPublicKey } from 'node:crypto';
import { readCatalogue } from '../catalogue/index.ts';
import { parseFinessEg, parseFinessEj } from '../ins/identifiers.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { regionRules } from '../rules/region.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { addAudit } from '../store/proofs.ts';
import { type NamedEstablishment, nameEstablishments, putFigures } from '../store/region-figures.ts';
import {
  type Installation,
  insertInstallation,
  installationByKey,
  lockInstallation,
  markReceived,
  revokeInstallation,
} from '../store/region-installations.ts';
import { monthOf } from './month.ts';
import { ownEstablishments } from './own.ts';
import { digestOf, isSignedBy, keyIdOf, pushSchema, type SignedHeaders } from './push-text.ts';

/** The installation behind a key that may push; asked before a body is read. */
export async function pushingInstallation(
  { pool }: Pick<UseCaseContext, 'pool'>,
  keyId: string,
): Promise<Result<Installation>> {
  const installation = await installationByKey(pool, keyId);
  if (installation === undefined) return refuse(regionRules.unknownKey);
  return installation.revokedAt === null ? ok(installation) : refuse(regionRules.revokedKey);
}

export interface PushTaken {
  readonly sequence: number;
  /** `known`: this very push was taken before, and changed nothing now. */
  readonly outcome: 'taken' | 'known';
  readonly added: number;
  readonly replaced: number;
  readonly unchanged: number;
}

export type PushOutcome =
  | { readonly kind: 'settled'; readonly result: Result<PushTaken> }
  /** Refused as TDU-REG-005. */
  | { readonly kind: 'out-of-order'; readonly expected: number };

/** Nothing of the body is parsed before its signature is verified (promise 7). All of it is recorded, or nothing. */
export async function receivePush(context: UseCaseContext, headers: SignedHeaders, body: Buffer): Promise<PushOutcome> {
  const refused = (refusal: Parameters<typeof refuse>): PushOutcome => ({
    kind: 'settled',
    result: refuse(...refusal),
  });
  const known = await pushingInstallation(context, headers.keyId);
  if (!known.ok) return { kind: 'settled', result: known };
  if (!isSignedBy(known.value.publicKey, headers, body)) return refused([regionRules.wrongSignature]);
  const parsed = pushSchema.safeParse(jsonOf(body));
  if (!parsed.success) return refused([regionRules.unfitCounts, { detail: placesOf(parsed.error.issues) }]);
  const { figures } = parsed.data;
  if (figures.some(({ month }) => month > monthOf(context.now())))
    return refused([regionRules.unfitCounts, { detail: 'un mois à venir' }]);
  const products = new Set((await readCatalogue(context.pool)).map(({ key }) => key));
  // A name that this catalogue does not know could be any text: it is not kept.
  const kept = figures.map((figure) => ({
    ...figure,
    products: figure.products.filter(({ key }) => products.has(key)),
  }));
  return transaction(context.pool, async (tx) => {
    const installation = await lockInstallation(tx, headers.keyId);
    if (installation === undefined || installation.revokedAt !== null) return refused([regionRules.revokedKey]);
    const foreign = figures.find(({ eg }) => !installation.egs.includes(eg));
    if (foreign !== undefined) return refused([regionRules.foreignEstablishment, { detail: `EG ${foreign.eg}` }]);
    return inOrder(tx, context, installation, { ...headers, digest: digestOf(body) }, async (at) =>
      putFigures(tx, kept, { origin: 'pushed', source: headers.keyId, at }),
    );
  });
}

type Put = (at: Date) => ReturnType<typeof putFigures>;

async function inOrder(
  tx: Db,
  { now }: UseCaseContext,
  { keyId, lastSequence, lastDigest }: Installation,
  { sequence, digest }: { readonly sequence: number; readonly digest: Buffer },
  put: Put,
): Promise<PushOutcome> {
  // Its answer was lost: the same push again changes nothing.
  if (sequence === lastSequence && lastDigest?.equals(digest) === true)
    return { kind: 'settled', result: ok({ sequence, outcome: 'known', added: 0, replaced: 0, unchanged: 0 }) };
  if (sequence !== lastSequence + 1) return { kind: 'out-of-order', expected: lastSequence + 1 };
  const at = now();
  const counts = await put(at);
  await markReceived(tx, keyId, sequence, digest, at);
  return { kind: 'settled', result: ok({ sequence, outcome: 'taken', ...counts }) };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

/** Where it does not fit, never what stood there. */
function placesOf(issues: readonly { readonly path: readonly PropertyKey[] }[]): string {
  return issues
    .slice(0, 5)
    .map(({ path }) => path.map(String).join('.').slice(0, 60) || 'contenu')
    .join(', ');
}

export interface AskedInstallation {
  readonly name: string;
  /** PEM. */
  readonly publicKey: string;
  readonly establishments: readonly NamedEstablishment[];
}

/** Registers the public key of an installation, with the establishments that it may speak for. */
export async function registerInstallation(
  context: UseCaseContext,
  asked: AskedInstallation,
  actor: { readonly name: string; readonly role: string },
): Promise<Result<Installation>> {
  const { pool, now, config } = context;
  const key = ed25519Of(asked.publicKey);
  if (key === undefined || asked.name.trim() === '') return refuse(regionRules.unfitKey);
  const own = new Set(ownEstablishments(config).map(({ eg }) => eg));
  const unfit = asked.establishments.find(
    ({ eg, ej }) => !parseFinessEg(eg).ok || !parseFinessEj(ej).ok || own.has(eg),
  );
  if (asked.establishments.length === 0 || unfit !== undefined)
    return refuse(
      regionRules.unfitEstablishments,
      unfit === undefined ? {} : { detail: `« ${unfit.eg.slice(0, 20)} »` },
    );
  const keyId = keyIdOf(key);
  const at = now();
  return transaction(pool, async (tx) => {
    const fresh = await insertInstallation(tx, {
      keyId,
      name: asked.name.trim(),
      publicKey: key.export({ type: 'spki', format: 'pem' }).toString(),
      egs: [...new Set(asked.establishments.map(({ eg }) => eg))],
      registeredBy: actor.name,
      registeredAt: at,
    });
    const row = await installationByKey(tx, keyId);
    if (!fresh || row === undefined) return refuse(regionRules.unfitKey, { detail: 'clé déjà enregistrée' });
    await nameEstablishments(tx, asked.establishments, at);
    await audited(tx, actor, 'region key registered', keyId, at);
    return ok(row);
  });
}

/** From now on nothing that this key signs is taken. What it gave before stays, with its origin. */
export async function revoke(
  context: UseCaseContext,
  keyId: string,
  actor: { readonly name: string; readonly role: string },
): Promise<boolean> {
  const at = context.now();
  return transaction(context.pool, async (tx) => {
    const revoked = await revokeInstallation(tx, keyId, actor.name, at);
    if (revoked) await audited(tx, actor, 'region key revoked', keyId, at);
    return revoked;
  });
}

async function audited(
  tx: Db,
  actor: { readonly name: string; readonly role: string },
  action: string,
  keyId: string,
  at: Date,
): Promise<void> {
  await addAudit(tx, {
    at,
    actor: actor.name,
    role: actor.role,
    action,
    subject: `installation:${keyId}`,
    reason: null,
    outcome: 'done',
  });
}

/** A private key is not taken for its public half: it must never travel. */
function ed25519Of(pem: string) {
  if (!/^-----BEGIN PUBLIC KEY-----\s/.test(pem.trim())) return undefined;
  try {
    const key = createPublicKey(pem.trim());
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}
