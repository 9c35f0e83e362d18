/** The patient as an old connector names them in its metadata: CX identifiers and sourcePatientInfo. Source: dmp.md 3.3. */

export interface LegacyIdentifier {
  readonly value: string;
  /** CX-4.2. */
  readonly oid: string;
}

export interface LegacyPatientInfo {
  /** PID-3. */
  readonly identifiers: readonly LegacyIdentifier[];
  /** PID-5, one for each name; `type` is XPN-7: L birth name, D used name. */
  readonly names: readonly { readonly family: string; readonly given: string; readonly type: string }[];
  /** PID-7, as sent. */
  readonly birthDate: string;
  /** PID-8. */
  readonly sex: string;
}

/** `VALUE^^^&OID&ISO^TYPE`; undefined without a value and an authority. */
export function readCx(cx: string): LegacyIdentifier | undefined {
  const [value = '', , , authority = ''] = cx.split('^');
  const oid = authority.split('&')[1] ?? '';
  return value === '' || oid === '' ? undefined : { value, oid };
}

/** Values `PID-n|…`; those of other fields are passed over. */
export function readPatientInfo(values: readonly string[]): LegacyPatientInfo {
  const field = (name: string) =>
    values.filter((value) => value.startsWith(`${name}|`)).flatMap((value) => value.slice(name.length + 1).split('~'));
  return {
    identifiers: field('PID-3').flatMap((cx) => readCx(cx) ?? []),
    names: field('PID-5').map((xpn) => {
      const [family = '', given = '', , , , , type = ''] = xpn.split('^');
      return { family, given, type };
    }),
    birthDate: field('PID-7')[0] ?? '',
    sex: field('PID-8')[0] ?? '',
  };
}
