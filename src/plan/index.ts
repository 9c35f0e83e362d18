/** The plan of the transition, as the other use cases and what stands on top may use it. */
export type { Check, Evidence, StepNumber, Verdict } from './check.ts';
export { startPlanClock } from './clock.ts';
export { planCsv, verdictText } from './csv.ts';
export { DECLARED, DECLARED_ITEMS, DECLARED_STATES, type Declaration } from './declared.ts';
export type { Forecast } from './forecast.ts';
export { declarationHistory, declare, setAim } from './manage.ts';
export { type Block, type FigureForecast, type Plan, planOf, stepsReached, unitDaysOf } from './plan.ts';
export { type AnswerKind, type Question, questionsOf } from './questions.ts';
export {
  type Constraint,
  publishedReferences,
  publishReference,
  type ReferenceInForce,
  referenceInForce,
} from './reference.ts';
export type { Step } from './steps.ts';
