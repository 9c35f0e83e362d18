/** Settings of the document policy (practice 8 to 14). */
import { z } from 'zod';

export const policySchema = z.strictObject({
  /** `required`: a document of a patient of whom nothing says that he was informed is not fed (practice 9). */
  patientInformation: z.enum(['not-recorded', 'required']).default('not-recorded'),
  visibility: z
    .strictObject({
      /** MASQUE_PS together with INVISIBLE_PATIENT (practice 10). */
      maskedAndInvisible: z.enum(['refuse', 'accept']).default('refuse'),
      /** `flag`: a sender that asks for it (CONNEXION_SECRETE) gets it; `never`: not from this installation. */
      secretConnection: z.enum(['flag', 'never']).default('flag'),
      /** Age from which nobody is a minor, years. */
      majority: z.number().int().min(1).default(18),
      /** Days after which a document that its patient does not see yet is to be announced. */
      announceAfterDays: z.number().int().min(0).default(14),
    })
    .prefault({}),
  /** Hours after which the DMP of a patient who had none, or a closed one, is asked for again (TD0.2). */
  dmpAskedAgainAfterHours: z.number().int().min(1).default(168),
  /** Partial laboratory reports (REC_GEN-1070). */
  partialResults: z
    .strictObject({
      send: z.boolean().default(false),
      /** JDV_J07 types concerned. */
      types: z.array(z.string().min(1)).default(['11502-2']),
      /** Statuses of OBX-11 and OBR-25 (tables 0085 and 0123) that say that more is to come. */
      resultStatuses: z.array(z.string().min(1)).default(['P', 'I', 'R', 'S', 'A']),
      /** Statuses of ORC-5 (table 0038). */
      orderStatuses: z.array(z.string().min(1)).default(['A', 'IP', 'SC']),
    })
    .prefault({}),
  /** A version with the content of the one that is in the DMP: answered as fed, or sent all the same. */
  unchangedVersion: z.enum(['answer', 'send']).default('answer'),
  /** Hours after the discharge from which a missing discharge document is late. */
  dischargeDocumentHours: z.number().int().min(0).default(24),
  /** Longest suspension of a sending, hours. */
  longestSuspensionHours: z.number().int().min(1).default(72),
});
export type PolicyConfig = z.output<typeof policySchema>;
