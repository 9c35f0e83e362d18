/** The region, as what stands on top may use it. */
export { startRegionClock } from './clock.ts';
export { figuresCsv, ORIGIN_LABELS, standingsCsv } from './csv.ts';
export { IMPORT_COLUMNS, importFigures, MOST_IMPORT_BYTES, type ReadFigures, readFigures } from './import.ts';
export { isMonth, monthAfter, monthOf, monthsBetween } from './month.ts';
export {
  filterStandings,
  monthsOfRegion,
  productsToMigrate,
  type Standing,
  standings,
  threeYears,
} from './overview.ts';
export { countOwn } from './own.ts';
export { COUNTS_TYPE, EXPECTED, MOST_PUSH_BYTES, type SignedHeaders, signedHeaders } from './push-text.ts';
export { pushingInstallation, receivePush, registerInstallation, revoke } from './receive-push.ts';
export { isRiskKind, RISK_KINDS, RISK_RULES, type RiskSettings, riskRulesInForce, setRiskRule } from './risks.ts';
