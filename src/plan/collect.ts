/** Gathers the evidence of establishments, all at once: configuration, indicators, templates, diffusion, flows. */

import {
  compactName,
  type Product,
  productOf,
  type Recognition,
  readCatalogue,
  verdictOf,
} from '../catalogue/index.ts';
import { findSource, sourceOfSender } from '../config/lookup.ts';
import type { Config, Source } from '../config/schema.ts';
import { type Obsolete, readPicture, type SeenApplication, type SeenUse } from '../observatory/index.ts';
import { configuredCertificates, inspectCertificate } from '../operations/index.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { type InventoryEntry, inventoryEntries } from '../store/inventory.ts';
import { laneFlows } from '../store/lanes.ts';
import { type SeenLine, seenLines } from '../store/observed.ts';
import {
  type AdmissionCount,
  admissionCounts,
  answeredCalls,
  type FactsAsked,
  feedCounts,
  firstAcceptance,
  givenCounts,
  lastAudits,
  type SenderCount,
  senderCounts,
  waitingCounts,
} from '../store/plan-facts.ts';
import { listSubscribers, type SubscriberState } from '../store/subscribers.ts';
import { today } from './day.ts';
import {
  type Admissions,
  type CertificateFact,
  type DocumentSender,
  FACTS_SHAPE,
  type Facts,
  type IdentitySender,
  type LegacyFlow,
  PERIOD_DAYS,
  type SoftwareFact,
} from './facts.ts';

const DAY_MS = 86_400_000;

/** In the order of `egs`. Statements: one of each kind, whatever the number of establishments. */
export async function collectFacts(context: UseCaseContext, egs: readonly string[]): Promise<Facts[]> {
  const { config, pool, now } = context;
  const at = now();
  const asked: FactsAsked = { egs, since: new Date(at.getTime() - PERIOD_DAYS * DAY_MS) };
  const whole = await wholeOf(context, at);
  const [admissions, senders, feeds, given, audits, waiting] = await Promise.all([
    admissionCounts(pool, asked),
    senderCounts(pool, asked),
    feedCounts(pool, asked),
    givenCounts(pool, asked),
    lastAudits(pool, egs),
    waitingCounts(pool, egs),
  ]);
  return egs.map((eg) => {
    const sources = sourcesOf(config, eg);
    const lines = whole.lines.filter((line) => isOf(config, sources, eg, line) && line.recent > 0);
    const applications = whole.applications.filter((one) => isOf(config, sources, eg, one) && one.recent > 0);
    const seen = applications.flatMap((one) => one.uses.flatMap((use) => softwareOf(one, use)));
    const inventory = whole.inventory.filter((entry) => entry.eg === eg);
    const software = withObsolete(
      [...seen, ...declaredSoftware(whole.catalogue, inventory, seen)],
      whole.obsolete.filter((one) => one.eg === eg),
    );
    const feed = feeds.find((row) => row.eg === eg);
    return {
      shape: FACTS_SHAPE,
      eg,
      at: at.toISOString(),
      context: config.context,
      insi: whole.insi,
      dmp: whole.dmp,
      upstream: sources.filter(({ upstreamIdentities }) => upstreamIdentities).map(nameOf),
      admissions: admissionsOf(admissions.filter((row) => row.eg === eg)),
      identitySenders: identitySendersOf(config, lines),
      documentSenders: senders.filter((row) => row.eg === eg).map((row) => documentSenderOf(config, row)),
      templates: audits
        .filter((row) => row.eg === eg)
        .map(({ template, software, right, at: on }) => ({ template, software, right, at: on.toISOString() })),
      subscribers: whole.subscribers.map((subscriber) => {
        const count = given.find((row) => row.eg === eg && row.subscriber === subscriber.name);
        return { ...subscriberOf(subscriber), qualified: count?.qualified ?? 0, given: count?.given ?? 0 };
      }),
      feed: { first: iso(feed?.first), last: iso(feed?.last), accepted: feed?.accepted ?? 0 },
      legacy: applications.flatMap((one) => one.uses.flatMap((use) => legacyOf(one, use))),
      lanes: whole.lanes
        .filter((flow) => flow.eg === eg)
        .map(({ application, facility, way, lane, since }) => ({
          application,
          facility,
          way,
          lane,
          since: since.toISOString(),
        })),
      software,
      flows: { seen: applications.length, since: earliest(applications.map(({ firstSeen }) => firstSeen)) },
      waiting: waiting
        .filter((row) => row.eg === eg)
        .map(({ ruleId, documents, oldest }) => ({ ruleId, documents, oldest: oldest.toISOString() })),
    };
  });
}

