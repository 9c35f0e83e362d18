/** Refusals on demand: the next calls of a transaction end as a tester orders, whatever they say. Source: dmp.md 6. */
import { z } from 'zod';
import type { MimePart } from './mime.ts';
import { REGISTRY_ERROR_CODES } from './problem.ts';
import { TRANSACTIONS, type Transaction } from './rights.ts';

/** Body of `POST {control}/refusals`. Without `code`, a SOAP fault; `altered`: TD3.2 answers other bytes than those held. */
export const refusalOrder = z
  .strictObject({
    transaction: z.enum(TRANSACTIONS),
    code: z.enum(REGISTRY_ERROR_CODES).optional(),
    reason: z.string().min(1).default('Refus demandé au simulateur.'),
    altered: z.boolean().default(false),
    times: z.int().min(1).default(1),
  })
  .refine(({ altered, transaction }) => !altered || transaction === 'TD3.2', {
    message: 'TD3.2 only',
    path: ['altered'],
  });
type RefusalOrder = z.infer<typeof refusalOrder>;

export interface RefusalBoard {
  order(order: RefusalOrder): void;
  clear(): void;
  /** Orders not used up, oldest first. */
  pending(): readonly RefusalOrder[];
  /** The order that strikes this call, once less to come. */
  take(transaction: Transaction): RefusalOrder | undefined;
}

export function createRefusalBoard(): RefusalBoard {
  let orders: RefusalOrder[] = [];
  return {
    order(order) {
      orders.push(order);
    },
    clear() {
      orders = [];
    },
    pending: () => orders,
    take(transaction) {
      const struck = orders.find((order) => order.transaction === transaction);
      if (struck === undefined) return undefined;
      orders = orders.flatMap((order) => {
        if (order !== struck) return order;
        return order.times > 1 ? { ...order, times: order.times - 1 } : [];
      });
      return struck;
    },
  };
}

/** The same parts with a byte more: what a broken store or line would give. */
export function altered(attachments: ReadonlyMap<string, MimePart>): ReadonlyMap<string, MimePart> {
  return new Map(
    [...attachments].map(([id, part]) => [id, { ...part, body: Buffer.concat([part.body, Buffer.from(' ')]) }]),
  );
}
