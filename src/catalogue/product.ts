/** A product to migrate, and what a region may say of it. */

/** `V1`: to be replaced. `V2`: with the NIR of TD0.0, to be moved to V2 with a qualified INS. */
export type ProductApi = 'V1' | 'V2';

export interface SeedProduct {
  /** Stable name of the entry, lower case. */
  readonly key: string;
  readonly api: ProductApi;
  readonly name: string;
  /** As listed: `7` stands for the whole line 7, `2.47` for 2.47 and its corrections. */
  readonly version: string;
  /** Other names under which it sends. */
  readonly aliases?: readonly string[];
}

/** What a person may change. An empty text is unknown. */
export interface ProductFields {
  readonly api: ProductApi;
  readonly name: string;
  readonly version: string;
  readonly aliases: readonly string[];
  /** Whom to call at the vendor's. */
  readonly contact: string;
  /** The first version that feeds through V2 with a qualified INS. */
  readonly compatibleVersion: string;
  /** Where compatible versions are listed (https). */
  readonly compatibleLink: string;
  readonly note: string;
  /** Who says so, and when. */
  readonly source: string;
  readonly sourceDate: string;
  /** Taken out of the catalogue: kept for its history, recognised no more. */
  readonly retired: boolean;
}

export interface Product extends ProductFields {
  readonly key: string;
  /** Number of edits; 0: as the data file says. */
  readonly revision: number;
  readonly editedAt: Date | null;
  readonly editedBy: string | null;
  /** What the data file says otherwise since, or always did: field by field. Empty for a product that people added. */
  readonly seedDiffers: readonly (keyof ProductFields)[];
}
