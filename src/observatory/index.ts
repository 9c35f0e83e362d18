/** The observatory, as the other use cases may use it. */
export type { Difference, DifferenceKind, Obsolete } from './compare.ts';
export { observatoryCsv } from './csv.ts';
export { monthsOfApplication } from './history.ts';
export { importInventory, LARGEST_INVENTORY } from './import-inventory.ts';
export { lineReport } from './line-report.ts';
export { observe } from './observe.ts';
export { type Picture, readPicture } from './picture.ts';
export { startRecorder } from './recorder.ts';
export type { Figures, SeenApplication, SeenUse } from './seen.ts';
