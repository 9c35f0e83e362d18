/** Watched folders, as the other use cases may use them. */
export { folderFault, startDeposits } from './watch.ts';