/** What every establishment of the installation shares. */
async function wholeOf(context: UseCaseContext, at: Date) {
  const { config, pool } = context;
  const [lines, { applications, obsolete }, catalogue, inventory, lanes, subscribers, calls, first, certificates] =
    await Promise.all([
      seenLines(pool, today(at)),
      readPicture(context, null),
      readCatalogue(pool),
      inventoryEntries(pool, 'installed', null),
      laneFlows(pool, null),
      listSubscribers(pool),
      answeredCalls(pool),
      firstAcceptance(pool),
      certificatesOf(config, at),
    ]);
  const insi: Facts['insi'] = {
    declared: config.insi !== undefined,
    demonstration: /DEMO/i.test(config.insi?.authorisation ?? ''),
    first: iso(calls.first),
    last: iso(calls.last),
  };
  const dmp: Facts['dmp'] = { homologation: config.dmp?.homologation ?? null, certificates, first: iso(first) };
  return { lines, applications, obsolete, catalogue, inventory, lanes, subscribers, insi, dmp };
}

async function certificatesOf(config: Config, at: Date): Promise<CertificateFact[]> {
  return Promise.all(
    configuredCertificates(config)
      .filter(({ use }) => use === 'dmp')
      .map(async ({ name, files, expectation }) => {
        const { faults, validTo } = await inspectCertificate(files, expectation, at);
        return { name, faults, validTo: iso(validTo) };
      }),
  );
}

/** Sources declared for the establishment; for one that has none of its own, those that send for its legal entity. */
function sourcesOf(config: Config, eg: string): readonly Source[] {
  const own = config.sources.filter((source) => source.eg === eg);
  if (own.length > 0) return own;
  const legal = config.legalEntities.find((entity) => entity.geographicEntities.some(({ finess }) => finess === eg));
  const siblings = legal?.geographicEntities.map(({ finess }) => finess) ?? [];
  return config.sources.filter((source) => siblings.includes(source.eg));
}

/** What was seen of the establishment; of one that declares no source, what was seen of those that send for it. */
function isOf(
  config: Config,
  sources: readonly Source[],
  eg: string,
  seen: { readonly eg: string; readonly application: string; readonly facility: string },
): boolean {
  if (seen.eg === eg) return true;
  const source = findSource(config, seen.application, seen.facility);
  if (source === undefined || !sources.includes(source)) return false;
  return seen.eg === '' ? source.eg === eg : sources.every((one) => one.eg !== eg);
}

function nameOf({ application, facility }: Source): string {
  return application === '*' ? 'toute application' : facility === '*' ? application : `${application} (${facility})`;
}

function admissionsOf(rows: readonly AdmissionCount[]): Admissions {
  const all = rows.find(({ whole }) => whole);
  return {
    admitted: all?.admitted ?? 0,
    qualified: all?.qualified ?? 0,
    mirrored: all?.mirrored ?? 0,
    firstQualified: iso(all?.firstQualified),
    units: rows
      .filter(({ whole, day }) => !whole && day === null)
      .map(({ unit, admitted, qualified }) => ({ unit, admitted, qualified })),
    days: rows.flatMap(({ day, admitted, qualified }) => (day === null ? [] : [{ day, admitted, qualified }])),
  };
}

/** One line an application, whatever the versions and events it uses. */
function identitySendersOf(config: Config, lines: readonly SeenLine[]): IdentitySender[] {
  const identities = lines.filter(({ transaction }) => transaction.startsWith('ADT'));
  const groups = Map.groupBy(identities, ({ application, facility }) => `${application}|${facility}`);
  return [...groups.values()].map((group) => {
    const { application = '', facility = '' } = group[0] ?? {};
    const bearing = group.filter(({ identityKind }) => identityKind === 'INS');
    const count = (rows: readonly SeenLine[]): number => rows.reduce((total, { recent }) => total + recent, 0);
    return {
      application,
      facility,
      upstream: findSource(config, application, facility)?.upstreamIdentities ?? false,
      messages: count(group),
      withIns: count(bearing),
      firstWithIns: earliest(bearing.map(({ firstSeen }) => firstSeen)),
      lastSeen: latest(group.map(({ lastSeen }) => lastSeen)) ?? '',
    };
  });
}

