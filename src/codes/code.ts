/** A coded value; `system` is the OID of its code system. */
export interface CodedValue {
  readonly code: string;
  readonly system: string;
  readonly label: string;
}
