/** What the folder gives back: why a file was refused, in French; where its document is. */
import { withoutMatricule } from '../ins/redact.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { Refusal } from '../rules/rule.ts';
import { documentById } from '../store/documents.ts';
import type { FolderDoor } from './door.ts';
import { DONE, writeBeside } from './files.ts';

export function explanationOf(name: string, { rule, detail, location }: Refusal, at: Date): string {
  return [
    `Fichier refusé : ${name}`,
    `Le ${at.toISOString()}`,
    '',
    `${rule.id} : ${rule.title}`,
    rule.cause,
    ...(location === undefined ? [] : [`Endroit : ${location}`]),
    ...(detail === undefined ? [] : [`Détail : ${withoutMatricule(detail)}`]),
    '',
    `Qui agit : ${rule.owner}`,
    `Comment corriger : ${rule.remedy}`,
    '',
  ].join('\n');
}

/** The state of the document, beside its file. */
export async function writeAnswer({ context, folder }: FolderDoor, name: string, documentId: string): Promise<void> {
  const document = await documentById(context.pool, documentId);
  if (document === undefined) throw new Error(`document ${documentId} is gone`);
  const { state, ruleId, detail, uniqueId, controlId, updatedAt } = document;
  const rule = ruleId === null ? undefined : ruleById(ruleId);
  const answer = {
    id: documentId,
    messageControlId: controlId,
    uniqueId,
    state,
    at: updatedAt.toISOString(),
    reason: rule === undefined ? null : { rule: rule.id, title: rule.title, detail, remedy: rule.remedy },
  };
  await writeBeside(folder.path, DONE, `${name}.answer.json`, `${JSON.stringify(answer, null, 2)}\n`);
}
