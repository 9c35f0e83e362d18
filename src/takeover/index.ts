/** Take-over of an existing identity repository, as the API and the console may use it. */
export { reportOf } from './report.ts';
export { closeTakeover, type FormerLine, openTakeover, takeLines } from './take.ts';
