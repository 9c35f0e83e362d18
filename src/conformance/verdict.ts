/** What a pack said of a document, as it is kept: counted, bounded, without anything shaped like a matricule. */
import { withoutMatricule } from '../ins/redact.ts';
import { conformanceRules } from '../rules/conformance.ts';
import type { Rule } from '../rules/rule.ts';
import type { Judgement, PackFailure } from '../store/rule-packs.ts';
import type { RulePack } from '../wire/schematron/check.ts';
import type { IsolatedVerdict } from '../wire/schematron/isolated-check.ts';

/** Kept of one document: the counts are complete. */
const MAX_KEPT = 50;
const MAX_TEXT = 600;

export type Said = Pick<Judgement, 'outcome' | 'failed' | 'failures'> & {
  /** Why it could not be said. */
  readonly undecided?: { readonly rule: Rule; readonly detail?: string };
  readonly templates: readonly string[];
};

export function saidBy({ xsd }: RulePack, verdict: IsolatedVerdict): Said {
  const undecided = undecidedBy(verdict);
  if (undecided !== undefined || verdict.kind !== 'judged')
    return { outcome: 'undecided', failed: 0, failures: [], templates: [], ...(undecided && { undecided }) };
  const schema = (verdict.schema ?? []).map(
    ({ location, what }): PackFailure => ({
      entry: xsd ?? 'schéma XML',
      location,
      text: `Schéma XML non respecté${what === undefined ? '' : ` : ${what}`}`,
      test: what ?? 'schéma XML',
    }),
  );
  const rules = verdict.schematrons.flatMap(({ path, failures }) =>
    failures
      .filter(({ kind }) => kind === 'assert')
      .map(({ location, text, test }): PackFailure => ({ entry: path, location, text: kept(text), test: kept(test) })),
  );
  const failed = schema.length + verdict.schematrons.reduce((sum, { failedAsserts }) => sum + failedAsserts, 0);
  return {
    outcome: failed === 0 ? 'conformant' : 'failed',
    failed,
    failures: [...schema, ...rules].slice(0, MAX_KEPT),
    templates: verdict.templates,
  };
}

/** Rules quote the values of the document. */
function kept(text: string): string {
  return withoutMatricule(text).slice(0, MAX_TEXT);
}

function undecidedBy(verdict: IsolatedVerdict): Said['undecided'] {
  switch (verdict.kind) {
    case 'judged':
      return undefined;
    case 'too-long':
      return { rule: conformanceRules.tooLong };
    case 'broken':
      return { rule: conformanceRules.broken };
    case 'unusable':
      return { rule: conformanceRules.unusable, detail: verdict.why };
    case 'unreadable':
      return { rule: conformanceRules.unreadable, detail: verdict.why };
  }
}
