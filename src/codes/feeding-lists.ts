/** The two lists of practice 11 as they come with this version; a site publishes its own in the console. */
import { documentTypes } from './document-types.ts';

export interface ListEntry {
  /** JDV_J07. */
  readonly code: string;
  /** AAAA-MM-JJ: the obligation holds from that day. */
  readonly since?: string;
  /** Only for what is produced outside a hospital stay. */
  readonly outsideStay?: true;
  /** PV1-2 of the stays that are expected to end with a document of this type. */
  readonly dischargeOf?: readonly string[];
}

export interface DocumentList {
  readonly version: string;
  readonly source: string;
  /** AAAA-MM-JJ. */
  readonly dated: string;
  readonly entries: readonly ListEntry[];
}

/**
 * What must be fed: order of 26 April 2022 (article L. 1111-15), as amended, and the discharge documents that the code
 * already required (L. 1112-1). The order names documents in words; the codes are our reading of them.
 */
export const MANDATORY_LIST: DocumentList = {
  version: '1',
  source: 'Arrêté du 26 avril 2022 (CSP, L. 1111-15) et lettre de liaison (CSP, L. 1112-1) ; codes proposés, à valider',
  dated: '2022-04-26',
  entries: [
    { code: '11490-0', dischargeOf: ['I'] },
    { code: '34112-3', dischargeOf: ['I'] },
    { code: '34874-8', since: '2023-12-31' },
    { code: '11502-2', since: '2022-12-31', outsideStay: true },
    { code: '18748-4', since: '2022-12-31', outsideStay: true },
    { code: '57833-6', since: '2022-12-31', outsideStay: true },
    { code: 'PRESC-BIO', since: '2023-12-31', outsideStay: true },
  ],
};

/** What can be fed. */
export const FEEDABLE_LIST: DocumentList = {
  version: '2024-09-27',
  source: 'JDV_J66-TypeCode-DMP',
  dated: '2024-09-27',
  entries: documentTypes()
    .filter(({ feedable }) => feedable)
    .map(({ code }) => ({ code })),
};
