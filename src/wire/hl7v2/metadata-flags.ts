/** The Y/N metadata of the table MetaDMPMSS, one OBX each. Source: CI-SIS volet 2.1, meta-dmp-mss. */
import { hl7Rules } from '../../rules/hl7.ts';
import { ok, type Result, refuse } from '../../rules/rule.ts';
import { read, type Segment } from './message.ts';
import { yesNo } from './patient-segment.ts';

/** In the order that the profile asks for. */
export const METADATA_FLAGS = [
  'MASQUE_PS',
  'INVISIBLE_PATIENT',
  'INVISIBLE_REP_LEGAUX',
  'CONNEXION_SECRETE',
  'MODIF_CONF_CODE',
  'DESTDMP',
  'DESTMSSANTEPS',
  'DESTMSSANTEPAT',
  'ACK_RECEPTION',
  'ACK_LECTURE_MSS',
] as const;

export type MetadataFlag = (typeof METADATA_FLAGS)[number];
export type MetadataFlags = Readonly<Partial<Record<MetadataFlag, boolean>>>;

/** Names of version 1 of the profile, still sent by older software. */
const FORMER_NAMES: Readonly<Record<string, MetadataFlag>> = {
  INVISIBLE_REPRESENTANTS_LEGAUX: 'INVISIBLE_REP_LEGAUX',
  MODIF_CONFIDENTIALITYCODE: 'MODIF_CONF_CODE',
};

/** The flag that an OBX carries, undefined when it carries something else. */
export function flagOf(obx: Segment): MetadataFlag | undefined {
  const code = read(obx, 3);
  if (code === undefined) return undefined;
  return METADATA_FLAGS.find((flag) => flag === code) ?? FORMER_NAMES[code];
}

/** Flags of a list of OBX that carry one each. Refused when a value is not Y or N, or when a flag is given twice differently. */
export function readFlags(observations: readonly { flag: MetadataFlag; obx: Segment }[]): Result<MetadataFlags> {
  const flags: Partial<Record<MetadataFlag, boolean>> = {};
  for (const { flag, obx } of observations) {
    const value = yesNo(read(obx, 5));
    if (value === undefined || (flags[flag] ?? value) !== value) {
      return refuse(hl7Rules.valueUnexpected, { location: 'OBX-5', detail: flag });
    }
    flags[flag] = value;
  }
  return ok(flags);
}
