/** Diffusion of identities to other software, as roles and desks may use it. */
export { decideRefused, holdSubscriber } from './desk.ts';
export { changeLoad, startInitialLoad } from './load.ts';
export { declareConfigured, startDiffusion } from './sender.ts';
