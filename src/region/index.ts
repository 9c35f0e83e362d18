/** The region, as what stands on top may use it. */
export { startRegionClock } from './clock.ts';
export { figuresCsv, ORIGIN_LABELS, standingsCsv } from './csv.ts';
export { importFigures, MOST_IMPORT_BYTES } from './import.ts';
export { isMonth, monthAfter, monthOf } from './month.ts';
export {
  filterStandings,
  monthsOfRegion,
  productsToMigrate,
  type Standing,
  type StandingFilter,
  standings,
  threeYears,
} from './overview.ts';
export { COUNTS_TYPE, EXPECTED, MOST_PUSH_BYTES, signedHeaders } from './push-text.ts';
export { IMPORT_COLUMNS } from './read-figures.ts';
export { pushingInstallation, receivePush, registerInstallation, revoke } from './receive-push.ts';
export { isRiskKind, RISK_KINDS, RISK_RULES, type RiskSettings, riskRulesInForce, setRiskRule } from './risks.ts';
