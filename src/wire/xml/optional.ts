/** A field that is left out when a message says nothing of it: absent, or an empty text. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [Name in Key]?: Value } {
  return (value === undefined || value === '' ? {} : { [key]: value }) as { readonly [Name in Key]?: Value };
}
