/** Between the stored row and the rules of `ins/`: the row's state, its traits, and the one way to a QualifiedIdentity. */
import { qualify } from '../ins/qualify.ts';
import type { DeviceCheck, IdentityState, InsiProof } from '../ins/status.ts';
import type {
  CivilDate,
  CogCode,
  IdentityAttribute,
  Ins,
  Matricule,
  Oid,
  QualifiedIdentity,
  StrictTraits,
} from '../ins/types.ts';
import { identityVerificationRules } from '../rules/identity-verification.ts';
import { recallRules } from '../rules/recall.ts';
import { type Result, refuse } from '../rules/rule.ts';
import type { IdentityRecord } from '../store/identities.ts';
import type { SearchCriteria } from '../wire/insi/strategy.ts';

const ATTRIBUTES: readonly IdentityAttribute[] = ['douteuse', 'fictive', 'homonyme'];

/** The strict traits of a row; they were normalised before they were stored. */
export function traitsOf(record: IdentityRecord): StrictTraits {
  return {
    birthName: record.birthName,
    firstGivenName: record.firstGivenName,
    ...(record.birthGivenNames === null ? {} : { birthGivenNames: record.birthGivenNames }),
    sex: record.sex,
    birthDate: record.birthDate as CivilDate,
    ...(record.birthPlace === null ? {} : { birthPlace: record.birthPlace as CogCode }),
  };
}

/** Same, with the birth date as it was given: what INSi is asked about and compared with (ins.md 2). */
export function givenTraitsOf(record: IdentityRecord): StrictTraits {
  const { birthDateAsGiven } = record;
  return { ...traitsOf(record), ...(birthDateAsGiven !== null && { birthDate: birthDateAsGiven as CivilDate }) };
}

/** What a search by traits may be built from. */
export function criteriaOf(record: IdentityRecord): SearchCriteria {
  const { birthName, firstGivenName, sex, birthGivenNames, birthPlace } = record;
  return {
    birthName,
    firstGivenName,
    sex,
    birthDate: record.birthDateAsGiven ?? record.birthDate,
    ...(birthGivenNames === null ? {} : { birthGivenNames }),
    ...(birthPlace === null ? {} : { birthPlace }),
  };
}

/** The INS that the row bears. */
export function insOf(record: IdentityRecord): Ins | undefined {
  return record.matricule === null || record.oid === null
    ? undefined
    : { matricule: record.matricule as Matricule, oid: record.oid as Oid };
}

/** The row as the RNIV state machine sees it. */
export function stateOf(record: IdentityRecord): IdentityState {
  const ins = insOf(record);
  const deviceCheck: DeviceCheck | undefined =
    record.deviceCheckedAt === null || record.deviceType === null
      ? undefined
      : {
          device: record.deviceType,
          checkedAt: record.deviceCheckedAt.toISOString(),
          ...(record.deviceCheckedBy === null ? {} : { checkedBy: record.deviceCheckedBy }),
        };
  const insiProof: InsiProof | undefined =
    record.insObtainedAt === null
      ? undefined
      : { retrievedAt: record.insObtainedAt.toISOString(), mode: record.insMode ?? 'INSI' };
  return {
    authority: record.mirror ? 'upstream' : 'local',
    status: record.status,
    attributes: ATTRIBUTES.filter((attribute) => record[attribute]),
    ...(ins === undefined ? {} : { ins }),
    ...(deviceCheck === undefined ? {} : { deviceCheck }),
    ...(insiProof === undefined ? {} : { insiProof }),
  };
}

/** The columns that a state fills. */
export function columnsOf(state: IdentityState) {
  return {
    status: state.status,
    homonyme: state.attributes.includes('homonyme'),
    douteuse: state.attributes.includes('douteuse'),
    fictive: state.attributes.includes('fictive'),
    matricule: state.ins?.matricule ?? null,
    oid: state.ins?.oid ?? null,
    insObtainedAt: state.insiProof === undefined ? null : new Date(state.insiProof.retrievedAt),
    insMode: state.insiProof?.mode ?? null,
    deviceType: state.deviceCheck?.device ?? null,
    deviceCheckedAt: state.deviceCheck === undefined ? null : new Date(state.deviceCheck.checkedAt),
    deviceCheckedBy: state.deviceCheck?.checkedBy ?? null,
  };
}

/** The identity with which a matricule may leave the house, or why there is none. */
export function qualifiedIdentityOf(record: IdentityRecord): Result<QualifiedIdentity> {
  if (record.frozenAt !== null) return refuse(recallRules.frozen);
  const state = stateOf(record);
  if (record.insDoubt !== null) return refuse(identityVerificationRules.verificationDoubt);
  return qualify({
    status: state.status,
    attributes: state.attributes,
    ...(state.ins === undefined ? {} : { ins: state.ins }),
    traits: traitsOf(record),
    ...(record.usedName === null ? {} : { usedName: record.usedName }),
    ...(record.usedGivenName === null ? {} : { usedGivenName: record.usedGivenName }),
  });
}
