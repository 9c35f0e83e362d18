/** What a person does with an import: confirm a rehearsal, stop what runs. */
import type { UseCaseContext } from '../queue/context.ts';
import { addTask } from '../queue/tasks.ts';
import { apiRules } from '../rules/api.ts';
import { patientFileRules } from '../rules/patient-files.ts';
import { ok, type Result, refuse } from '../rules/rule.ts';
import { type Db, transaction } from '../store/db.ts';
import { confirmImport, endImport, importById, lockImport, type PatientImport } from '../store/patient-imports.ts';

/** The file of a finished rehearsal is imported, from its beginning. */
export function confirmRehearsal(context: UseCaseContext, id: string): Promise<Result<PatientImport>> {
  return change(context, id, async (tx, file) => {
    if (file.mode !== 'rehearsal' || file.state !== 'done') return refuse(patientFileRules.wrongState);
    await confirmImport(tx, id);
    await addTask(tx, { kind: 'patient-import', subject: id });
    return ok(undefined);
  });
}

/** What has been imported stays; the rest of the file is not. */
export function stopImport(context: UseCaseContext, id: string): Promise<Result<PatientImport>> {
  return change(context, id, async (tx, file) => {
    if (file.state !== 'queued' && file.state !== 'running') return refuse(patientFileRules.wrongState);
    await endImport(tx, id, { state: 'stopped', at: context.now(), keepFile: false });
    return ok(undefined);
  });
}

function change(
  { pool }: UseCaseContext,
  id: string,
  act: (tx: Db, file: PatientImport) => Promise<Result<undefined>>,
): Promise<Result<PatientImport>> {
  return transaction(pool, async (tx) => {
    const file = await lockImport(tx, id);
    if (file === undefined) return refuse(apiRules.notFound);
    const done = await act(tx, file);
    if (!done.ok) return done;
    const after = await importById(tx, id);
    return after === undefined ? refuse(apiRules.notFound) : ok(after);
  });
}
