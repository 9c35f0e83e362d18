/** T-R16: certificates that expire, are of another structure, or are refused: known ahead, nothing rejected, back without a restart. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { ConfigInput } from '../../src/config/schema.ts';
import { DEMO_OTHER_EJ } from '../../src/demo/structure.ts';
import { type Demonstration, openPlace, type Place, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

interface Installed {
  readonly demonstration: Demonstration;
  /** Puts these certificates where the configuration says, while the gateway runs. */
  install(which: 'right' | 'wrong'): Promise<void>;
}

/** A gateway whose DMP certificates are files that can be replaced. */
async function installed(t: TestContext, change: (config: ConfigInput) => ConfigInput): Promise<Installed> {
  const place = await openPlace();
  t.after(() => place.remove());
  const files = {
    tls: { cert: join(place.data, 'auth.pem'), key: join(place.data, 'auth.key') },
    signature: { cert: join(place.data, 'sign.pem'), key: join(place.data, 'sign.key') },
  };
  const install = async (which: 'right' | 'wrong'): Promise<void> => {
    const { auth, sign } = keysOf(place, which);
    await cp(auth.certFile, files.tls.cert);
    await cp(auth.keyFile, files.tls.key);
    await cp(sign.certFile, files.signature.cert);
    await cp(sign.keyFile, files.signature.key);
  };
  await install('wrong');
  const demonstration = await startTestDemonstration({
    place,
    adjust: (config) => {
      const { dmp } = config;
      assert.ok(dmp);
      return change({
        ...config,
        certificates: { reloadEveryMs: 200 },
        alerts: { everyMs: 200, endAfterMs: 200, thresholds: { diskFreeBytes: 0, inodesFreePercent: 0 } },
        dmp: { ...dmp, tls: { ...dmp.tls, ...files.tls }, signature: files.signature },
      });
    },
  });
  t.after(() => demonstration.stop());
  await demonstration.send(admission(PAT_TROIS).bytes);
  await qualified(demonstration, PAT_TROIS.ipp);
  return { demonstration, install };
}

function keysOf({ pki }: Place, which: 'right' | 'wrong') {
  return which === 'right'
    ? { auth: pki.authCli, sign: pki.sign }
    : { auth: pki.wrongStructureAuthCli, sign: pki.wrongStructureSign };
}

async function alerts(demonstration: Demonstration, state: 'started' | 'ended'): Promise<string[]> {
  const { body } = await demonstration.api('GET', `/alerts?state=${state}`);
  const { items } = body as { items: { reason: { rule: string }; subject: string }[] };
  return items.map(({ reason, subject }) => `${reason.rule} ${subject.split(' · ')[0]}`);
}

test('of another structure: known before anything is sent, told, and the queue goes on once the files are replaced', async (t) => {
  const { demonstration, install } = await installed(t, (config) => config);
  const sent = [];
  for (let i = 0; i < 3; i++) {
    const letter = await pdfMessage(PAT_TROIS);
    assert.equal((await demonstration.send(letter.bytes)).code, 'AA');
    sent.push(letter.controlId);
  }
  for (const controlId of sent) {
    const held = await until('held', async () => {
      const [document] = await demonstration.documents(controlId);
      return document?.reason?.rule === 'TDU-DMP-002' || document?.state === 'ready' ? document : undefined;
    });
    assert.equal(held.state, 'ready');
  }
  assert.deepEqual((await demonstration.dmp.stats()).byTransaction, {}, 'the DMP was not asked anything');
  await until('told', async () =>
    (await alerts(demonstration, 'started')).includes('TDU-ALR-009 Certificat DMP (ORG SIGN)') ? true : undefined,
  );
  await install('right');
  for (const controlId of sent) await documentIn(demonstration, controlId, 'accepted');
  await until('told again', async () =>
    (await alerts(demonstration, 'ended')).filter((line) => line.startsWith('TDU-ALR-009')).length === 2
      ? true
      : undefined,
  );
  assert.equal((await demonstration.held()).length, 3);
});

test('refused by the DMP itself: the queue holds, nothing is rejected, and it goes on with the right certificate', async (t) => {
  // Declared, so that only the DMP can know that it is not the certificate of this structure.
  const { demonstration, install } = await installed(t, (config) => ({
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
  }));
  const letter = await pdfMessage(PAT_TROIS);
  assert.equal((await demonstration.send(letter.bytes)).code, 'AA');
  const held = await until('refused by the DMP', async () => {
    const [document] = await demonstration.documents(letter.controlId);
    return document?.reason?.rule.startsWith('TDU-DMP-') ? document : undefined;
  });
  assert.equal(held.state, 'ready');
  assert.deepEqual(await demonstration.answers(held.id), [], 'nothing is rejected');
  await install('right');
  await documentIn(demonstration, letter.controlId, 'accepted');
});
