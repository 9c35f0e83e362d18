/** Patients by file, as the others may use it. */
export { patientsFile, rejectionsFile } from './files.ts';
export { confirmRehearsal, stopImport } from './manage.ts';
export { receivePatientFile } from './receive-file.ts';
export { patientImportTaskHandler } from './run-import.ts';
