/** A region as the bench wants it: months of every establishment, and a ledger behind those of the installation itself. */
import { randomUUID } from 'node:crypto';
import { SEED } from '../../src/catalogue/october-2022.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { monthAfter, monthsBetween } from '../../src/region/month.ts';
import { type Pool, transaction } from '../../src/store/db.ts';
import { sealChain } from '../../src/store/proofs.ts';
import { type Figure, type IdentityKind, nameEstablishments, putFigures } from '../../src/store/region-figures.ts';

export interface RegionSize {
  readonly establishments: number;
  readonly months: number;
  /** Lines of the ledger, of the establishments that are this installation's own. */
  readonly documents: number;
}

/** Of these, the installation counts its ledger. */
export const OWN = 10;
const BATCH = 2_000;
const EJ_EVERY = 4;

export const egOf = (n: number): string => `99${String(1_000_000 + n)}`;
const ejOf = (n: number): string => `99${String(2_000_000 + Math.floor(n / EJ_EVERY))}`;

/** The first establishments of the region are those of the installation. */
export function ownEntities(): ConfigInput['legalEntities'] {
  return Array.from({ length: Math.ceil(OWN / EJ_EVERY) }, (_, group) => ({
    finess: ejOf(group * EJ_EVERY),
    name: `Groupement fictif ${group + 1}`,
    documentRoot: `1.2.3.4.567.8.9.${20 + group}`,
    geographicEntities: Array.from({ length: Math.min(EJ_EVERY, OWN - group * EJ_EVERY) }, (_unused, place) => ({
      finess: egOf(group * EJ_EVERY + place),
      name: `Établissement fictif ${group * EJ_EVERY + place + 1}`,
      sector: 'SA01',
    })),
  }));
}

/** Pushed months of everybody else, each establishment leaving INS-C or NIR for the qualified INS at a time of its own. */
export async function fillMonths(pool: Pool, size: RegionSize, present: string, at: Date): Promise<number> {
  const months = monthsBetween(monthAfter(present, 1 - size.months), present);
  const others = Array.from({ length: size.establishments - OWN }, (_, index) => index + OWN);
  await nameEstablishments(
    pool,
    others.map((n) => ({
      eg: egOf(n),
      ej: ejOf(n),
      name: `Établissement fictif ${n + 1}`,
      legalName: `Groupement fictif ${Math.floor(n / EJ_EVERY) + 1}`,
    })),
    at,
  );
  const figures = others.flatMap((n) => months.map((month, place) => figureOf(n, month, place, size.months)));
  for (let start = 0; start < figures.length; start += BATCH)
    await transaction(pool, (tx) =>
      putFigures(tx, figures.slice(start, start + BATCH), { origin: 'pushed', source: 'bench', at }),
    );
  return figures.length;
}

function figureOf(n: number, month: string, place: number, months: number): Figure {
  const leaves = (n * 7) % (months + 4);
  const identityKind: IdentityKind = place >= leaves ? 'INS' : n % 8 === 0 ? 'INS-C' : 'NIR';
  const added = 200 + ((n * 37 + place * 11) % 900);
  const product = SEED[n % SEED.length]?.key ?? '';
  return {
    eg: egOf(n),
    ej: ejOf(n),
    month,
    added,
    addedIns: identityKind === 'INS' ? added : 0,
    addedNir: identityKind === 'NIR' ? added : 0,
    addedInsC: identityKind === 'INS-C' ? added : 0,
    replaced: added % 13,
    deleted: added % 3,
    received: added + 40,
    refused: added % 17,
    waiting: added % 29,
    identityKind,
    activeIdentities: 4_000 + n,
    qualifiedIdentities: 2_000 + place * 40,
    steps: Math.min(5, Math.floor((6 * place) / months)),
    lastFedOn: `${month}-20`,
    products: identityKind === 'INS' ? [] : [{ key: product }],
    blocks: [
      { rule: 'TDU-FEED-001', documents: added % 23 },
      { rule: 'TDU-FEED-002', documents: added % 7 },
    ],
  };
}

/** Ledger lines spread over all the months, sealed as a running gateway seals them. */
export async function fillLedger(pool: Pool, { documents, months }: RegionSize, present: string): Promise<void> {
  await pool.query(
    `with message as (insert into inbound_message (received_at, transport, peer, sender, control_id, digest, kind, body, state)
       values (now(), 'http', '', 'REST|', $1, '', 'MDM', '', 'processed') returning id),
     made as (insert into document (id, message_id, received_at, eg, ej, sender, control_id, kind, action, mime_type, ipp,
         ipp_domain, unique_id, type_code, title, notice, state, updated_at)
       select gen_random_uuid(), message.id, $3::date + ($4 * n / $2) * interval '1 day', '99' || (1000000 + n % ${OWN}), '992000000',
         'REST|', '', 'raw', 'create', 'text/plain', 'P', '1.2.3', '1.2.' || n, '11490-0', '', '{}', 'accepted', now()
       from message, generate_series(1, $2::int) n returning id, eg, ej, received_at, unique_id)
     insert into ledger (at, ej, eg, document_id, destination, unique_id, type_code, submission_unique_id, document_sha1, oid)
     select received_at, ej, eg, id, 'DMP', unique_id, '11490-0', unique_id, '', '1.2.250.1.213.1.4.10' from made`,
    [randomUUID(), documents, `${monthAfter(present, 1 - months)}-01`, (months - 1) * 30],
  );
  while ((await sealChain(pool, 'ledger', 10_000)) > 0);
  await pool.query('analyze');
}
