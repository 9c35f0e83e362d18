/** Stages that sign: the call alone, the VIHF, the signature of the submission set. */
import { createHash, createPrivateKey, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import { buildLevelOneCda } from '../../src/wire/cda/build-level-one.ts';
import { levelOneDocument } from '../../src/wire/cda/cda.fixture.ts';
import { DEFAULT_VIHF_PROFILE, signedVihf } from '../../src/wire/vihf/vihf.ts';
import { signatureDocument } from '../../src/wire/xds/signature-document.ts';
import { acting, entry, lps, qualifiedPatient } from '../../src/wire/xds/submission.fixture.ts';
import { signatureOf } from '../../src/wire/xml/signature.ts';
import { createSigner, type Signer } from '../../src/wire/xml/signer.ts';
import { randomPdf } from '../support/messages.ts';
import { opensslSignatures } from './openssl.ts';
import type { Stage } from './timer.ts';

export async function signatureStages(
  pem: { readonly certPem: string; readonly keyPem: string },
  opensslSeconds: number,
): Promise<Stage[]> {
  const [signer, key] = [createSigner(pem), createPrivateKey(pem.keyPem)];
  const message = randomBytes(1_000);
  const bare = () => sign('sha256', message, key);
  const perSecond = await opensslSignatures(opensslSeconds);
  return [
    {
      name: 'rsa-2048-sign',
      ours: () => signatureOf(message, signer, 'rsa-sha256'),
      floor:
        perSecond === undefined
          ? { what: 'node:crypto (no openssl here)', run: bare }
          : { what: 'openssl speed rsa2048', perSecond },
    },
    vihf(signer, bare),
    xades(signer, key),
  ];
}

function vihf(signer: Signer, bare: () => Buffer): Stage {
  const request = { acting, patient: qualifiedPatient(), lps, signer } as const;
  return {
    name: 'vihf-sign',
    ours: () => signedVihf({ ...request, profile: DEFAULT_VIHF_PROFILE, issuedAt: new Date(), id: randomUUID() }),
    floor: { what: 'one RSA-2048 signature by node:crypto', run: bare },
  };
}

function xades(signer: Signer, key: KeyObject): Stage {
  const cda = buildLevelOneCda(levelOneDocument({ content: randomPdf(150_000) }));
  return {
    name: 'xades-sign-200kb',
    ours: () =>
      signatureDocument({
        submissionSetUniqueId: '1.2.250.1.999.1.1.1.42.1',
        documents: [{ entry, bytes: cda }],
        signer,
        algorithm: 'rsa-sha1',
        signedAt: new Date(),
      }),
    floor: {
      what: 'SHA-1 of the document and one RSA-2048 signature by node:crypto',
      run: () => sign('sha1', createHash('sha1').update(cda).digest(), key),
    },
  };
}
