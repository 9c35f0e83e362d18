/** What the old connectors' requests are answered with. */
import type { X509Certificate } from 'node:crypto';
import type { FeedContext } from '../feed/index.ts';
import type { UseCaseContext } from '../queue/context.ts';

export interface LegacyContext extends UseCaseContext {
  /** Of the certificates that sign a VIHF. */
  readonly authorities: readonly X509Certificate[];
  /** Milliseconds, while the DMP is waited for. */
  readonly wait: (ms: number) => Promise<void>;
  /** The process stops: nothing is waited for any more. */
  readonly stopping: AbortSignal;
  /** Absent where the installation has no DMP: what must be asked of it then cannot be answered. */
  readonly asking?: Pick<FeedContext, 'dmp' | 'dmpConfig'> | undefined;
}