function documentSenderOf(config: Config, row: SenderCount): DocumentSender {
  const [application = '', facility = ''] = row.sender.split('|');
  const { documents, rawPdf, withIns, accepted, moving, ended } = row;
  return {
    application,
    facility,
    stamped: sourceOfSender(config, row.sender)?.stampRawPdf ?? false,
    documents,
    rawPdf,
    withIns,
    accepted,
    moving,
    ended,
    first: row.first.toISOString(),
    last: row.last.toISOString(),
  };
}

/** API V1, or a NIR that no INSi call gave: each kind of identity seen or inferred in one use. */
function legacyOf({ application, facility }: SeenApplication, use: SeenUse): LegacyFlow[] {
  const { api, identities, recent, lastSeen } = use;
  const seen = { application, facility, api, messages: recent, lastSeen: lastSeen.toISOString() };
  const old = identities.filter(({ kind }) => kind === 'NIR' || kind === 'INS-C');
  const [first] = old;
  if (recent === 0 || (api !== 'V1' && first === undefined)) return [];
  return [{ ...seen, identityKind: first?.kind ?? 'INS-C', inferred: first?.basis === 'inferred' }];
}

const SEEN = { from: 'seen', declaredApi: '', declaredIdentity: '' } as const;

function softwareOf({ application }: SeenApplication, use: SeenUse): SoftwareFact[] {
  const { product, productVersion, recognition, recent, firstSeen } = use;
  if (recent === 0 || (product === '' && recognition === undefined)) return [];
  return [
    {
      ...SEEN,
      ...listedOf(recognition),
      application,
      product: product === '' ? (recognition?.product.name ?? '') : product,
      version: recognition?.version ?? productVersion,
      messages: recent,
      firstSeen: firstSeen.toISOString(),
    },
  ];
}

function listedOf(recognition: Recognition | undefined) {
  return {
    verdict: recognition === undefined ? null : verdictOf(recognition),
    compatibleVersion: recognition?.product.compatibleVersion ?? '',
    compatibleLink: recognition?.product.compatibleLink ?? '',
  };
}

/** What the inventory says is there, where traffic does not say more. */
function declaredSoftware(
  catalogue: readonly Product[],
  entries: readonly InventoryEntry[],
  seen: readonly SoftwareFact[],
): SoftwareFact[] {
  const known = new Set(seen.map(({ product }) => compactName(product)));
  return entries.flatMap(({ fields: { product = '', version = '', application = '', api = '', identity = '' } }) => {
    if (known.has(compactName(product))) return [];
    const listed = listedOf(productOf(catalogue, { name: product, version, api }));
    const declared = { from: 'inventory', declaredApi: api, declaredIdentity: identity } as const;
    return [{ ...declared, ...listed, application, product, version, messages: 0, firstSeen: null }];
  });
}

/** Of a software that the catalogue does not hold back: its vendor no longer maintains this version. */
function withObsolete(software: readonly SoftwareFact[], obsolete: readonly Obsolete[]): SoftwareFact[] {
  return software.map((one) => {
    const over = obsolete.find(
      ({ product, version, standing }) =>
        standing === 'ended' && version === one.version && compactName(product) === compactName(one.product),
    );
    if (over === undefined || (one.verdict !== null && one.verdict !== 'done')) return one;
    return { ...one, verdict: 'obsolete', compatibleVersion: over.compatibleVersion, compatibleLink: over.link };
  });
}

function subscriberOf({ name, enabled, since, answeredAt, waiting, refused }: SubscriberState) {
  return { name, enabled, since: since.toISOString(), answeredAt: iso(answeredAt), waiting, refused };
}

function iso(date: Date | null | undefined): string | null {
  return date?.toISOString() ?? null;
}

function earliest(dates: readonly Date[]): string | null {
  return iso(dates.toSorted((a, b) => a.getTime() - b.getTime())[0]);
}

function latest(dates: readonly Date[]): string | null {
  return iso(dates.toSorted((a, b) => b.getTime() - a.getTime())[0]);
}
