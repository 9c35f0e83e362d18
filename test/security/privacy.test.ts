/**
 * No NIR and no name of a patient in the log, the metrics, the audit trail, the logs of PostgreSQL, the addresses and the
 * refusals (promise 9), after journeys that succeed, journeys that fail, and bugs that quote a row of the database.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded-postgres.ts';
import { admission, cdaMessage, cdaOf, newUniqueId, pdfMessage } from '../journeys/messages.fixture.ts';
import { asInsiKnows, PAT_TROIS, person } from '../journeys/people.fixture.ts';
import { documentIn, qualified } from '../journeys/waiting.fixture.ts';
import { type Demonstration, openPlace, type Place, startTestDemonstration, until } from '../support/demonstration.ts';
import { namesIn, nirShaped } from './detectors.fixture.ts';

const NAMES = ['PAT-TROIS', 'DOMINIQUE', 'PARCOURS'];
const KNOWN = person(41);
const COLLIDING = person(42);
const UNKNOWN = person(43);
const LATE = person(44);
const BUG = person(45);

/** What is kept of a refusal for whoever reads the console. */
const EXPLANATIONS = `select rule_id, detail from inbound_message union all select rule_id, detail from document
  union all select rule_id, detail from document_event union all select rule_id, concat(detail, outcome) from delivery
  union all select kind, last_error from answer union all select service, last_error from service_circuit`;

/** What goes out by mail and webhook, and what stays to be mapped. */
const ALERTS = `select rule_id, subject, detail from alert union all select event, target, last_error from alert_notice
  union all select state, service, last_error from service_circuit`;

/** Seconds are written with fifteen decimals: one in some thousands is shaped like a NIR. */
const withoutDecimals = (text: string): string => text.replace(/(?<=\s\d+)\.\d+$/gm, '');

