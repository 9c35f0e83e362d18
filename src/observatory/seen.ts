/** What is known of an application from its traffic. */
import type { Recognition } from '../catalogue/index.ts';
import type { Basis, IdentityKind } from '../store/observed.ts';
import type { InferredIdentity } from './infer.ts';

export interface Figures {
  readonly firstSeen: Date;
  readonly lastSeen: Date;
  readonly today: number;
  /** Of the present month. */
  readonly month: number;
  /** Of the last thirty days, and how many of these were refused. */
  readonly recent: number;
  readonly refused: number;
}

export interface SeenIdentity {
  readonly kind: IdentityKind;
  readonly basis: Basis;
  readonly because: InferredIdentity['because'];
}

/** One software of an application, by one API. */
export interface SeenUse extends Figures {
  readonly api: string;
  readonly product: string;
  readonly productVersion: string;
  readonly protocolVersions: readonly string[];
  readonly homologations: readonly string[];
  readonly certificates: readonly string[];
  readonly structures: readonly string[];
  readonly transactions: readonly string[];
  readonly identities: readonly SeenIdentity[];
  readonly recognition: Recognition | undefined;
  /** Of the lines that it is made of. */
  readonly keys: readonly string[];
}

/** How the configuration knows it: by its name, by a wildcard, or not at all. */
export type Declared = 'yes' | 'wildcard' | 'no';

export interface SeenApplication extends Figures {
  readonly eg: string;
  readonly application: string;
  readonly facility: string;
  readonly declared: Declared;
  readonly uses: readonly SeenUse[];
}

/** Declared by the configuration, and never seen. */
export interface UnseenSource {
  readonly eg: string;
  readonly application: string;
  readonly facility: string;
}
