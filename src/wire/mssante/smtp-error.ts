/** An error of a connection in a few words, without what was being said when it came. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return 'erreur inattendue';
  const code: unknown = Reflect.get(error, 'code');
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${typeof code === 'string' ? `${code} : ` : ''}${error.message}${cause}`.replace(/\s+/g, ' ').slice(0, 300);
}
