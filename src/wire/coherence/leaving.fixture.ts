/** A submission as it leaves: a real CDA, its metadata, its signature, a signed VIHF. For tests and measures. */
import { buildLevelOneCda } from '../cda/build-level-one.ts';
import { headerOf, levelOneDocument, qualifiedIdentity, valueOfResult } from '../cda/cda.fixture.ts';
import { provideAndRegister } from '../dmp/provide-and-register.ts';
import { DEFAULT_VIHF_PROFILE, signedVihf } from '../vihf/vihf.ts';
import { documentEntryFromCda } from '../xds/from-cda.ts';
import { acting, lps, submission } from '../xds/submission.fixture.ts';
import type { Signer } from '../xml/signer.ts';
import type { Leaving, Meant } from './leaving.ts';

const PATIENT = qualifiedIdentity();

/** FINESS in the OU of the demonstration's certificates. */
export const MEANT: Omit<Meant, 'legalEntity'> = {
  patient: PATIENT,
  structure: acting.structure.id,
  sector: acting.sector,
  visibility: [['MASQUE_PS', 'INVISIBLE_PATIENT']],
};

/** `content`: the PDF in the CDA. */
export async function leavingDocument(signer: Signer, content?: Buffer): Promise<Leaving> {
  const cda = buildLevelOneCda(levelOneDocument(content === undefined ? {} : { content }));
  const entry = valueOfResult(documentEntryFromCda(headerOf(cda), PATIENT, ['MASQUE_PS', 'INVISIBLE_PATIENT']));

  const { leaving } = await provideAndRegister(
    { ...submission, documents: [{ entry, bytes: cda }] },
    {
      institution: acting.structure,
      sourceId: '1.2.250.1.999.1.1',
      sendHashAndSize: true,
      signer,
      algorithm: 'rsa-sha1',
      signedAt: new Date('2026-11-23T10:30:00Z'),
    },
  );
  const assertion = await signedVihf({
    acting,
    patient: PATIENT,
    lps,
    profile: DEFAULT_VIHF_PROFILE,
    signer,
    issuedAt: new Date('2026-11-23T10:30:00Z'),
    id: '00000000-0000-4000-8000-000000000001',
  });
  return { ...leaving, assertion };
}
