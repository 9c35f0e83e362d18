/** Reads the small repeated shapes of a CDA header (identifiers, codes, names, organisations) from libxml2 nodes. */
import type { XmlElement } from '../xml/xml.ts';
import { children } from '../xml/xml.ts';
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

interface Child {
  readonly node: XmlElement;
  readonly name: string;
  readonly namespace: string;
}

/** Each look at a node is a call into libxml2 that copies text: the children of a node are looked at once. */
const looked = new WeakMap<XmlElement, readonly Child[]>();

function childrenOf(parent: XmlElement): readonly Child[] {
  const known = looked.get(parent);
  if (known !== undefined) return known;
  const found = children(parent).map((node) => ({ node, name: node.name, namespace: node.namespaceUri }));
  looked.set(parent, found);
  return found;
}

export function childrenNamed(parent: XmlElement | undefined, name: string, namespace = HL7_NAMESPACE): XmlElement[] {
  if (parent === undefined) return [];
  return childrenOf(parent).flatMap((child) =>
    child.name === name && child.namespace === namespace ? [child.node] : [],
  );
}

/** First element at the end of a path of child names. */
export function descend(from: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((node, name) => childrenNamed(node, name)[0], from);
}

/** Value of an attribute without namespace; undefined when absent or blank. */
export function attribute(node: XmlElement | undefined, name: string): string | undefined {
  const value = node?.attr(name)?.value.trim();
  return value === '' ? undefined : value;
}

/** Text of an element, white space collapsed; undefined when absent, blank or marked with a nullFlavor. */
export function textOf(node: XmlElement | undefined): string | undefined {
  if (node === undefined || attribute(node, 'nullFlavor') !== undefined) return undefined;
  const value = node.content.replace(/\s+/g, ' ').trim();
  return value === '' ? undefined : value;
}

/** `@value` of a time stamp or integer; undefined when marked with a nullFlavor. */
export function valueAttribute(node: XmlElement | undefined): string | undefined {
  return attribute(node, 'nullFlavor') === undefined ? attribute(node, 'value') : undefined;
}

export function instanceId(node: XmlElement): InstanceId {
  return {
    root: attribute(node, 'root'),
    extension: attribute(node, 'extension'),
    nullFlavor: attribute(node, 'nullFlavor'),
  };
}

export function firstId(parent: XmlElement | undefined, name = 'id'): InstanceId | undefined {
  return idsOf(parent, name)[0];
}

export function idsOf(parent: XmlElement | undefined, name = 'id'): InstanceId[] {
  return childrenNamed(parent, name).map(instanceId);
}

export function codeOf(parent: XmlElement | undefined, name = 'code'): CodeValue | undefined {
  const node = childrenNamed(parent, name)[0];
  if (node === undefined) return undefined;
  return {
    code: attribute(node, 'code'),
    codeSystem: attribute(node, 'codeSystem'),
    displayName: attribute(node, 'displayName'),
    nullFlavor: attribute(node, 'nullFlavor'),
  };
}

export function namesOf(parent: XmlElement | undefined, name: 'family' | 'given'): QualifiedName[] {
  return childrenNamed(parent, name).flatMap((node) => {
    const value = textOf(node);
    return value === undefined ? [] : [{ qualifier: attribute(node, 'qualifier'), value }];
  });
}

export function organizationOf(node: XmlElement | undefined): Organization | undefined {
  if (node === undefined) return undefined;
  return {
    id: firstId(node),
    name: textOf(descend(node, 'name')),
    industry: codeOf(node, 'standardIndustryClassCode'),
  };
}

export function periodOf(node: XmlElement | undefined): Period | undefined {
  if (node === undefined) return undefined;
  return {
    low: valueAttribute(descend(node, 'low')) ?? valueAttribute(node),
    high: valueAttribute(descend(node, 'high')),
  };
}
