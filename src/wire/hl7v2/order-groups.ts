/** The OBX of a document message, with what follows each, by the order (ORC, OBR) that they belong to. */
import { type Hl7Message, read, type Segment } from './message.ts';
import { flagOf, type MetadataFlag } from './metadata-flags.ts';

/** An OBX with the PRT and NTE that follow it. */
export interface Observation {
  readonly obx: Segment;
  /** `OBX[2]`, counted in the message. */
  readonly name: string;
  readonly participations: Segment[];
  readonly notes: Segment[];
}

export interface OrderGroup {
  orc?: Segment;
  obr?: Segment;
  readonly observations: Observation[];
}

/**
 * `several`: each ORC, or OBR without its own ORC, opens a group (ORU_R01). An MDM has all its orders before its TXA and
 * its OBX: the first ones count.
 */
export function orderGroups(message: Hl7Message, several: boolean): OrderGroup[] {
  let group: OrderGroup = { observations: [] };
  const groups = [group];
  let counted = 0;
  let last: Observation | undefined;
  for (const segment of message.segments) {
    if (segment.name === 'ORC' || segment.name === 'OBR') {
      const begun = segment.name === 'ORC' ? (group.orc ?? group.obr) !== undefined : group.obr !== undefined;
      if (several && (begun || group.observations.length > 0)) {
        group = { observations: [] };
        groups.push(group);
      }
      if (segment.name === 'ORC') group.orc ??= segment;
      else group.obr ??= segment;
      last = undefined;
    } else if (segment.name === 'OBX') {
      last = { obx: segment, name: `OBX[${++counted}]`, participations: [], notes: [] };
      group.observations.push(last);
    } else if (segment.name === 'PRT') last?.participations.push(segment);
    else if (segment.name === 'NTE') last?.notes.push(segment);
  }
  return groups;
}

/** The flag that an OBX carries, in the form that `readFlags` takes. */
export function flagged(obx: Segment): { flag: MetadataFlag; obx: Segment }[] {
  const flag = read(obx, 2) === 'ED' ? undefined : flagOf(obx);
  return flag === undefined ? [] : [{ flag, obx }];
}
