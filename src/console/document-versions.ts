/** The versions of a document on its page: which replaced which, and what was asked about them. */
import type { ChainMember } from '../store/chains.ts';
import type { DocumentRecord } from '../store/documents.ts';
import { chip } from './components.ts';
import { dateTime } from './format.ts';
import { type Html, html } from './html.ts';
import { DOCUMENT_STATES } from './words.ts';

/** Undefined for a document that stands alone. */
export function versionsCard(document: DocumentRecord, chain: readonly ChainMember[]): Html | undefined {
  if (chain.length < 2) return undefined;
  return html`<section class="card"><h2>Suite des versions</h2><ol class="plain">${chain.map((member) => versionLine(document, member, chain))}</ol></section>`;
}

function versionLine(shown: DocumentRecord, member: ChainMember, chain: readonly ChainMember[]): Html {
  const about = chain.find(({ id }) => id === member.targetId);
  const label = labelOf(member, about);
  const name =
    member.id === shown.id
      ? html`<span class="strong" aria-current="page">${label}</span>`
      : html`<a href="/console/documents/${member.id}">${label}</a>`;
  return html`<li>${name} ${chip(DOCUMENT_STATES[member.state])} <span class="mut nowrap">${dateTime(member.receivedAt)}</span></li>`;
}

function labelOf({ action, versionNumber, notice }: ChainMember, about: ChainMember | undefined): string {
  const number = versionNumber === null ? '' : ` ${versionNumber}`;
  const named = about === undefined ? 'un document reçu d’ailleurs' : `la version ${about.versionNumber ?? 1}`;
  switch (action) {
    case 'create':
      return `Version${number === '' ? ' 1' : number}`;
    case 'replace':
      return `Version${number}, remplace ${named}`;
    case 'delete':
      return `Suppression : ${named}${about === undefined && notice.designates !== undefined ? ` (${notice.designates})` : ''}`;
  }
}
