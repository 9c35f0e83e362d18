/** The observatory, as the other use cases may use it. */
export { monthsOfApplication } from './history.ts';
export { observe } from './observe.ts';
export { type Figures, readPicture, type SeenApplication, type SeenUse } from './picture.ts';
export { startRecorder } from './recorder.ts';
