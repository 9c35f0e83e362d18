/**
 * `npm run transition`: a whole transition in minutes. Months of traffic of establishments that feed by API V1, or by V2 with
 * TD0.0, are cut over one by one to the gateway, faults on the way; nothing of the result is known beforehand.
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStops, type Stops } from '../../queue/stops.ts';
import { type Outbox, openOutbox } from '../../simulators/connector/outbox.ts';
import { many } from '../../store/db.ts';
import { renderLetter } from '../../wire/pdf/letter.ts';
import { admit } from './admissions.ts';
import { type Calendar, createCalendar } from './calendar.ts';
import { differences, fedByGateway } from './figures.ts';
import { type Installation, startInstallation } from './installation.ts';
import { command, dmpCounts, gapMs, heldDocuments, journalOf } from './measure.ts';
import { faultsOf, type HospitalPlan, planOf } from './plan.ts';
import { type Sender, type Sent, sendWave } from './traffic.ts';
import { judge, type Verdict } from './verdict.ts';
import { hospital, type ReplayPatient, TEST_OID } from './world.ts';

export interface ReplayOptions {
  readonly establishments: number;
  readonly documents: number;
  readonly months: number;
  /** Emptied first. */
  readonly data: string;
  readonly databaseUrl?: string | undefined;
  readonly version: string;
  /** One line for whoever watches. */
  readonly say: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
  /** Once aborted, everything that was started is stopped, and the replay rejects. */
  readonly signal?: AbortSignal | undefined;
}

export interface Progress {
  /** Weeks done, of how many. */
  readonly wave: number;
  readonly waves: number;
  readonly month: string;
  readonly documents: number;
  readonly cutOver: number;
}

export interface ReplayReport extends Verdict {
  readonly establishments: number;
  readonly products: number;
  readonly longestGapMs: number;
}

export async function replayTransition(options: ReplayOptions): Promise<ReplayReport> {
  const stops = createStops((error) => options.say(`Arrêt incomplet : ${String(error)}`));
  const { signal } = options;
  const interrupted = new Promise<never>((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('rejeu interrompu')), { once: true });
  });
  try {
    return await Promise.race([replay(options, stops), interrupted]);
  } finally {
    await stops.run();
  }
}

async function replay(options: ReplayOptions, stops: Stops): Promise<ReplayReport> {
  const { months, data, say } = options;
  const hospitals = Array.from({ length: options.establishments }, (_, index) => hospital(index));
  const calendar = createCalendar(months, new Date());
  const installation = await startInstallation(
    { ...options, databaseUrl: options.databaseUrl, hospitals, calendar, closings: closingsOf(calendar, months) },
    stops,
  );
  const plans = planOf(hospitals, options);
  const sent: Sent[] = [];
  const senders = await sendersOf(plans, installation, calendar, join(data, 'journaux'), sent, stops);
  for (let wave = 0; wave < calendar.waves; wave++) {
    await playWave(wave, { plans, senders, installation, calendar });
    const cutOver = plans.filter(({ cutOverWave }) => cutOverWave <= wave).length;
    const progress = {
      wave: wave + 1,
      waves: calendar.waves,
      month: calendar.monthOf(wave),
      documents: sent.length,
      cutOver,
    };
    options.onProgress?.(progress);
    say(`${progress.month} semaine ${(wave % 4) + 1} : ${sent.length} envois, ${cutOver} établissements basculés`);
  }
  return measure(options, { plans, installation, calendar, sent });
}

/** API V1 closes when the last establishment has left it, TD0.0 in the middle of the month after. */
function closingsOf(calendar: Calendar, months: number): { apiV1: string; td00: string } {
  const [year = 0, month = 0] = calendar
    .monthOf((months - 1) * 4)
    .split('-')
    .map(Number);
  const day = (date: number): string => new Date(Date.UTC(year, month - 1, date)).toISOString().slice(0, 10);
  return { apiV1: day(0), td00: day(15) };
}

async function sendersOf(
  plans: readonly HospitalPlan[],
  { connectors, door, gateway }: Installation,
  { now }: Calendar,
  journals: string,
  sent: Sent[],
  stops: Stops,
): Promise<Sender[]> {
  const contents = await contentsOf();
  return Promise.all(
    plans.map(async (plan) => {
      const { hospital: at } = plan;
      const connector = connectors.get(at.eg);
      if (connector === undefined) throw new Error(`no connector for ${at.eg}`);
      const outbox: Outbox = await openOutbox({
        connector,
        journal: join(journals, `${at.eg}.jsonl`),
        now,
        // Its minutes are hundredths of a second here: what is measured is the gateway, not the patience of a product.
        wait: (ms) => sleep(Math.min(Math.max(ms / 1_000, 50), 1_000)),
      });
      stops.add(() => outbox.close());
      return { plan, outbox, door: door(at), context: gateway.context, contents, onSent: (one) => void sent.push(one) };
    }),
  );
}

