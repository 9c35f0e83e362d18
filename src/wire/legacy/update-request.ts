/** TD3.3c of an old connector: an UpdateAvailabilityStatus to Deleted (ITI-57). Source: dmp.md 6. */
import { associationType, availability, LCM, RIM, submissionSetScheme } from '../xds/schemes.ts';
import { elements, text, type XmlElement } from '../xml/xml.ts';
import { type LegacyIdentifier, readCx } from './patient-info.ts';

const NS = { rim: RIM, lcm: LCM };

export interface UpdateRequest {
  /** entryUUID as the connector knows it, or a uniqueId from those that know no other. */
  readonly target: string;
  readonly patient: LegacyIdentifier | undefined;
}

/** Undefined for any other update (masking, archiving), and for several at once. */
export function readUpdate(payload: XmlElement): UpdateRequest | undefined {
  const associations = elements(payload, 'rim:RegistryObjectList/rim:Association', NS).filter(
    (each) => each.attr('associationType')?.value === associationType.updateStatus,
  );
  const [association, second] = associations;
  if (association === undefined || second !== undefined) return undefined;
  const status = text(association, "rim:Slot[@name='NewStatus']/rim:ValueList/rim:Value", NS);
  const target = association.attr('targetObject')?.value ?? '';
  if (status !== availability.Deleted || target === '') return undefined;
  const scheme = submissionSetScheme.patientId;
  const cx = text(
    payload,
    `rim:RegistryObjectList/rim:RegistryPackage/rim:ExternalIdentifier[@identificationScheme='${scheme}']/@value`,
    NS,
  );
  return { target, patient: readCx(cx ?? '') };
}
