/** T-R8: nothing can be written any more. Negative acknowledgement within a second, one alert, no crash loop, and back by itself. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { pdfMessage } from '../journeys/messages.fixture.ts';
import { PAT_TROIS } from '../journeys/people.fixture.ts';
import { documentIn } from '../journeys/waiting.fixture.ts';
import { type Demonstration, until } from '../support/demonstration.ts';
import { atMost, type Finding, type HostileCase, none, type Sizes, sizeOf } from './hostile-case.ts';
import { openMailbox, watchedBy } from './support/mailbox.ts';
import { demonstrationOf, noSmallVolume, type OwnPlace, openOwnPlace, withStops } from './support/own-server.ts';

const REFUSED_WITHIN_MS = 1_000;
const BACK_WITHIN_MS = 60_000;
/** Of PostgreSQL, in one outage: it cannot run without room, and must not be started again and again. */
const MOST_STARTS = 5;

/** What stops the writing, and what ends it. */
interface Trouble {
  begin(): Promise<void>;
  end(): Promise<void>;
}

export const readOnly: HostileCase = {
  id: 'T-R8',
  title: 'the database becomes read-only',
  ci: { rounds: 1, letters: 5 },
  full: { rounds: 50, letters: 20 },
  run: (sizes, say) => outages(sizes, say, undefined, ({ place }) => readOnlyDatabase(place.databaseUrl)),
};

export const fullDisk: HostileCase = {
  id: 'T-R8-DISK',
  title: 'the disk of database and gateway is full',
  ci: { rounds: 1, letters: 5, megabytes: 320 },
  full: { rounds: 10, letters: 20, megabytes: 2_048 },
  missing: noSmallVolume,
  run: (sizes, say) => outages(sizes, say, sizeOf(sizes, 'megabytes'), fullVolume),
};

interface Outage {
  readonly place: OwnPlace;
  readonly demonstration: Demonstration;
}

async function outages(
  sizes: Sizes,
  say: (line: string) => void,
  megabytes: number | undefined,
  troubleOf: (outage: Outage) => Trouble,
): Promise<Finding[]> {
  const [rounds, letters] = [sizeOf(sizes, 'rounds'), sizeOf(sizes, 'letters')];
  return withStops(async (stops) => {
    const place = await openOwnPlace(stops, megabytes);
    const mailbox = await openMailbox();
    stops.add(() => mailbox.close());
    const demonstration = await demonstrationOf(stops, place, watchedBy(mailbox.port));
    const trouble = troubleOf({ place, demonstration });
    stops.add(() => trouble.end());
    const refusals: Refusal[] = [];
    const told = (event: 'start' | 'end') => mailbox.subjects.filter((line) => STORAGE[event].includes(line));
    await feeds(demonstration);
    for (let round = 1; round <= rounds; round++) {
      await trouble.begin();
      refusals.push(await refused(demonstration));
      await until('told', async () => (told('start').length >= round ? true : undefined), BACK_WITHIN_MS);
      for (let letter = 1; letter < letters; letter++) refusals.push(await refused(demonstration));
      await trouble.end();
      await feeds(demonstration);
      await until('told again', async () => (told('end').length >= told('start').length ? true : undefined));
      say(`round ${round}/${rounds}: ${refusals.length} refused, ${mailbox.subjects.length} mails`);
    }
    const starts = place.serverLog.filter((line) => line.includes('redémarré')).length;
    const alarm = await readFile(join(place.data, 'alerte-base.json')).catch(() => undefined);
    return [
      none('letters not refused (neither AE nor AR)', refusals.filter(({ code }) => !/^A[ER]$/.test(code)).length),
      atMost('slowest refusal, ms', Math.max(...refusals.map(({ tookMs }) => tookMs)), REFUSED_WITHIN_MS),
      atMost('alerts of one kind, at most one each round', mostOfOneKind(told('start')), rounds),
      none('alerts without an end', told('start').length - told('end').length),
      atMost('restarts of PostgreSQL', starts, MOST_STARTS * rounds),
      none('local alarm left behind', alarm === undefined ? 0 : 1),
    ];
  });
}

/** The disk is full, the database cannot be written. */
const RULES = ['TDU-ALR-011', 'TDU-ALR-012'];
const STORAGE = { start: RULES.map((rule) => `${rule} start`), end: RULES.map((rule) => `${rule} end`) };

function mostOfOneKind(lines: readonly string[]): number {
  return Math.max(0, ...STORAGE.start.map((kind) => lines.filter((line) => line === kind).length));
}

interface Refusal {
  /** MSA-1; empty when nothing came. */
  readonly code: string;
  readonly tookMs: number;
}

/** A letter of a megabyte that does not compress: it fits in nothing that PostgreSQL had set aside. */
async function refused(demonstration: Demonstration): Promise<Refusal> {
  const content = Buffer.from(randomBytes(768 * 1024).toString('base64'));
  const letter = await pdfMessage(PAT_TROIS, { mime: ['text', 'plain'], content });
  const started = performance.now();
  const answer = await demonstration.sendPlain(letter.bytes, 5_000);
  return { code: answer?.code ?? '', tookMs: Math.round(performance.now() - started) };
}

/** Taken in, as soon as that is possible again, and fed: nobody had to do anything. */
async function feeds(demonstration: Demonstration): Promise<void> {
  const letter = await pdfMessage(PAT_TROIS);
  const takenIn = async () => {
    const answer = await demonstration.sendPlain(letter.bytes, 5_000);
    return answer?.code === 'AA' ? true : undefined;
  };
  await until('taken in', takenIn, BACK_WITHIN_MS);
  await documentIn(demonstration, letter.controlId, 'accepted');
}

function readOnlyDatabase(databaseUrl: string): Trouble {
  const name = pg.escapeIdentifier(new URL(databaseUrl).pathname.slice(1));
  const set = async (value: 'on' | 'off'): Promise<void> => {
    const client = new pg.Client({ connectionString: databaseUrl });
    await client.connect();
    await client.query('set default_transaction_read_only = off');
    await client.query(`alter database ${name} set default_transaction_read_only = ${value}`);
    await client.query(
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    );
    await client.end();
  };
  return { begin: () => set('on'), end: () => set('off') };
}

/** Room that PostgreSQL had set aside still takes a few messages: a hospital goes on sending until none is left. */
function fullVolume({ place, demonstration }: Outage): Trouble {
  const ballast = join(place.folder, 'ballast');
  return {
    begin: () =>
      until(
        'refused',
        async () => {
          await fill(ballast);
          return (await refused(demonstration)).code === 'AA' ? undefined : true;
        },
        BACK_WITHIN_MS,
      ).then(() => undefined),
    end: () => rm(ballast, { force: true }),
  };
}

/** Writes until nothing more can be. */
async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (let size = 2 ** 20; size >= 512; )
      try {
        const { bytesWritten } = await handle.write(Buffer.alloc(size));
        if (bytesWritten < size) size /= 2;
      } catch {
        size /= 2;
      }
  } finally {
    await handle.close();
  }
}