async function contentsOf(): Promise<Map<string, Buffer>> {
  const letter = await renderLetter({
    title: 'Compte rendu fictif',
    sender: ['Hôpital fictif'],
    recipient: ['Docteur Alice DURAND'],
    placeAndDate: 'Ce jour',
    paragraphs: ['Courrier entièrement fictif.'],
    signature: ['Docteur Claude MEDECIN'],
  });
  return new Map([
    ['application/pdf', Buffer.from(letter)],
    ['text/rtf', Buffer.from("{\\rtf1\\ansi Courrier enti\\'e8rement fictif.}")],
    ['text/plain', Buffer.from('Courrier entièrement fictif.')],
  ]);
}

interface Run {
  readonly plans: readonly HospitalPlan[];
  readonly senders: readonly Sender[];
  readonly installation: Installation;
  readonly calendar: Calendar;
}

async function playWave(wave: number, { plans, senders, installation, calendar }: Run): Promise<void> {
  calendar.startWave(wave);
  const { dmp, insiControl } = installation;
  const newcomers = plans.flatMap(({ hospital: at, waves }) =>
    (waves[wave]?.admitted ?? []).map((patient) => ({ patient, facility: at.facility })),
  );
  await declare(
    newcomers.map(({ patient }) => patient),
    installation,
  );
  const faults = faultsOf(wave, plans, calendar.waves);
  for (const { on, order } of faults) await command(on === 'dmp' ? dmp.control : insiControl, 'POST', '/faults', order);
  await admit(installation.admissions, newcomers, calendar.now);
  // In a week of cut-over nobody waits for an identity: the RI was there before.
  if (faults.every(({ on }) => on !== 'insi')) await qualified(installation, newcomers.length);
  await Promise.all(
    senders.map(async (sender) => {
      const own = sender.plan.waves[wave];
      if (own !== undefined) await sendWave(sender, own);
    }),
  );
  for (const control of [dmp.control, insiControl]) await command(control, 'DELETE', '/faults');
}

/** To INSi, and to the DMP which certifies them and knows their INS-C. */
async function declare(patients: readonly ReplayPatient[], { dmp, insiControl }: Installation): Promise<void> {
  if (patients.length === 0) return;
  const identities = patients.map(({ birthName, firstGivenName, sex, birthDate, birthPlace, matricule }) => ({
    ...{ birthName, sex, birthDate, birthPlace, matricule },
    birthGivenNames: firstGivenName,
    oid: TEST_OID,
  }));
  await command(insiControl, 'POST', '/identities', { identities });
  for (const { birthName, firstGivenName, sex, birthDate, matricule } of patients) {
    const traits = { birthName, firstGivenName, sex, birthDate };
    await command(dmp.control, 'POST', '/patients', { matricule, oid: TEST_OID, state: 'open', traits });
  }
}

const LOOK_EVERY_MS = 50;
const QUALIFIED_WITHIN_MS = 60_000;

async function qualified({ gateway }: Installation, newcomers: number): Promise<void> {
  if (newcomers === 0) return;
  const { pool } = gateway.context;
  for (let waited = 0; waited < QUALIFIED_WITHIN_MS; waited += LOOK_EVERY_MS) {
    const rows = await many<{ status: string }>(pool, `select status from identity where status <> 'QUAL'`, []);
    if (rows.length === 0) return;
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error('identities were not qualified in time');
}

async function measure(
  { data, documents, say, months, establishments }: ReplayOptions,
  { plans, installation, calendar, sent }: Omit<Run, 'senders'> & { readonly sent: readonly Sent[] },
): Promise<ReplayReport> {
  const { dmp, gateway, gatewayCertificate } = installation;
  const [held, counts] = [await heldDocuments(dmp.control), await dmpCounts(dmp.control)];
  const verdict = judge({
    ...{ planned: documents, sent, held, counts, gatewayCertificate },
    firstMonth: calendar.monthOf(0),
    lastMonth: calendar.monthOf((months - 1) * 4),
  });
  say('Figures du tableau de bord');
  const gatewayProduct = counts.find(({ certificate }) => certificate === gatewayCertificate)?.product ?? '';
  const figures = await differences(gateway.context.pool, fedByGateway(held, gatewayProduct));
  const journals = await Promise.all(
    plans.map(({ hospital: at }) => journalOf(join(data, 'journaux', `${at.eg}.jsonl`))),
  );
  const gaps = journals.map(gapMs);
  const unmeasured = gaps.filter((gap) => gap === undefined).length;
  const old = counts.filter(
    ({ transaction, certificate }) => transaction === 'TD2.1' && certificate !== gatewayCertificate,
  );
  return {
    establishments,
    products: new Set(old.map(({ product }) => product)).size,
    longestGapMs: Math.max(0, ...gaps.flatMap((gap) => gap ?? [])),
    ...verdict,
    problems: [
      ...verdict.problems,
      ...figures,
      ...(unmeasured === 0 ? [] : [`${unmeasured} bascules sans document des deux côtés : rien à mesurer`]),
    ],
  };
}
