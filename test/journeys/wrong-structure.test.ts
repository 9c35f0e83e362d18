/** The gateway was given the certificates of another legal entity: nothing leaves, nothing is lost, the reason is shown. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Demonstration, openPlace, type Place, startTestDemonstration, until } from '../support/demonstration.ts';
import { admission, pdfMessage } from './messages.fixture.ts';
import { PAT_TROIS } from './people.fixture.ts';
import { documentIn, qualified } from './waiting.fixture.ts';

describe('the certificates of the wrong structure', () => {
  let place: Place;
  let demonstration: Demonstration;
  before(async () => {
    place = await openPlace();
    const { wrongStructureAuthCli: client, wrongStructureSign: signer } = place.pki;
    demonstration = await startTestDemonstration({
      place,
      adjust: (config) => {
        const { dmp } = config;
        if (dmp === undefined) throw new Error('the demonstration feeds a DMP');
        return {
          ...config,
          dmp: {
            ...dmp,
            tls: { ...dmp.tls, cert: client.certFile, key: client.keyFile },
            signature: { cert: signer.certFile, key: signer.keyFile },
          },
        };
      },
    });
    await demonstration.send(admission(PAT_TROIS).bytes);
    await qualified(demonstration, PAT_TROIS.ipp);
  });
  after(async () => {
    await demonstration?.stop();
    await place?.remove();
  });

  test('the document stays, with what the DMP says; the right certificates let it go', async () => {
    const sent = await pdfMessage(PAT_TROIS);
    assert.equal((await demonstration.send(sent.bytes)).code, 'AA');
    const held = await until('refused by the DMP', async () => {
      const [document] = await demonstration.documents(sent.controlId);
      return document?.reason?.rule.startsWith('TDU-DMP-') ? document : undefined;
    });
    assert.equal(held.state, 'ready');
    assert.match(held.reason?.detail ?? '', /[Ss]tructure|certificat/);
    assert.deepEqual(await demonstration.answers(held.id), []);
    assert.deepEqual(await demonstration.held(), []);
    assert.equal((await demonstration.dmp.stats()).byTransaction['TD2.1'], undefined, 'no document was shown');

    await demonstration.stop();
    demonstration = await startTestDemonstration({ place });
    await documentIn(demonstration, sent.controlId, 'accepted');
    assert.equal((await demonstration.held()).length, 1);
  });
});
