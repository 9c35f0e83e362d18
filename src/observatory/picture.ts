/** Who sends what: from traffic alone, beside what was declared. */
import { type Product, productOf, type Recognition, readCatalogue, verdictOf } from '../catalogue/index.ts';
import { findSource } from '../config/lookup.ts';
import type { Config } from '../config/schema.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { inventoryEntries } from '../store/inventory.ts';
import type { Basis, IdentityKind } from '../store/observed.ts';
import { type SeenLine, seenLines } from '../store/observed.ts';
import { type Difference, differencesOf, type Obsolete, obsoleteHere } from './compare.ts';
import { inferIdentity } from './infer.ts';
import { parisDay } from './recorder.ts';
import type { Declared, Figures, SeenApplication, SeenIdentity, SeenUse, UnseenSource } from './seen.ts';

export interface Picture {
  readonly applications: readonly SeenApplication[];
  /** Beside the configuration and the inventory. */
  readonly differences: readonly Difference[];
  /** Here, and no longer maintained by its vendor. */
  readonly obsolete: readonly Obsolete[];
}

/** `eg`: of whoever looks; null sees all. */
export async function readPicture(context: UseCaseContext, eg: string | null): Promise<Picture> {
  const { pool, config, now } = context;
  const today = parisDay(now());
  const [lines, catalogue, installed, versions] = await Promise.all([
    seenLines(pool, today),
    readCatalogue(pool),
    inventoryEntries(pool, 'installed', eg),
    inventoryEntries(pool, 'versions', eg),
  ]);
  const { applications, unseen } = applicationsOf(config, catalogue, lines, eg);
  return {
    applications,
    differences: differencesOf(applications, unseen, installed),
    obsolete: obsoleteHere(applications, installed, versions, today),
  };
}

function applicationsOf(
  config: Config,
  catalogue: readonly Product[],
  lines: readonly SeenLine[],
  eg: string | null,
): { readonly applications: readonly SeenApplication[]; readonly unseen: readonly UnseenSource[] } {
  const located = lines.map((line) => ({ ...line, eg: egOf(config, line) }));
  const own = located.filter((line) => eg === null || line.eg === eg);
  const applications = groups(own, ({ eg: of, application, facility }) => [of, application, facility]).map((group) =>
    applicationOf(config, catalogue, group),
  );
  const seen = new Set(located.map(({ application, facility }) => findSource(config, application, facility)));
  const unseen = config.sources
    .filter((source) => source.application !== '*' && !seen.has(source) && (eg === null || source.eg === eg))
    .map(({ eg: of, application, facility }) => ({ eg: of, application, facility }));
  return { applications, unseen };
}

/** A line of before the observatory names no establishment: its declaration does. */
function egOf(config: Config, { eg, application, facility }: SeenLine): string {
  return eg === '' ? (findSource(config, application, facility)?.eg ?? '') : eg;
}

type Lines = readonly [SeenLine, ...SeenLine[]];

function groups(lines: readonly SeenLine[], by: (line: SeenLine) => readonly string[]): Lines[] {
  const found = new Map<string, [SeenLine, ...SeenLine[]]>();
  for (const line of lines) {
    const id = JSON.stringify(by(line));
    const group = found.get(id);
    if (group === undefined) found.set(id, [line]);
    else group.push(line);
  }
  return [...found.values()];
}

function applicationOf(config: Config, catalogue: readonly Product[], lines: Lines): SeenApplication {
  const [{ eg, application, facility }] = lines;
  const callsTd00 = lines.some(({ transaction }) => transaction === 'TD0.0');
  return {
    eg,
    application,
    facility,
    declared: declaredOf(config, lines[0]),
    uses: groups(lines, ({ api, product, productVersion }) => [api, product, productVersion]).map((group) =>
      useOf(catalogue, group, callsTd00),
    ),
    ...figuresOf(lines),
  };
}

/** A caller of the API was given a token, which declares it. */
function declaredOf(config: Config, { api, application, facility }: SeenLine): Declared {
  if (api === 'REST' || api === 'FHIR') return 'yes';
  const source = findSource(config, application, facility);
  if (source === undefined) return 'no';
  return source.application === '*' ? 'wildcard' : 'yes';
}

function useOf(catalogue: readonly Product[], lines: Lines, callsTd00: boolean): SeenUse {
  const [{ api, application, product, productVersion }] = lines;
  // An application that does not name its software may bear its name.
  const seen = { name: product === '' ? application : product, version: productVersion, api };
  const recognition = productOf(catalogue, seen);
  const values = (name: keyof SeenLine): string[] =>
    [...new Set(lines.map((line) => String(line[name])))].filter((text) => text !== '').sort();
  return {
    ...{ api, product, productVersion },
    protocolVersions: values('protocolVersion'),
    homologations: values('homologation'),
    certificates: values('certificate'),
    structures: values('structure'),
    transactions: values('transaction'),
    identities: identitiesOf(lines, recognition, callsTd00),
    recognition,
    keys: lines.map(({ key }) => key),
    ...figuresOf(lines),
  };
}

function identitiesOf(lines: Lines, recognition: Recognition | undefined, callsTd00: boolean): SeenIdentity[] {
  const found = new Map<string, SeenIdentity>();
  for (const line of lines) {
    if (line.identityKind === 'none') continue;
    const one = identityOf(line, recognition, callsTd00);
    found.set(`${one.kind} ${one.basis}`, one);
  }
  return [...found.values()];
}

/** A door that says INS has looked the patient up; one that says NIR may know nothing. The whole says more (practice 21). */
function identityOf(line: SeenLine, recognition: Recognition | undefined, callsTd00: boolean): SeenIdentity {
  const kind = line.identityKind as IdentityKind;
  if (line.api !== 'V2') return { kind, basis: line.basis as Basis, because: 'wire' };
  const verdict = recognition === undefined ? undefined : verdictOf(recognition);
  const product = verdict === 'move' ? 'nir' : verdict === 'done' ? 'ins' : undefined;
  const inferred = inferIdentity({ api: 'V2', callsTd00, product, qualifiedHere: kind === 'INS' || undefined });
  return { kind: inferred.identityKind, basis: inferred.basis, because: inferred.because };
}

function figuresOf(lines: Lines): Figures {
  const sum = (name: 'today' | 'month' | 'recent' | 'refused'): number =>
    lines.reduce((total, line) => total + line[name], 0);
  const times = (name: 'firstSeen' | 'lastSeen'): number[] => lines.map((line) => line[name].getTime());
  return {
    firstSeen: new Date(Math.min(...times('firstSeen'))),
    lastSeen: new Date(Math.max(...times('lastSeen'))),
    today: sum('today'),
    month: sum('month'),
    recent: sum('recent'),
    refused: sum('refused'),
  };
}
