/** A key that cannot be used now, and why. */
import { dmpRules } from '../../rules/dmp.ts';
import type { Refusal } from '../../rules/rule.ts';

/** `pin`: the code was refused, and is not presented again: a card that refuses it three times locks itself. */
export type KeyTrouble = 'absent' | 'pin' | 'failed' | 'timeout';

export class KeyUnavailable extends Error {
  readonly trouble: KeyTrouble;
  /** `code`: that of the cryptographic library, for example CKR_TOKEN_NOT_PRESENT. Never a PIN. */
  constructor(trouble: KeyTrouble, code: string) {
    super(code);
    this.trouble = trouble;
  }
}

/** What a call says that stops for want of its key; undefined for any other error. */
export function keyRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof KeyUnavailable)) return undefined;
  return { rule: error.trouble === 'pin' ? dmpRules.pinRefused : dmpRules.keyUnavailable, detail: error.message };
}
