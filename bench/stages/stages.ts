/** Bench `stages`: CPU of each step of a document on one thread, against the least that it can cost (P5 to P10). */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DemoPki, ensureDemoPki } from '../../src/demo/pki.ts';
import { DEMO_EJ, DEMO_OTHER_EJ } from '../../src/demo/structure.ts';
import { createSigner } from '../../src/wire/xml/signer.ts';
import type { Case } from '../support/report.ts';
import { byteStages } from './bytes.ts';
import { documentStages } from './documents.ts';
import { signatureStages } from './signatures.ts';
import { stampStages } from './stamps.ts';
import { timeStage } from './timer.ts';
import { transportStage } from './transport.ts';

/** Time given to each run of openssl: it takes whole seconds. */
const OPENSSL_SECONDS = 1;

/** `seconds`: counted time of each side of each stage. */
export async function benchStages({ seconds }: { seconds: number }): Promise<{ cases: Case[] }> {
  const pki = await demoPki();
  const transport = await transportStage(pki);
  // Keys RSA 2048, as IGC-Santé issues them.
  const stages = [
    ...(await byteStages(OPENSSL_SECONDS)),
    ...(await stampStages()),
    ...(await documentStages(createSigner(pki.sign))),
    ...(await signatureStages(pki.sign, OPENSSL_SECONDS)),
    transport.stage,
  ];
  const cases: Case[] = [];
  for (const stage of stages) cases.push(await timeStage(stage, seconds));
  await transport.close();
  return { cases };
}

async function demoPki(): Promise<DemoPki> {
  const folder = await mkdtemp(join(tmpdir(), 'tdu-bench-'));
  try {
    return await ensureDemoPki(folder, { ej: DEMO_EJ, otherEj: DEMO_OTHER_EJ }, () => new Date());
  } finally {
    await rm(folder, { recursive: true });
  }
}
