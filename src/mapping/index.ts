/** The mapping tables, as the other use cases may use them. */
export {
  type CheckedMapping,
  checkMapping,
  type MappingActor,
  removeMapping,
  sameTarget,
  saveMapping,
  saveMappings,
  type TypedMapping,
} from './desk.ts';
export { mappingTaskHandler } from './release.ts';
export { missingReason, type Resolution, resolveLocalValues } from './resolve.ts';
export { parseScope, type Scope, scopeIsEditable, scopeIsVisible, scopeOfSender, scopeText } from './scopes.ts';
export { suggestTypes } from './suggest.ts';
export { NEVER_FED } from './targets.ts';
export { adoptMappings, awaitMappings, recordMappings } from './waiting.ts';
