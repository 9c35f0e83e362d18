/** Rule packs, as the other use cases and what stands on top may use them. */
export { type Conformance, NO_CONFORMANCE, recordJudgements, refusalOfUnseen, startConformance } from './gate.ts';
export { installPack, packFolders, setPackMode, sourceNames } from './packs.ts';
export { createRehearsing, startRehearsal, stopRehearsal } from './rehearse.ts';
