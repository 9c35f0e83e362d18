/** Traffic of a transition: old connectors, an application of the house, a stranger; an inventory and what a vendor declares. */
import assert from 'node:assert/strict';
import { importInventory } from '../observatory/index.ts';
import { seeTraffic } from '../observatory/observatory.fixture.ts';
import type { UseCaseContext } from '../queue/context.ts';
import { legacyRules } from '../rules/legacy.ts';

const MONTH_MS = 30 * 86_400_000;

export async function seedTraffic(gateway: UseCaseContext, eg: { own: string; other: string }): Promise<void> {
  const before = new Date(gateway.now().getTime() - MONTH_MS);
  const v1 = { eg: eg.own, api: 'V1', transaction: 'TD2.1', identityKind: 'INS-C', protocolVersion: '2.0' } as const;
  const dxcare = { ...v1, application: 'DPI', product: 'DXCARE', productVersion: '7.7.7', certificate: 'dpi.ch' };
  const v2 = { eg: eg.other, api: 'V2', application: 'LABO', product: 'Antares-DMP', productVersion: '2.47' } as const;
  const nir = { ...v2, identityKind: 'NIR', basis: 'inferred' } as const;
  await seeTraffic(
    gateway,
    { ...dxcare, homologation: 'HOMOLOGATION-ESSAI', at: before },
    { ...dxcare, homologation: 'HOMOLOGATION-ESSAI' },
    { ...nir, transaction: 'TD2.1' },
    {
      ...nir,
      transaction: 'TD0.0',
      identityKind: 'none',
      outcome: 'refused',
      ruleId: legacyRules.certifiedIdentityRefused.id,
    },
    { eg: eg.own, application: '<b>GAM</b>', facility: 'CH&1', product: 'Admissions', productVersion: '12.1' },
    { application: 'INCONNUE', outcome: 'refused', ruleId: 'TDU-SYS-001', identityKind: 'none' },
  );
  await given(
    gateway,
    'installed',
    `finess;produit;version\r\n${eg.own};DXCARE;8.0\r\n${eg.other};RADIO PLUS;3\r\nx;y;z\r\n`,
  );
  await given(
    gateway,
    'versions',
    'produit;version;fin_maintenance;version_compatible\r\nAdmissions;12;30/06/2026;14\r\n',
  );
}

async function given(gateway: UseCaseContext, kind: 'installed' | 'versions', text: string): Promise<void> {
  const file = await importInventory(gateway, { kind, name: `${kind}.csv`, bytes: Buffer.from(text) }, 'user:essai');
  assert.ok(file.ok);
}
