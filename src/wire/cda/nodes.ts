/** Reads the small repeated shapes of a CDA header (identifiers, codes, names, organisations) from its elements. */
import { type CanonicalElement, contentOf } from '../xml/canonical-tree.ts';
import { HL7_NAMESPACE } from './oids.ts';

/** An HL7 instance identifier, as received. */
export interface InstanceId {
  readonly root: string | undefined;
  readonly extension: string | undefined;
  readonly nullFlavor: string | undefined;
}

/** A coded element, as received. */
export interface CodeValue {
  readonly code: string | undefined;
  readonly codeSystem: string | undefined;
  readonly displayName: string | undefined;
  readonly nullFlavor: string | undefined;
}

export interface QualifiedName {
  /** BR, CL …; undefined for the plain list of given names. */
  readonly qualifier: string | undefined;
  readonly value: string;
}

export interface Organization {
  readonly id: InstanceId | undefined;
  readonly name: string | undefined;
  /** standardIndustryClassCode: the practice setting. */
  readonly industry: CodeValue | undefined;
}

/** Low and high of an IVL_TS, as received; `low` also holds the plain `@value` form. */
export interface Period {
  readonly low: string | undefined;
  readonly high: string | undefined;
}

export function childrenNamed(
  parent: CanonicalElement | undefined,
  name: string,
  namespace = HL7_NAMESPACE,
): CanonicalElement[] {
  return parent?.children.filter((child) => child.name === name && child.namespace === namespace) ?? [];
}

/** First element at the end of a path of child names. */
export function descend(from: CanonicalElement | undefined, ...path: readonly string[]): CanonicalElement | undefined {
  return path.reduce<CanonicalElement | undefined>((node, name) => childrenNamed(node, name)[0], from);
}

/** Value of an attribute without namespace; undefined when absent or blank. */
export function attribute(node: CanonicalElement | undefined, name: string): string | undefined {
  const value = node?.attributes.get(name)?.trim();
  return value === '' ? undefined : value;
}

/** Text of an element, white space collapsed; undefined when absent, blank or marked with a nullFlavor. */
export function textOf(node: CanonicalElement | undefined): string | undefined {
  if (node === undefined || attribute(node, 'nullFlavor') !== undefined) return undefined;
  const value = contentOf(node).replace(/\s+/g, ' ').trim();
  return value === '' ? undefined : value;
}

/** `@value` of a time stamp or integer; undefined when marked with a nullFlavor. */
export function valueAttribute(node: CanonicalElement | undefined): string | undefined {
  return attribute(node, 'nullFlavor') === undefined ? attribute(node, 'value') : undefined;
}

export function instanceId(node: CanonicalElement): InstanceId {
  return {
    root: attribute(node, 'root'),
    extension: attribute(node, 'extension'),
    nullFlavor: attribute(node, 'nullFlavor'),
  };
}

export function firstId(parent: CanonicalElement | undefined, name = 'id'): InstanceId | undefined {
  return idsOf(parent, name)[0];
}

export function idsOf(parent: CanonicalElement | undefined, name = 'id'): InstanceId[] {
  return childrenNamed(parent, name).map(instanceId);
}

export function codeOf(parent: CanonicalElement | undefined, name = 'code'): CodeValue | undefined {
  const node = childrenNamed(parent, name)[0];
  if (node === undefined) return undefined;
  return {
    code: attribute(node, 'code'),
    codeSystem: attribute(node, 'codeSystem'),
    displayName: attribute(node, 'displayName'),
    nullFlavor: attribute(node, 'nullFlavor'),
  };
}

export function namesOf(parent: CanonicalElement | undefined, name: 'family' | 'given'): QualifiedName[] {
  return childrenNamed(parent, name).flatMap((node) => {
    const value = textOf(node);
    return value === undefined ? [] : [{ qualifier: attribute(node, 'qualifier'), value }];
  });
}

export function organizationOf(node: CanonicalElement | undefined): Organization | undefined {
  if (node === undefined) return undefined;
  return {
    id: firstId(node),
    name: textOf(descend(node, 'name')),
    industry: codeOf(node, 'standardIndustryClassCode'),
  };
}

export function periodOf(node: CanonicalElement | undefined): Period | undefined {
  if (node === undefined) return undefined;
  return {
    low: valueAttribute(descend(node, 'low')) ?? valueAttribute(node),
    high: valueAttribute(descend(node, 'high')),
  };
}
