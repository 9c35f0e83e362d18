/** What must hold before a document of the DMP is shown: it was listed, it is whole, and it speaks of this patient. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openBench, type UseCaseBench } from '../../test/support/use-case-bench.ts';
import { DEMO_EG } from '../demo/structure.ts';
import { openIdRules } from '../rules/openid.ts';
import { readingRules } from '../rules/reading.ts';
import type { Result } from '../rules/rule.ts';
import { listAudit } from '../store/proofs.ts';
import { buildLevelOneCda } from '../wire/cda/build-level-one.ts';
import { levelOneDocument, qualifiedIdentity } from '../wire/cda/cda.fixture.ts';
import type { Existence } from '../wire/dmp/existence.ts';
import type { ListedDocument } from '../wire/xds/listed-document.ts';
import {
  type AccessReason,
  beginConsultation,
  type ConsultationContext,
  createConsultations,
  obstacleTo,
  type Reading,
  readDocument,
  reasonText,
  searchDocuments,
} from './index.ts';

const ENTRY = 'urn:uuid:1';
const OPEN: Existence = { state: 'active', authorisation: 'valid', treatingPhysician: false };
const EVERYTHING = { statuses: ['Approved'] } as const;

interface Held {
  bytes: Buffer;
  entry: Partial<ListedDocument>;
  existence: Existence;
  retrievals: number;
}

interface Opened {
  readonly context: ConsultationContext;
  readonly reading: Reading;
  readonly held: Held;
  readonly bench: UseCaseBench;
}

/** A qualified patient, and a DMP that gives what the test says. */
async function open(t: TestContext): Promise<Opened> {
  const bench = await openBench(t);
  await bench.admit({ proof: { deviceType: 'CN' } });
  await bench.run('insi');
  const held: Held = { bytes: letter(), entry: {}, existence: OPEN, retrievals: 0 };
  const listed = (): ListedDocument => ({
    entryUuid: ENTRY,
    uniqueId: '1.2.3',
    repositoryUniqueId: '1.2.4',
    mimeType: 'text/xml',
    authors: [],
    confidentialityCodes: [],
    eventCodes: [],
    referenceIds: [],
    size: held.bytes.length,
    ...held.entry,
  });
  const context: ConsultationContext = {
    ...bench.context,
    config: {
      ...bench.context.config,
      signIn: {
        localAccounts: true,
        openid: {
          issuer: 'https://psc.invalid',
          clientId: 'client',
          authentication: { method: 'client_secret_basic', secret: 'un secret assez long' },
          scopes: ['openid'],
          acr: 'eidas1',
          idTokenAlgorithm: 'RS256',
          sessionMinutes: 240,
          loginMeans: 'SmartcardPKI',
          consultationMinutes: 15,
          timeoutMs: 1_000,
          label: 'Pro Santé Connect',
        },
      },
    },
    consultations: createConsultations(),
    dmp: {
      existence: async () => ({ kind: 'answered', value: held.existence }),
      setAuthorization: async () => ({ kind: 'answered', value: { context: '' } }),
      findDocuments: async () => ({ kind: 'answered', value: [listed()] }),
      retrieve: async (_patient, [{ hash: _hash, ...address }]) => {
        held.retrievals += 1;
        const document = { ...address, mimeType: 'text/xml', bytes: held.bytes };
        return { kind: 'answered', value: [{ kind: 'retrieved', document }] };
      },
    },
  };
  const exercise = { profession: '10', category: 'C', specialty: 'SM26', pharmacistSection: undefined };
  const reading: Reading = {
    reader: {
      professional: {
        id: '899900000011',
        family: 'BLANC',
        given: 'Jeanne',
        exercises: [{ ...exercise, family: undefined, given: undefined, sites: [] }],
      },
      authenticatedAt: bench.context.now(),
      eg: DEMO_EG,
      regulation: false,
    },
    identity: await bench.identity(),
    session: 'session',
    actor: { name: 'user:899900000011', role: 'professional' },
  };
  return { context, reading, held, bench };
}

/** A letter about PAT-TROIS DOMINIQUE, with other traits where given. */
function letter(traits: Parameters<typeof qualifiedIdentity>[0] = {}, change = (text: string) => text): Buffer {
  const cda = buildLevelOneCda({ ...levelOneDocument(), patient: qualifiedIdentity(traits) });
  return Buffer.from(change(cda.toString('utf8')));
}

function ruleOf(result: Result<unknown>): string | undefined {
  return result.ok ? undefined : `${result.refusal.rule.id} ${result.refusal.detail ?? ''}`.trim();
}

async function reads({ context, reading }: Opened): Promise<string | undefined> {
  const begun = await beginConsultation(context, reading, { kind: 'presumed' });
  assert.ok(begun.ok, ruleOf(begun));
  assert.ok((await searchDocuments(context, reading, EVERYTHING)).ok);
  return ruleOf(await readDocument(context, reading, ENTRY));
}

test('a document of this patient is read once, and each call is in the audit trail with its reason', async (t) => {
  const opened = await open(t);
  const { context, reading, held } = opened;
  assert.equal(await reads(opened), undefined);
  assert.ok((await readDocument(context, reading, ENTRY)).ok);
  assert.equal(held.retrievals, 1);
  const trail = await listAudit(context.pool, { subject: `patients:${reading.identity.id}`, limit: 10 });
  assert.deepEqual(
    trail
      .filter(({ action }) => action.startsWith('DMP '))
      .map(({ action, reason, outcome }) => [action, reason, outcome]),
    ['DMP TD3.2 1.2.3', 'DMP TD3.1a', 'DMP TD0.2'].map((action) => [
      action,
      'accès normal, équipe de soins, consentement présumé',
      'done',
    ]),
  );
});

