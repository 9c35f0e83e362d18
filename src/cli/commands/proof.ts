/** `proof export` asks a gateway for a signed proof of feed; `proof verify` judges one with nothing but the file. */
import { createWriteStream } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { continuityFault, type Verification, verifyExport } from '../../proof/index.ts';
import { codeOf, type Outcome, refusalLines, refusalView, UsageFault } from '../outcome.ts';
import { readRuntime } from '../runtime.ts';

export interface VerifyOptions {
  readonly after?: string;
  readonly ca?: string;
  readonly fingerprint?: string;
}

export async function proofVerify(file: string, { after, ca, fingerprint }: VerifyOptions): Promise<Outcome> {
  const authorities = ca === undefined ? undefined : await readText(ca);
  for (const given of [file, ...(after === undefined ? [] : [after])]) await readable(given);
  const expected = { authorities, fingerprint };
  const verified = await verifyExport(file, expected);
  const earlier = after === undefined ? undefined : await verifyExport(after, expected);
  const fault = earlier && continuityFault(verified, earlier);
  const problems = [...verified.problems, ...(earlier?.problems ?? []), ...(fault === undefined ? [] : [fault])];
  return {
    code: problems.length === 0 ? 0 : 1,
    lines: [...summary(verified, earlier), ...problems.flatMap(refusalLines)],
    result: {
      ...resultOf(verified),
      continuous: earlier === undefined ? null : fault === undefined && earlier.valid,
      problems: problems.map(refusalView),
    },
  };
}

function summary({ manifest, signer, valid, unsealedReplacements }: Verification, earlier?: Verification): string[] {
  if (manifest === undefined) return ["Ce fichier n'est pas un export de preuve lisible."];
  const { scope, chain, lines, figures } = manifest;
  const total = (id: string) =>
    figures.filter(({ formula }) => formula === id).reduce((sum, { documents }) => sum + documents, 0);
  const judged = {
    authority: 'délivré par l’autorité donnée',
    fingerprint: 'empreinte attendue',
    nobody: 'autorité non vérifiée : la donner par --ca, ou l’empreinte par --fingerprint',
  }[signer?.judged ?? 'nobody'];
  return [
    valid ? 'Export intact : signature, chaîne et chiffres vérifiés.' : 'EXPORT À REJETER.',
    `Installation : ${manifest.installation.instance} ; EJ : ${scope.legalEntity ?? 'toutes'} ; EG : ${scope.establishment ?? 'tous'}`,
    `Période : du ${scope.from} au ${scope.to} exclu ; produit le ${manifest.producedAt}`,
    `Chaîne : maillons ${chain.first} à ${chain.last} (${lines.count} lignes)`,
    `Signataire : ${signer?.subject ?? 'illisible'} (${judged})`,
    ...(unsealedReplacements === 0
      ? []
      : [`Remplacements dont l'original est signé mais non scellé (version ancienne) : ${unsealedReplacements}`]),
    ...manifest.formulas.map(({ id, programme, objective }) => `  ${programme}, ${objective} : ${total(id)}`),
    ...(earlier?.manifest === undefined ? [] : [`Export précédent : jusqu’au maillon ${earlier.manifest.chain.last}`]),
  ];
}

function resultOf({ manifest, signer, unsealedReplacements }: Verification): object {
  return {
    installation: manifest?.installation.instance ?? null,
    producedAt: manifest?.producedAt ?? null,
    scope: manifest?.scope ?? null,
    chain: manifest?.chain ?? null,
    lines: manifest?.lines.count ?? null,
    signer: signer ?? null,
    unsealedReplacements,
    figures: manifest?.figures ?? [],
    counts: manifest?.counts ?? [],
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageFault(`Fichier illisible : ${file} (${codeOf(error)}).`);
  }
}

async function readable(file: string): Promise<void> {
  try {
    await access(file);
  } catch (error) {
    throw new UsageFault(`Fichier illisible : ${file} (${codeOf(error)}).`);
  }
}

export interface ExportOptions {
  readonly to?: string;
  readonly token?: string;
  readonly data: string;
  readonly from: string;
  readonly until: string;
  readonly legalEntity?: string;
  readonly establishment?: string;
  readonly after?: string;
  readonly output: string;
}

export async function proofExport(options: ExportOptions): Promise<Outcome> {
  const place = await placeOf(options);
  if (typeof place === 'string') return failure(place);
  const query = new URLSearchParams({ from: options.from, to: options.until });
  for (const name of ['legalEntity', 'establishment', 'after'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  try {
    const response = await fetch(`${place.api}/proof/export?${query}`, {
      headers: { authorization: `Bearer ${place.token}` },
      redirect: 'error',
    });
    if (!response.ok || response.body === null) return failure(await problemOf(response));
    await pipeline(Readable.fromWeb(response.body), createWriteStream(options.output));
  } catch (error) {
    return failure(`L'export n'a pas abouti (${codeOf(error instanceof Error ? (error.cause ?? error) : error)}).`);
  }
  return { code: 0, lines: [`${options.output} écrit.`], result: { output: options.output } };
}

async function placeOf({ to, token, data }: ExportOptions): Promise<{ api: string; token: string } | string> {
  if (to !== undefined) {
    if (token === undefined) throw new UsageFault('Un jeton est attendu (--token ou TRAITDUNION_TOKEN).');
    return { api: `${to.replace(/\/+$/, '').replace(/\/api\/v1$/, '')}/api/v1`, token };
  }
  const reading = await readRuntime(data);
  return reading.ok ? { api: reading.runtime.api, token: reading.runtime.token } : `${reading.reason}.`;
}

async function problemOf(response: Response): Promise<string> {
  const { rule, title, detail } = (await response.json().catch(() => ({}))) as Record<string, unknown>;
  return typeof title === 'string'
    ? `${rule} ${title}${detail === undefined ? '' : ` : ${detail}`}`
    : `HTTP ${response.status}`;
}

function failure(message: string): Outcome {
  return { code: 1, lines: [message], result: { error: message } };
}