describe('Privacy of a running gateway', () => {
  const stops: (() => Promise<unknown>)[] = [];
  const problems: string[] = [];
  let demonstration: Demonstration;
  let place: Place;
  let postgresLog: string;
  let metrics: string;
  let log: string;
  let audit: string;
  let explanations: string;
  let alerts: string;

  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tdu-privacy-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    // A server of its own: its log is looked into.
    const server = await startEmbeddedPostgres({ directory: join(folder, 'postgres'), log: () => undefined });
    stops.push(async () => {
      await server.stop();
      await rm(server.directory, { recursive: true, force: true });
    });
    const opened = await openPlace();
    stops.push(() => opened.remove());
    place = { ...opened, databaseUrl: server.url };
    demonstration = await startTestDemonstration({ place });
    stops.push(() => demonstration.stop());
    await demonstration.insi.post('/identities', asInsiKnows(KNOWN, LATE));
    await journeysThatSucceed();
    await journeysThatFail();
    await callsThatAreRefused();
    await bugs();
    const base = demonstration.runtime.api.replace('/api/v1', '');
    metrics = await (await fetch(`${base}/metrics`)).text();
    const { rows } = await demonstration.pool.query('select * from audit');
    audit = JSON.stringify(rows);
    explanations = JSON.stringify((await demonstration.pool.query(EXPLANATIONS)).rows);
    alerts = JSON.stringify((await demonstration.pool.query(ALERTS)).rows);
    postgresLog = await readFile(join(server.directory, 'postgres.log'), 'utf8');
    log = await readFile(join(place.data, 'traitdunion.log'), 'utf8');
  });
  after(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  async function journeysThatSucceed(): Promise<void> {
    for (const someone of [PAT_TROIS, KNOWN]) {
      assert.equal((await demonstration.send(admission(someone).bytes)).code, 'AA');
      await qualified(demonstration, someone.ipp);
    }
    const letter = await pdfMessage(PAT_TROIS);
    await demonstration.send(letter.bytes);
    await documentIn(demonstration, letter.controlId, 'accepted');
    const uniqueId = newUniqueId();
    const cda = cdaMessage(KNOWN, cdaOf(KNOWN, uniqueId), uniqueId);
    await demonstration.send(cda.bytes);
    await documentIn(demonstration, cda.controlId, 'accepted');
  }

  async function journeysThatFail(): Promise<void> {
    // Unknown to INSi; the same INS for another IPP; the CDA of another patient.
    await demonstration.send(admission(UNKNOWN).bytes);
    await demonstration.send(admission({ ...KNOWN, ipp: COLLIDING.ipp }).bytes);
    const uniqueId = newUniqueId();
    await demonstration.send(cdaMessage(KNOWN, cdaOf(PAT_TROIS, uniqueId), uniqueId).bytes);
    // Services that fail with what they were asked in their answer, or without one.
    for (const fault of ['soap-fault', 'http-500', 'lost-answer', 'reset', 'down'] as const) {
      await demonstration.insi.set(fault);
      await demonstration.dmp.set(fault);
      await demonstration.send(admission(LATE, { event: 'A08' }).bytes);
      const id = newUniqueId();
      await demonstration.send(cdaMessage(KNOWN, cdaOf(KNOWN, id), id).bytes);
      await new Promise((resolve) => setTimeout(resolve, 400));
      await demonstration.insi.clear();
      await demonstration.dmp.clear();
    }
    // What the door refuses, with a matricule wherever a sender can put one.
    const { matricule, birthName } = KNOWN;
    const good = admission(KNOWN).bytes.toString('utf8');
    for (const text of [
      good.replace('ADT^A01', `ADT^${matricule}`),
      good.replace(/\|T\|2\.5/, `|${matricule}|2.5`),
      good.replace('UNICODE UTF-8', `${matricule}`),
      good.replace('GAM-TEST', `${birthName} ${matricule}`),
      good.replace(/\rPID\|/, `\r${matricule}\rPID|`),
      good.replace(/\|19900115\|/, `|${matricule}|`),
      good.replace('|^~\\&|', `|${matricule.slice(0, 4)}|`),
    ]) {
      // Without readable delimiters there is nobody to answer.
      const answer = (await demonstration.sendPlain(Buffer.from(text), 1_000))?.text ?? '';
      problems.push(answer.replace(/^MSH\|.*?\r/, '').replace(/MSA\|.*?\r/, ''));
    }
  }

  async function callsThatAreRefused(): Promise<void> {
    const { matricule, birthName } = KNOWN;
    const call = async (method: 'GET' | 'POST', path: string, body?: unknown) =>
      problems.push(JSON.stringify((await demonstration.api(method, path, body)).body));
    for (const path of [
      `/patients/${matricule}`,
      `/documents/${matricule}/content`,
      `/documents?state=${matricule}`,
      `/patients?status=${birthName}`,
      `/${matricule}`,
      `/%ZZ${matricule}`,
      `/documents?after=${matricule}_${birthName}`,
    ])
      await call('GET', path);
    for (const body of [{ birthName, sex: matricule }, matricule, { [matricule]: birthName }, [birthName]]) {
      await call('POST', '/patients', body);
      await call('POST', '/documents', body);
    }
  }

  /** The database refuses a row, and quotes it: as a bug of ours would make it do. */
  async function bugs(): Promise<void> {
    const { pool } = demonstration;
    await pool.query(`alter table identity add constraint planted check (birth_name <> '${BUG.birthName}')`);
    await demonstration.send(admission(BUG).bytes);
    const { birthName, firstGivenName, sex, birthDate } = BUG;
    const identifiers = [{ value: 'IPP-BOGUE', domain: '1.2.3' }];
    const body = { birthName, firstGivenName, sex, birthDate, identifiers };
    const answer = await demonstration.api('POST', '/patients', body);
    assert.equal(answer.status, 500);
    problems.push(JSON.stringify(answer.body));
    await until('both bugs in the log', async () => {
      const text = await readFile(join(place.data, 'traitdunion.log'), 'utf8');
      return text.includes('task failed') && text.includes('unexpected error') ? true : undefined;
    });
    await pool.query('alter table identity drop constraint planted');
  }

  test('the detector sees what it must not find', () => {
    const { matricule } = KNOWN;
    for (const text of [matricule, `PID|${matricule}^^^`, matricule.slice(0, 13), '155102A123456'])
      assert.equal(nirShaped(` ${text} `).length, 1, text);
    assert.deepEqual(nirShaped('2a0126a123456 20261123102030 1.2.250.1.213.1.4.10 0123456789012'), []);
    assert.deepEqual(namesIn('Nom: Parcours, BE', NAMES), ['PARCOURS']);
    assert.deepEqual(namesIn('parcourstout', NAMES), []);
  });

  const PLACES: readonly (readonly [string, () => string, RegExp])[] = [
    ['the log', () => log, /task failed/],
    ['the log of PostgreSQL', () => postgresLog, /database system is ready/],
    ['the metrics', () => withoutDecimals(metrics), /traitdunion_documents\{state="accepted"\} [1-9]/],
    ['the audit trail', () => audit, /GET \/documents\/\{id\}/],
    ['the explanations', () => explanations, /TDU-HL7-063.*TDU-DMP-\d{3}/],
    ['the alerts', () => alerts, /INSi|DMP/],
    ['the refusals', () => problems.join('\n'), /TDU-SYS-002/],
  ];
  for (const [what, textOf, proof] of PLACES) {
    test(`${what}: no NIR`, () => {
      assert.match(textOf(), proof);
      assert.deepEqual(nirShaped(textOf()), []);
    });
    test(`${what}: no name of a patient`, () => {
      assert.deepEqual(namesIn(textOf(), NAMES), []);
    });
  }

  test('no NIR in an address of ours: identifiers, pages, what is called at INSi and at the DMP', async () => {
    const addresses: string[] = [];
    for (const path of ['/documents?limit=1', '/patients?limit=1', '/messages?limit=1', '/audit?limit=1']) {
      const { body } = await demonstration.api('GET', path);
      const { items, next } = body as { items: { id: unknown }[]; next: string | null };
      addresses.push(String(next), ...items.map(({ id }) => String(id)));
    }
    for (const control of [demonstration.insi, demonstration.dmp])
      addresses.push(...Object.keys((await control.stats()).byTransaction));
    assert.ok(addresses.length > 8);
    assert.deepEqual(nirShaped(addresses.join('\n')), []);
  });

  test('every line of the log is JSON with a date', () => {
    const lines = log.trim().split('\n');
    assert.ok(lines.length >= 2);
    for (const line of lines) assert.match(String(JSON.parse(line).time), /^\d{4}-\d\d-\d\dT/);
  });
});
