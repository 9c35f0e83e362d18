import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DEFAULT_VIHF_PROFILE, signedVihf } from '../vihf/vihf.ts';
import { acting, lps, qualifiedPatient } from '../xds/submission.fixture.ts';
import { xmlsecAccepts, xmlsecIsAbsent } from '../xml/xmlsec.fixture.ts';
import { type CardOptions, createCard } from './card.ts';
import { KeyUnavailable } from './key-unavailable.ts';
import { type KeyFolder, keyFolder, makeCard, missingTool, PIN, pem, SOFT_HSM, useTokensIn } from './keys.fixture.ts';

const skip =
  missingTool('openssl', 'softhsm2-util') ??
  (SOFT_HSM === undefined ? 'the library of SoftHSM2 is not installed' : false);

describe('a key in a card', { skip }, () => {
  let folder: KeyFolder;
  const cards: { close(): void }[] = [];
  before(() => {
    folder = keyFolder();
    useTokensIn(folder);
    makeCard(folder, 'CPS', 'rsa');
    makeCard(folder, 'AUTRE', 'ec');
  });
  after(() => {
    for (const card of cards) card.close();
    folder.remove();
  });

  function open(changes: Partial<CardOptions> = {}) {
    const card = createCard({
      library: SOFT_HSM ?? '',
      tokenLabel: 'CPS',
      keyId: '10',
      readPin: async () => PIN,
      timeoutMs: 10_000,
      ...changes,
    });
    cards.push(card);
    return card;
  }
  const trouble = (expected: KeyUnavailable['trouble']) => (error: unknown) =>
    error instanceof KeyUnavailable && error.trouble === expected && !error.message.includes(PIN);

  it('signs a VIHF in direct mode that xmlsec1 accepts, with RSA and with EC, and refuses once altered', async (t) => {
    if (xmlsecIsAbsent()) return t.skip('xmlsec1 is not installed');
    for (const [tokenLabel, kind] of [
      ['CPS', 'rsa'],
      ['AUTRE', 'ec'],
    ] as const) {
      const signer = await open({ tokenLabel }).signer();
      assert.equal(signer.keyType, kind);
      for (const algorithm of ['rsa-sha256', 'rsa-sha1'] as const) {
        const vihf = await signedVihf({
          acting: {
            ...acting,
            roles: [{ code: '60', system: '1.2.250.1.71.1.2.7', label: 'Infirmier' }],
            session: { mode: 'DIRECTE', means: 'SmartcardPKI' },
          },
          patient: qualifiedPatient(),
          lps,
          profile: { ...DEFAULT_VIHF_PROFILE, algorithm },
          signer,
          issuedAt: new Date(),
          id: 'a',
        });
        const ids = ['ID urn:oasis:names:tc:SAML:2.0:assertion:Assertion'];
        assert.match(vihf, />DIRECTE</);
        assert.equal(xmlsecAccepts(vihf, pem(folder, `${kind}.crt`), ids), true, `${kind} ${algorithm}`);
        assert.equal(xmlsecAccepts(vihf.replace('DIRECTE', 'INDIRECTE'), pem(folder, `${kind}.crt`), ids), false);
      }
    }
  });

  it('tells the signature key from the authentication key by the end of CKA_ID', async () => {
    assert.equal((await open({ keyId: '10' }).signer()).subject, 'CN=rsa,O=TEST,C=FR');
    assert.equal((await open({ keyId: '20' }).signer()).subject, 'CN=ec,O=TEST,C=FR');
    await assert.rejects(open({ keyId: '30' }).signer(), trouble('absent'));
    await assert.rejects(open({ tokenLabel: 'ABSENTE' }).signer(), trouble('absent'));
  });

  it('presents a refused PIN once, and another as soon as the secret changes', async () => {
    let [pin, read] = ['0000', 0];
    const card = open({
      readPin: async () => {
        read += 1;
        return pin;
      },
    });
    await assert.rejects(card.signer(), (error: unknown) => trouble('pin')(error) && /CKR_PIN/.test(String(error)));
    await assert.rejects(card.signer(), /déjà refusé/);
    pin = PIN;
    assert.equal((await card.signer()).keyType, 'rsa');
    assert.equal(read, 3);
  });

  it('gives up on what is no library or does not answer, and opens the card again after its process died', async () => {
    await assert.rejects(open({ library: '/nowhere.so' }).signer(), trouble('failed'));
    // The C library is no PKCS#11 library: none of its functions is there.
    await assert.rejects(open({ library: 'libc.so.6' }).signer(), trouble('failed'));
    await assert.rejects(open({ timeoutMs: 1 }).signer(), trouble('timeout'));
    const card = open();
    const signer = await card.signer();
    card.close();
    assert.equal((await signer.sign(Buffer.from('a'), 'sha256')).length, 256);
  });
});
