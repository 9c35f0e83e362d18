/** The lines of an export, one after the other: each link computed again, what is altered, missing, added or moved named. */
import { proofRules } from '../rules/proof.ts';
import type { Refusal, Rule } from '../rules/rule.ts';
import { link } from '../store/proofs.ts';
import { readLinkText } from './link-text.ts';
import { lineKeys, type Manifest, writtenLine } from './manifest.ts';
import type { Recount } from './recount.ts';

/** Named one by one; more say nothing more. */
const MOST_NAMED = 50;

interface LineCheck {
  line(text: string): void;
  end(): {
    readonly count: number;
    readonly hashes: ReadonlyMap<number, string>;
    readonly unsealedReplacements: number;
  };
}

export function startLineCheck(chain: Manifest['chain'], recount: Recount, problems: Refusal[]): LineCheck {
  const hashes = new Map<number, string>();
  let previous = Buffer.from(chain.previousHash, 'hex');
  let reached = chain.first - 1;
  let [count, named, unsealedReplacements] = [0, 0, 0];
  const name = (rule: Rule, detail: string): void => {
    if (named++ < MOST_NAMED) problems.push({ rule, detail });
  };

  /** False for a line that has no place in the chain. */
  function place(position: number): boolean {
    if (position < chain.first || position > chain.last) {
      name(proofRules.addedLine, `maillon ${position}`);
      return false;
    }
    if (position <= reached) {
      name(proofRules.reorderedLine, `maillon ${position}, après le maillon ${reached}`);
      return false;
    }
    if (position > reached + 1) name(proofRules.missingLine, gap(reached + 1, position - 1));
    return true;
  }

  function line(raw: string): void {
    count += 1;
    const read = parsed(raw);
    const line = read && readLinkText(read.text);
    if (read === undefined || line === undefined) {
      name(proofRules.alteredLine, `ligne ${count}`);
      return;
    }
    const { position, hash, text, replaces } = read;
    if (!place(position)) return;
    const follows = position === reached + 1;
    if (follows && link(previous, text).toString('hex') !== hash)
      name(proofRules.alteredLine, `maillon ${position} : empreinte`);
    if (writtenLine(position, hash, text, replaces) !== raw)
      name(proofRules.alteredLine, `maillon ${position} : champ`);
    if (line.act === 'replacement' && line.replaces === null) unsealedReplacements += 1;
    // The next one is held against what this one says: each fault is named where it is.
    previous = Buffer.from(hash, 'hex');
    reached = position;
    hashes.set(position, hash);
    recount.take({ ...line, at: new Date(line.at), replaces: line.replaces ?? replaces });
  }

  function end() {
    if (reached < chain.last) name(proofRules.missingLine, gap(reached + 1, chain.last));
    else if (previous.toString('hex') !== chain.lastHash)
      name(proofRules.alteredLine, `maillon ${chain.last} : dernier maillon annoncé`);
    hashes.set(chain.first - 1, chain.previousHash);
    return { count, hashes, unsealedReplacements };
  }
  return { line, end };
}

function gap(first: number, last: number): string {
  return first === last ? `maillon ${first} absent` : `maillons ${first} à ${last} absents`;
}

function parsed(raw: string) {
  try {
    return lineKeys.parse(JSON.parse(raw));
  } catch {
    return undefined;
  }
}
