/** Stages that make or read a document: CDA, MTOM. */
import { createHash, randomUUID } from 'node:crypto';
import { XmlDocument } from 'libxml2-wasm';
import { DEMO_EJ } from '../../src/demo/structure.ts';
import { buildLevelOneCda } from '../../src/wire/cda/build-level-one.ts';
import { levelOneDocument } from '../../src/wire/cda/cda.fixture.ts';
import { readCdaHeader } from '../../src/wire/cda/header.ts';
import { leavingDocument, MEANT } from '../../src/wire/coherence/leaving.fixture.ts';
import { incoherences } from '../../src/wire/coherence/leaving.ts';
import { soapEnvelope } from '../../src/wire/soap/envelope.ts';
import { mtomMessage } from '../../src/wire/soap/mtom.ts';
import { submitObjectsRequest } from '../../src/wire/xds/ebxml.ts';
import { signatureEntry } from '../../src/wire/xds/signature-entry.ts';
import { acting, entry, submission } from '../../src/wire/xds/submission.fixture.ts';
import type { Submission } from '../../src/wire/xds/submission.ts';
import type { Signer } from '../../src/wire/xml/signer.ts';
import { letterPdf } from '../support/letter.ts';
import type { Stage } from './timer.ts';

/** 200 KB once in Base64. */
const PDF_SIZE = 150_000;
/** A scanned file as it is submitted. */
const LARGE = 5_000_000;

export async function documentStages(signer: Signer): Promise<Stage[]> {
  const pdf = await letterPdf(PDF_SIZE);
  const cda = buildLevelOneCda(levelOneDocument({ content: pdf }));
  return [
    buildCda(pdf),
    readHeader(cda),
    await coherence(signer, pdf),
    mtom('mtom-body-200kb', cda),
    mtom('mtom-body-5mb', Buffer.alloc(LARGE, cda)),
  ];
}

function buildCda(pdf: Buffer): Stage {
  const model = levelOneDocument({ content: pdf });
  const head = buildLevelOneCda(levelOneDocument({ content: Buffer.alloc(0) }));
  return {
    name: 'cda-build-200kb',
    ours: () => buildLevelOneCda(model),
    floor: {
      what: 'a ready header and the Base64 of the content, joined',
      run: () => Buffer.concat([head, Buffer.from(pdf.toString('base64'), 'latin1')]),
    },
  };
}

function readHeader(cda: Buffer): Stage {
  return {
    name: 'cda-header-200kb',
    // A view of its own each time: the same bytes object is read once.
    ours: () => readCdaHeader(cda.subarray()),
    floor: { what: 'libxml2 parse and dispose', run: () => XmlDocument.fromBuffer(cda).dispose() },
  };
}

/** The four places compared just before a document leaves; its header was read when it was prepared. */
async function coherence(signer: Signer, pdf: Buffer): Promise<Stage> {
  const leaving = await leavingDocument(signer, pdf);
  const meant = { ...MEANT, legalEntity: DEMO_EJ };
  return {
    name: 'coherence-200kb',
    ours: () => {
      if (incoherences(leaving, meant).length > 0) throw new Error('coherence: a difference in a coherent document');
    },
    floor: {
      what: 'libxml2 parse and dispose of the metadata and of the VIHF, nothing compared',
      run: () => {
        for (const text of [leaving.metadata, leaving.assertion])
          XmlDocument.fromBuffer(Buffer.from(text, 'utf8')).dispose();
      },
    },
  };
}

/** Everything of a submission but its signatures. */
function mtom(name: string, cda: Buffer): Stage {
  const set: Submission = { ...submission, documents: [{ entry, bytes: cda }] };
  const institution = acting.structure;
  const signature = { entry: signatureEntry(set, institution), bytes: Buffer.alloc(3_000, 'x') };
  return {
    name,
    ours: () => {
      const body = submitObjectsRequest({
        submission: set,
        signature,
        institution,
        sourceId: '1.2.250.1.999.1.1',
        sendHashAndSize: true,
      });
      const action = 'urn:ihe:iti:2007:ProvideAndRegisterDocumentSet-b';
      const messageId = randomUUID();
      const envelope = soapEnvelope({ action, to: 'https://dmp.example/repository', messageId, assertion: '', body });
      const attachments = [cda, signature.bytes].map((bytes, index) => ({
        contentId: `Document0${index + 1}@traitdunion`,
        contentType: 'text/xml',
        bytes,
      }));
      return mtomMessage(envelope, action, attachments, `uuid-${messageId}`);
    },
    floor: { what: 'SHA-1 of the document alone', run: () => createHash('sha1').update(cda).digest('hex') },
  };
}
