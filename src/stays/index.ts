/** Stays, as the other use cases may use them. */
export { receiveMovement } from './receive.ts';
