/**
 * A signed export: one ZIP that says what was fed, by which formulas, with the whole chain between two links, and that a third
 * party verifies without us. The chain is walked first, so that what does not hold is refused instead of published.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import type { UseCaseContext } from '../queue/context.ts';
import { proofRules } from '../rules/proof.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { chainHead, firstLinkSince, insertProofExport, listProofExports } from '../store/proof-exports.ts';
import { type LedgerLink, ledgerLinks, link } from '../store/proofs.ts';
import { signDetached } from '../wire/cms/detached.ts';
import type { Signer } from '../wire/xml/signer.ts';
import { DOCUMENT_KINDS } from './document-kinds.ts';
import { FORMULAS, figuresOf } from './formulas.ts';
import { readLinkText } from './link-text.ts';
import { EXPORT_FORMAT, FILES, type Manifest, writtenLine } from './manifest.ts';
import { readMe } from './read-me.ts';
import { type Recount, type RecountScope, startRecount } from './recount.ts';

/** Links read at once. */
const BATCH = 2_000;
const EARLIER_HEADS = 50;
/** ZIP dates are local times without a zone: one that says nothing of this machine. */
const ZIP_OPTIONS = { mtime: new Date(Date.UTC(1980, 0, 2)), mode: 0o100644, compress: true };

export interface ExportOrder extends RecountScope {
  readonly actor: string;
  /** The chain begins no later than the link after this one: that of an export made before. */
  readonly after?: number | undefined;
}

export interface ProofExport {
  readonly name: string;
  readonly bytes: Readable;
  readonly manifest: Manifest;
}

