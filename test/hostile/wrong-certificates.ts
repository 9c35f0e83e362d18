/**
 * T-R16: certificates of another structure, or refused by the DMP: known before anything is sent where that can be known,
 * the queue holds, nothing is rejected, and all of it leaves once the files are replaced. What is told ahead of an expiry
 * (30, 15, 7, 1 days) is in src/operations/certificates.test.ts; a revoked card is the DMP's refusal.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConfigInput } from '../../src/config/schema.ts';
import { DEMO_OTHER_EJ } from '../../src/demo/structure.ts';
import { many } from '../../src/store/db.ts';
import { pdfMessage } from '../journeys/messages.fixture.ts';
import { PAT_TROIS } from '../journeys/people.fixture.ts';
import { type Demonstration, type Place, until } from '../support/demonstration.ts';
import { type Finding, type HostileCase, none, type Sizes, sizeOf } from './hostile-case.ts';
import { demonstrationOf, openOwnPlace, withStops } from './support/own-server.ts';

const FIRST_WITHIN_MS = 30_000;
const EACH_WITHIN_MS = 2_000;

type Change = (config: ConfigInput) => ConfigInput;

export const wrongCertificates: HostileCase = {
  id: 'T-R16',
  title: 'certificates of another structure: known before anything is sent, or refused by the DMP',
  ci: { documents: 3 },
  full: { documents: 500 },
  async run(sizes, say) {
    return [...(await known(sizes, say)), ...(await refusedThere(sizes, say))];
  },
};

async function known(sizes: Sizes, say: (line: string) => void): Promise<Finding[]> {
  return withCertificates(
    'known here',
    sizes,
    say,
    (config) => config,
    async ({ demonstration }) => {
      const certificate = 'TDU-ALR-009 Certificat DMP (ORG SIGN)';
      await until('told', async () =>
        (await alerts(demonstration, 'started')).includes(certificate) ? true : undefined,
      );
      const asked = Object.values((await demonstration.dmp.stats()).byTransaction).reduce(
        (sum, count) => sum + count,
        0,
      );
      return {
        findings: [none('questions that the DMP was asked', asked)],
        // Both of them, once the right ones are there.
        after: () =>
          until('told again', async () => {
            const ended = (await alerts(demonstration, 'ended')).filter((line) => line.startsWith('TDU-ALR-009'));
            return ended.length === 2 ? true : undefined;
          }),
      };
    },
  );
}

/** Declared, so that only the DMP can know that it is not the certificate of this structure. */
async function refusedThere(sizes: Sizes, say: (line: string) => void): Promise<Finding[]> {
  const declared: Change = (config) => ({
    ...config,
    legalEntities: [
      ...config.legalEntities,
      {
        finess: DEMO_OTHER_EJ,
        name: 'Autre entité',
        documentRoot: '1.2.3.4.567.8.9.99',
        geographicEntities: [{ finess: '990000101', name: 'Ailleurs', sector: 'SA01' }],
      },
    ],
  });
  return withCertificates('refused there', sizes, say, declared, async () => ({
    findings: [],
    after: async () => true,
  }));
}

interface Installed {
  readonly demonstration: Demonstration;
  readonly controlIds: readonly string[];
}

interface Looked {
  readonly findings: readonly Finding[];
  /** Once the right certificates are there and everything has left. */
  readonly after: () => Promise<unknown>;
}

/** The wrong ones are installed, documents come, `look` looks; then the right ones, without a restart. */
async function withCertificates(
  label: string,
  sizes: Sizes,
  say: (line: string) => void,
  change: Change,
  look: (installed: Installed) => Promise<Looked>,
): Promise<Finding[]> {
  const documents = sizeOf(sizes, 'documents');
  const withinMs = FIRST_WITHIN_MS + documents * EACH_WITHIN_MS;
  return withStops(async (stops) => {
    const place = await openOwnPlace(stops);
    await install(place, 'wrong');
    const demonstration = await demonstrationOf(stops, place, (config) => change(replaceable(config, place)));
    const controlIds: string[] = [];
    let refused = 0;
    for (let i = 0; i < documents; i++) {
      const letter = await pdfMessage(PAT_TROIS);
      if ((await demonstration.send(letter.bytes)).code !== 'AA') refused += 1;
      controlIds.push(letter.controlId);
    }
    const explained = () => count(demonstration, `state = 'ready' and rule_id like 'TDU-DMP-%'`);
    // While the circuit is open the others wait behind the one that is tried.
    await until('held', async () => ((await explained()) > 0 ? true : undefined), withinMs);
    await until(
      'ready',
      async () => ((await count(demonstration, `state = 'ready'`)) === documents ? true : undefined),
      withinMs,
    );
    const { findings, after } = await look({ demonstration, controlIds });
    const held = await count(demonstration, `state = 'ready'`);
    const answered = await many(demonstration.pool, 'select 1 from answer');
    say(`${label}: ${held} held, ${await explained()} with the reason of the DMP`);
    await install(place, 'right');
    await until(
      'all accepted',
      async () => ((await count(demonstration, `state = 'accepted'`)) === documents ? true : undefined),
      withinMs,
    );
    await after();
    const atDmp = (await demonstration.held()).length;
    return [
      none('not acknowledged', refused),
      none('not held', documents - held),
      none('senders told of a rejection', answered.length),
      ...findings,
      none('not accepted with the right certificate', documents - atDmp),
    ].map((finding) => ({ ...finding, what: `${label}: ${finding.what}` }));
  });
}

async function count({ pool }: Demonstration, where: string): Promise<number> {
  return (await many(pool, `select 1 from document where ${where}`)).length;
}

async function alerts(demonstration: Demonstration, state: 'started' | 'ended'): Promise<string[]> {
  const { body } = await demonstration.api('GET', `/alerts?state=${state}`);
  const { items } = body as { items: { reason: { rule: string }; subject: string }[] };
  return items.map(({ reason, subject }) => `${reason.rule} ${subject.split(' · ')[0]}`);
}

function filesIn({ data }: Place) {
  return {
    tls: { cert: join(data, 'auth.pem'), key: join(data, 'auth.key') },
    signature: { cert: join(data, 'sign.pem'), key: join(data, 'sign.key') },
  };
}

/** Puts these certificates where the configuration says, while the gateway runs. */
async function install(place: Place, which: 'right' | 'wrong'): Promise<void> {
  const { pki } = place;
  const auth = which === 'right' ? pki.authCli : pki.wrongStructureAuthCli;
  const sign = which === 'right' ? pki.sign : pki.wrongStructureSign;
  const files = filesIn(place);
  await cp(auth.certFile, files.tls.cert);
  await cp(auth.keyFile, files.tls.key);
  await cp(sign.certFile, files.signature.cert);
  await cp(sign.keyFile, files.signature.key);
}

/** The certificates of the DMP are files that can be replaced. */
function replaceable(config: ConfigInput, place: Place): ConfigInput {
  const { dmp } = config;
  if (dmp === undefined) throw new Error('a demonstration has a DMP');
  const files = filesIn(place);
  return {
    ...config,
    certificates: { reloadEveryMs: 200 },
    alerts: { everyMs: 200, endAfterMs: 200, thresholds: { diskFreeBytes: 0, inodesFreePercent: 0 } },
    dmp: { ...dmp, tls: { ...dmp.tls, ...files.tls }, signature: files.signature },
  };
}
