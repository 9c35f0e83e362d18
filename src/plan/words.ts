/** Counts in a sentence; in French the plural starts at two. */
export function counted(count: number, singular: string, plural: string): string {
  return `${count} ${count < 2 ? singular : plural}`;
}