test('another size, another patient, or nobody: the document is not given, and its bytes are not kept', async (t) => {
  const opened = await open(t);
  const { held, reading } = opened;
  const other = readingRules.otherPatient.id;
  const cases: readonly (readonly [string, Partial<Held>, string | undefined])[] = [
    ['another size', { entry: { size: 12 } }, readingRules.sizeDiffers.id],
    ['another INS', { bytes: letter({ matricule: '180032B02040123' }) }, `${other} INS`],
    ['another name', { bytes: letter({ birthName: 'PAT-QUATRE' }) }, `${other} nom de naissance`],
    ['another given name', { bytes: letter({ firstGivenName: 'JEAN', birthGivenNames: 'JEAN' }) }, `${other} prénom`],
    ['another birth date', { bytes: letter({ birthDate: '1979-03-29' }) }, `${other} date de naissance`],
    ['another sex', { bytes: letter({ sex: 'M' }) }, `${other} sexe`],
    [
      'no patient at all',
      { bytes: letter({}, (text) => text.replace(/<name>.*?<\/name>/s, '')) },
      readingRules.patientUnknown.id,
    ],
    ['no CDA', { entry: { mimeType: 'application/dicom' } }, readingRules.patientUnknown.id],
    // An INS-C of before, or none: the traits decide alone.
    [
      'an older number',
      { bytes: letter({}, (text) => text.replace('1.2.250.1.213.1.4.10', '1.2.250.1.213.1.4.2')) },
      undefined,
    ],
  ];
  for (const [name, change, expected] of cases) {
    Object.assign(held, { bytes: letter(), entry: {} }, change);
    const found = await reads(opened);
    assert.equal(
      expected === undefined ? found : found?.startsWith(expected),
      expected === undefined ? undefined : true,
      `${name}: ${found}`,
    );
    if (expected === undefined) continue;
    // Asked again, it is retrieved again: nothing of it stayed.
    const before = held.retrievals;
    assert.notEqual(ruleOf(await readDocument(opened.context, reading, ENTRY)), undefined, name);
    assert.equal(held.retrievals, before + 1, name);
  }
});

test('a document that was not listed, or whose consultation is over, is not asked for', async (t) => {
  const opened = await open(t);
  const { context, reading, held } = opened;
  assert.equal(ruleOf(await readDocument(context, reading, ENTRY)), readingRules.consultationEnded.id);
  await beginConsultation(context, reading, { kind: 'explicit' });
  assert.equal(ruleOf(await readDocument(context, reading, ENTRY)), readingRules.documentNotListed.id);
  assert.equal(held.retrievals, 0);
  assert.equal(await reads(opened), undefined);
  const later = { ...context, now: () => new Date(context.now().getTime() + 15 * 60_000) };
  assert.equal(ruleOf(await readDocument(later, reading, ENTRY)), readingRules.consultationEnded.id);
});

test('who may open, and for what', async (t) => {
  const { context, reading } = await open(t);
  const begin = async (change: Partial<Reading['reader']>, access: AccessReason = { kind: 'presumed' }) =>
    ruleOf(await beginConsultation(context, { ...reading, reader: { ...reading.reader, ...change } }, access));
  const { professional } = reading.reader;
  const [exercise] = professional.exercises;
  assert.ok(exercise !== undefined);
  const withExercise = (profession: string, specialty?: string) => ({
    professional: { ...professional, exercises: [{ ...exercise, profession, specialty }] },
  });
  assert.equal(await begin({}), undefined);
  assert.equal(await begin({ eg: null }), `${readingRules.notProfessional.id} aucun établissement`);
  assert.equal(await begin({}, { kind: 'centre_15' }), readingRules.regulationNotAllowed.id);
  assert.equal(await begin({ regulation: true }, { kind: 'centre_15' }), undefined);
  assert.equal(
    await begin({}, { kind: 'bris_de_glace', reason: 'vite' }),
    `${readingRules.reasonMissing.id} raisons du bris de glace`,
  );
  assert.match((await begin(withExercise('10'))) ?? '', new RegExp(openIdRules.notHealthProfessional.id));
  assert.match((await begin(withExercise('999'))) ?? '', new RegExp(openIdRules.notHealthProfessional.id));
  assert.equal(await begin(withExercise('60')), undefined);
});

test('what the DMP says of itself stops a reading; an emergency does without an authorisation, not against a blocking', async (t) => {
  const { context, reading, held } = await open(t);
  const obstacle = async (existence: Existence, access: AccessReason) => {
    held.existence = existence;
    const begun = await beginConsultation(context, reading, access);
    assert.ok(begun.ok);
    return obstacleTo(begun.value)?.rule.id;
  };
  const normal = { kind: 'presumed' } as const;
  const urgent = { kind: 'bris_de_glace', reason: 'patient inconscient' } as const;
  assert.equal(await obstacle({ state: 'absent' }, normal), readingRules.dmpAbsent.id);
  assert.equal(await obstacle({ state: 'closed' }, urgent), readingRules.dmpClosed.id);
  for (const authorisation of ['none', 'expired'] as const) {
    assert.equal(await obstacle({ ...OPEN, authorisation }, normal), readingRules.authorisationMissing.id);
    assert.equal(await obstacle({ ...OPEN, authorisation }, urgent), undefined);
  }
  assert.equal(await obstacle({ ...OPEN, authorisation: 'forbidden' }, urgent), readingRules.blocked.id);
  assert.equal(await obstacle({ ...OPEN, authorisation: 'unstated' }, normal), undefined);
});

test('the reason of an emergency is kept without the number that somebody writes in it', () => {
  const reason = 'Inconscient, NIR 279035121518989';
  assert.equal(reasonText({ kind: 'bris_de_glace', reason }), 'bris de glace : Inconscient, NIR [matricule]');
});
