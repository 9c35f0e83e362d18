/** The verification operation as it is written by default. */
import type { VerificationWire } from './verification-request.ts';

export const VERIFICATION: VerificationWire = {
  namespace: 'http://www.cnamts.fr/INSiLot2',
  requestElement: 'REQUnitaire',
  responseElement: 'REPUnitaire',
  identicalCodes: ['00', 'OK'],
  differentCodes: ['01', 'KO'],
};