export async function exportProof(
  context: UseCaseContext,
  order: ExportOrder,
  signer: () => Promise<Signer>,
): Promise<Result<ProofExport>> {
  const { pool } = context;
  if (order.to <= order.from) return refuse(proofRules.badPeriod);
  const head = await chainHead(pool);
  if (head === undefined) return refuse(proofRules.nothingSealed);
  const earlier = await listProofExports(pool, EARLIER_HEADS);
  const starts = [order.after, earlier[0]?.lastPosition].flatMap((before) =>
    before === undefined ? [] : [before + 1],
  );
  const since = (await firstLinkSince(pool, order.from)) ?? head.position;
  const first = Math.max(1, Math.min(since, head.position, ...starts));
  const walked = await walk(context, first, head.position, startRecount(order));
  if (!walked.ok) return walked;
  const at = context.now();
  const manifest = manifestOf(context, order, { first, last: head.position, at }, walked.value, earlier);
  const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 1)}\n`, 'utf8');
  const own = await usable(signer);
  if (!own.ok) return own;
  const signature = await signDetached(bytes, own.value, at);
  await insertProofExport(pool, {
    id: context.newUuid(),
    at,
    actor: order.actor,
    ej: order.ej,
    eg: order.eg,
    from: order.from,
    to: order.to,
    firstPosition: first,
    lastPosition: head.position,
    lastHash: head.hash,
    manifestSha256: createHash('sha256').update(bytes).digest('hex'),
  });
  const certificate = own.value.certificate.toString();
  const name = `preuve-${order.ej ?? order.eg ?? 'installation'}-${at.toISOString().slice(0, 10)}-${head.position}.zip`;
  return ok({ name, manifest, bytes: zipped(context, manifest, bytes, signature, certificate) });
}

async function usable(signer: () => Promise<Signer>): Promise<Result<Signer>> {
  try {
    return ok(await signer());
  } catch (error) {
    // The message of a key that does not open names a file at most.
    return refuse(proofRules.noKey, { detail: error instanceof Error ? error.message.slice(0, 200) : '' });
  }
}

interface Walked {
  readonly previousHash: string;
  readonly lastHash: string;
  readonly count: number;
  readonly sha256: string;
  readonly recount: Recount;
}

/** Every link from the first to the last one, held against the one before; what comes out is what will be written. */
async function walk(context: UseCaseContext, first: number, last: number, recount: Recount): Promise<Result<Walked>> {
  const digest = createHash('sha256');
  let [previousHash, count] = ['', 0];
  let before: LedgerLink | undefined;
  for await (const each of links(context, first, last)) {
    const line = readLinkText(each.payload);
    const follows = before === undefined || each.previous.equals(before.hash);
    const whole = each.position === first + count && follows && each.hash.equals(link(each.previous, each.payload));
    if (!whole || line === undefined) return refuse(proofRules.brokenChain, { detail: `maillon ${first + count}` });
    if (before === undefined) previousHash = each.previous.toString('hex');
    digest.update(lineOf(each));
    recount.take({ ...line, at: new Date(line.at), replaces: line.replaces ?? each.original });
    before = each;
    count += 1;
  }
  if (before?.position !== last) return refuse(proofRules.brokenChain, { detail: `maillon ${first + count}` });
  return ok({ previousHash, lastHash: before.hash.toString('hex'), count, sha256: digest.digest('hex'), recount });
}

async function* links({ pool }: UseCaseContext, first: number, last: number): AsyncGenerator<LedgerLink> {
  for (let after = first - 1; after < last; ) {
    const batch = await ledgerLinks(pool, after, last, BATCH);
    yield* batch;
    const reached = batch.at(-1)?.position;
    if (reached === undefined) return;
    after = reached;
  }
}

function lineOf({ position, hash, payload, original }: LedgerLink): string {
  return `${writtenLine(position, hash.toString('hex'), payload, original)}\n`;
}

function manifestOf(
  { config }: UseCaseContext,
  { ej, eg, from, to }: ExportOrder,
  { first, last, at }: { first: number; last: number; at: Date },
  { previousHash, lastHash, count, sha256, recount }: Walked,
  earlier: Awaited<ReturnType<typeof listProofExports>>,
): Manifest {
  const { name, version, instance } = config.software;
  const cells = recount.cells();
  return {
    format: EXPORT_FORMAT,
    installation: { software: name, version, instance },
    producedAt: at.toISOString(),
    scope: { legalEntity: ej, establishment: eg, from: from.toISOString(), to: to.toISOString() },
    chain: { first, last, previousHash, lastHash },
    lines: { count, sha256 },
    earlierHeads: earlier.map((head) => ({
      position: head.lastPosition,
      hash: head.lastHash,
      at: head.at.toISOString(),
    })),
    kinds: DOCUMENT_KINDS,
    formulas: FORMULAS,
    counts: cells.map(({ ej: legalEntity, eg: establishment, qualified: qualifiedIns, ended: takenOut, ...cell }) => ({
      ...cell,
      legalEntity,
      establishment,
      qualifiedIns,
      takenOut,
    })),
    figures: figuresOf(cells).map(({ ej: legalEntity, eg: establishment, ...figure }) => ({
      ...figure,
      legalEntity,
      establishment,
    })),
  };
}

/** The lines are read again while they are written: a ledger of a million of them is not held in memory. */
function zipped(
  context: UseCaseContext,
  { chain }: Manifest,
  manifest: Buffer,
  signature: Buffer,
  certificate: string,
): Readable {
  const zip = new ZipFile();
  zip.addBuffer(manifest, FILES.manifest, ZIP_OPTIONS);
  zip.addBuffer(signature, FILES.signature, ZIP_OPTIONS);
  zip.addBuffer(Buffer.from(certificate), FILES.certificate, ZIP_OPTIONS);
  zip.addBuffer(Buffer.from(readMe()), FILES.readMe, ZIP_OPTIONS);
  const lines = async function* () {
    for await (const each of links(context, chain.first, chain.last)) yield lineOf(each);
  };
  zip.addReadStream(Readable.from(lines()), FILES.lines, ZIP_OPTIONS);
  zip.end();
  return Readable.from(zip.outputStream);
}
