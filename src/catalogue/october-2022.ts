/**
 * Products to migrate, as Île-de-France counted them in October 2022. Names and versions exactly as the region wrote them.
 * What the source does not say is not here: contact, compatible version and its link are the region's to fill.
 */
import type { SeedProduct } from './product.ts';

/** The source names the month. */
export const SEED_DATE = '2022-10';
export const SEED_SOURCE = "Île-de-France, produits à migrer, état d'octobre 2022";

/** API V1, with INS-C: to be replaced. */
const TO_REPLACE: readonly SeedProduct[] = [
  { key: 'dmpconnect-1', api: 'V1', name: 'DMPCONNECT', version: '1' },
  { key: 'hopital-manager-1-17', api: 'V1', name: 'HOPITAL MANAGER', version: '1.17' },
  { key: 'dxcare-7-7-7', api: 'V1', name: 'DXCARE', version: '7.7.7' },
  { key: 'efficience-windows-1', api: 'V1', name: 'EFFICIENCE WINDOWS', version: '1' },
  { key: 'mckesson-entrepot-dmp-7', api: 'V1', name: 'MCKESSON ENTREPOT DMP', version: '7' },
  { key: 'jeebop-sante-4-7', api: 'V1', name: 'JEEBOP SANTE', version: '4.7' },
  { key: 'cloverleaf-6', api: 'V1', name: 'CLOVERLEAF', version: '6' },
  { key: 'loghos-first-7-1', api: 'V1', name: 'LOGHOS FIRST', version: '7.1' },
  // A sender that writes the sign out is the same product.
  { key: 'middlecare-5-2-6-0', api: 'V1', name: 'MIDDLEC@RE', version: '5.2.6.0', aliases: ['MIDDLECARE'] },
];

/** API V2 with the NIR that TD0.0 gave: to be moved to V2 with a qualified INS. */
const TO_MOVE: readonly SeedProduct[] = [
  { key: 'netsoins-dmp-1-2', api: 'V2', name: 'NETSOINS DMP', version: '1.2' },
  { key: 'lifen-dmp-1-0', api: 'V2', name: 'LIFEN DMP', version: '1.0' },
  { key: 'osiris-3-4', api: 'V2', name: 'OSIRIS', version: '3.4' },
  { key: 'dopatient-2-1706', api: 'V2', name: 'DOPATIENT', version: '2.1706' },
  { key: 'cortexte-v7-web-2-6-02', api: 'V2', name: 'CORTEXTE V7 WEB', version: '2.6.02' },
  { key: 'anthadine-net-1-84-13', api: 'V2', name: 'ANTHADINE.NET', version: '1.84.13' },
  { key: 'antares-dmp-2-0', api: 'V2', name: 'ANTARES-DMP', version: '2.0' },
  { key: 'antares-dmp-2-47', api: 'V2', name: 'ANTARES-DMP', version: '2.47' },
  { key: 'ox-mediboard-0-5-18-10', api: 'V2', name: 'OX MEDIBOARD', version: '0.5.18.10' },
  { key: 'sillage-19', api: 'V2', name: 'SILLAGE', version: '19' },
  { key: 'efficience-web-2', api: 'V2', name: 'EFFICIENCE WEB', version: '2' },
];

export const SEED: readonly SeedProduct[] = [...TO_REPLACE, ...TO_MOVE];
