/** Synthetic people for the tests of the console: one in each situation that a page can show. */
import { randomUUID } from 'node:crypto';
import { compareTraits } from '../ins/coherence.ts';
import type { CivilDate } from '../ins/types.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { identityRules } from '../rules/identity.ts';
import { type IdentityRecord, insertIdentity, recordInsiCall } from '../store/identities.ts';
import { addHistory } from '../store/identity-history.ts';

export const DOMAIN = '1.2.3.4.567.8.9.10';
const HOSTILE_NAME = `O'BRIEN <IMG SRC=X ONERROR=ALERT(1)> "&`;

/** So many minutes ago. */
type Before = (minutes: number) => Date;

function identity(
  now: Date,
  change: Partial<IdentityRecord> & { birthName: string; firstGivenName: string },
): IdentityRecord {
  return {
    id: randomUUID(),
    version: 1,
    mirror: false,
    active: true,
    mergedInto: null,
    status: 'PROV',
    homonyme: false,
    douteuse: false,
    fictive: false,
    birthGivenNames: null,
    sex: 'F',
    birthDate: '1979-03-28',
    birthDateInterpreted: false,
    birthDateAsGiven: null,
    birthPlace: null,
    usedName: null,
    usedGivenName: null,
    matricule: null,
    oid: null,
    insObtainedAt: null,
    insMode: null,
    insDoubt: null,
    insiHistory: null,
    insiTraits: null,
    deviceType: null,
    deviceCheckedAt: null,
    deviceCheckedBy: null,
    insiState: 'none',
    insiRuleId: null,
    insiAskedAt: null,
    discrepancy: null,
    feedOpposition: false,
    informedAt: null,
    informedBy: null,
    anonymous: false,
    noInsReason: null,
    dmpState: null,
    dmpStateAt: null,
    frozenAt: null,
    createdAt: now,
    updatedAt: now,
    ...change,
  };
}

function qualifiedPatient(before: Before): IdentityRecord {
  return identity(before(200), {
    birthName: 'PAT-TROIS',
    firstGivenName: 'DOMINIQUE',
    birthGivenNames: 'DOMINIQUE',
    birthPlace: '63220',
    usedName: 'DURAND',
    status: 'QUAL',
    matricule: '279035121518989',
    oid: '1.2.250.1.213.1.4.10',
    insObtainedAt: before(200),
    deviceType: 'CN',
    deviceCheckedAt: before(210),
    deviceCheckedBy: 'source:DPI',
    insiState: 'settled',
    insiAskedAt: before(200),
  });
}

function patientWithDiscrepancy(before: Before): IdentityRecord {
  const local = {
    birthName: 'TCHITCHI',
    firstGivenName: 'OLA',
    birthGivenNames: 'OLA',
    sex: 'F',
    birthDate: '1936-06-21' as CivilDate,
  } as const;
  const compared = compareTraits(local, {
    birthName: 'TCHITCHI',
    givenNames: 'CATARINA BELLA',
    sex: 'F',
    birthDate: '1936-06-12',
    birthPlace: '63220',
  });
  return identity(before(90), {
    ...local,
    status: 'VALI',
    deviceType: 'PA',
    deviceCheckedAt: before(100),
    deviceCheckedBy: 'user:demo',
    insiState: 'discrepancy',
    insiRuleId: identityRules.discrepancyFirstGivenName.id,
    insiAskedAt: before(90),
    discrepancy: compared.traits.map(({ rule, ...trait }) => ({ ...trait, ruleId: rule?.id ?? null })),
  });
}

function retrievedPatient(before: Before): IdentityRecord {
  return identity(before(60), {
    birthName: 'NESSI',
    firstGivenName: 'MICHELANGELO',
    birthGivenNames: 'MICHELANGELO ANTHONY',
    sex: 'M',
    birthDate: '2010-08-07',
    birthPlace: '63220',
    status: 'RECUP',
    matricule: '110086322083060',
    oid: '1.2.250.1.213.1.4.8',
    insObtainedAt: before(60),
    insiState: 'settled',
  });
}

async function traceQualification({ pool }: UseCaseContext, qualified: IdentityRecord, before: Before): Promise<void> {
  const trace = (event: string, minutes: number, change: { before: unknown; after: unknown }) =>
    addHistory(pool, qualified.id, {
      at: before(minutes),
      actor: 'system',
      source: 'INSi',
      event,
      requirement: 'EXI REC 07',
      ...change,
    });
  await trace('création', 212, { before: {}, after: { status: 'PROV', birthName: 'PAT-TROIS' } });
  await trace('identité qualifiée', 200, {
    before: { status: 'VALI', matricule: null },
    after: { status: 'QUAL', matricule: '279035121518989' },
  });
  for (const durationMs of [180, 240, 320])
    await recordInsiCall(pool, {
      identityId: qualified.id,
      at: before(200),
      durationMs,
      outcome: 'found',
      ruleId: null,
      attempts: 1,
    });
}

export async function seedPatients(context: UseCaseContext) {
  const at = context.now();
  const before: Before = (minutes) => new Date(at.getTime() - minutes * 60_000);
  const qualified = qualifiedPatient(before);
  const provisional = identity(before(190), {
    birthName: 'CORSE',
    firstGivenName: 'ANTHONY',
    sex: 'M',
    birthDate: '1980-03-02',
    birthPlace: '2B020',
  });
  const discrepancy = patientWithDiscrepancy(before);
  const hostile = identity(before(30), {
    birthName: HOSTILE_NAME,
    firstGivenName: '</title><SCRIPT>ALERT(1)</SCRIPT>',
    sex: 'I',
    homonyme: true,
  });
  const retrieved = retrievedPatient(before);
  const unfound = identity(before(50), {
    birthName: 'HOUILLES',
    firstGivenName: 'PIERRE',
    sex: 'M',
    birthDate: '1993-01-27',
    insiState: 'not-found',
  });
  const queued = identity(before(20), {
    birthName: 'ADRUN',
    firstGivenName: 'ZOE',
    birthDate: '1975-12-31',
    status: 'VALI',
    deviceType: 'CN',
    deviceCheckedAt: before(25),
    insiState: 'queued',
  });
  const all = [qualified, provisional, discrepancy, hostile, retrieved, unfound, queued];
  for (const [index, record] of all.entries())
    await insertIdentity(context.pool, record, [{ value: `00000${index + 1}`, domain: DOMAIN, kind: 'PI' }]);
  await traceQualification(context, qualified, before);
  return { qualified, provisional, discrepancy, hostile };
}
