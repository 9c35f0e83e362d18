/** What the old connectors' requests are answered with. */
import type { X509Certificate } from 'node:crypto';
import type { FeedContext } from '../feed/index.ts';
import type { UseCaseContext } from '../queue/context.ts';

export interface LegacyContext extends UseCaseContext {
  /** Of the certificates that sign a VIHF. */
  readonly authorities: readonly X509Certificate[];
  /** Absent where the installation has no DMP: what must be asked of it then cannot be answered. */
  readonly asking?: Pick<FeedContext, 'dmp' | 'dmpConfig'> | undefined;
}
