/** Who may do what. Authorisation is this table; tests walk it whole: every endpoint × role × establishment. */

export type Role =
  | 'admissions'
  | 'identitovigilance'
  | 'interop'
  | 'administrator'
  | 'regional'
  | 'auditor'
  /** A health professional, who reads. */
  | 'professional';
export const ROLES: readonly Role[] = [
  'admissions',
  'identitovigilance',
  'interop',
  'administrator',
  'regional',
  'auditor',
  'professional',
];

/** Role names as the console shows them. */
export const ROLE_LABELS: Readonly<Record<Role, string>> = {
  admissions: 'Bureau des entrées',
  identitovigilance: 'Identitovigilance',
  interop: 'Interopérabilité',
  administrator: 'Administration',
  regional: 'Région (comptages seuls)',
  auditor: 'Audit',
  professional: 'Professionnel de santé',
};

/** Whoever calls: a machine token or a person of the console. */
export interface Actor {
  /** `token:NAME` or `user:LOGIN`. */
  readonly name: string;
  readonly role: Role;
  /** The one EG that this actor sees; null for all of the installation. */
  readonly eg: string | null;
  /** The one sender (`MSH-3|MSH-4`) whose documents it sees, on the routes open to senders; the token of an application. */
  readonly sender?: string;
  /** Set for another installation that signs with the key of this name, on the routes open to it. */
  readonly installation?: string;
}

/** What an actor can be allowed to do; endpoints and console pages name one each. */
export type Permission =
  | 'documents.read'
  | 'documents.open'
  | 'documents.submit'
  | 'documents.act'
  | 'documents.bulk'
  | 'documents.delete'
  | 'messages.read'
  | 'patients.read'
  | 'patients.write'
  | 'patients.qualify'
  | 'patients.takeover'
  | 'patients.settle'
  | 'events.report'
  | 'events.settle'
  | 'recalls.read'
  | 'recalls.prepare'
  | 'recalls.approve'
  /** Patients by whole files: taken in. */
  | 'patients.import'
  /** Patients by whole files: given out. */
  | 'patients.export'
  /** Same, with the matricule of qualified identities. */
  | 'patients.export-ins'
  | 'flows.read'
  /** Products to migrate: a region edits them. */
  | 'catalogue.read'
  | 'catalogue.write'
  /** A flow forward or back between its lanes. */
  | 'lanes.move'
  /** Files that say what is installed where, and what vendors maintain. */
  | 'inventory.import'
  /** Same, in spite of what stands against it. */
  | 'lanes.override'
  | 'mappings.read'
  | 'mappings.write'
  | 'diffusion.read'
  | 'diffusion.act'
  | 'diffusion.operate'
  | 'indicators.read'
  | 'establishments.read'
  | 'audit.read'
  | 'alerts.read'
  /** Mail received by MSSanté: that it is there, and what becomes of it. */
  | 'mails.read'
  | 'mails.act'
  /** Rule packs: what is in service, what a rehearsal found. */
  | 'conformance.read'
  | 'conformance.operate'
  /** Template audits: what was found on printed documents. */
  | 'templates.read'
  | 'templates.audit'
  | 'documents.hold'
  /** Reading the DMP; the session must also be that of a professional whom a provider authenticated. */
  | 'dmp.read'
  /** Who is let in by OpenID Connect. */
  | 'access.manage'
  /** Lists of what must and what can be fed. */
  | 'policy.read'
  | 'policy.write'
  /** Bounded in time; it resumes alone. */
  | 'documents.suspend'
  /** The file that is given to those who support the software and the national services: no trait of a patient in it. */
  | 'documents.incident'
  /** Proof of feed: counts only; each line and the signed export. */
  | 'proof.read'
  /** The plan of the transition: steps, evidence, what is declared. */
  | 'plan.read'
  | 'plan.write'
  /** The region: counts by establishment and month. */
  | 'region.read'
  /** Figures imported, installations registered, thresholds set. */
  | 'region.write'
  /** Counts pushed by another installation, known by its key: no person and no token has it. */
  | 'region.push'
  | 'proof.export'
  /** Windows and thresholds of the funding programmes. */
  | 'proof.write'
  | 'installation.operate';

const everyone = ROLES;
const staff: readonly Role[] = ['admissions', 'identitovigilance', 'interop', 'administrator'];

export const PERMISSIONS: Readonly<Record<Permission, readonly Role[]>> = {
  'documents.read': [...staff, 'auditor', 'professional'],
  // Practice 24: content opens for a stated reason, never for admissions, region or audit.
  'documents.open': ['identitovigilance', 'interop', 'administrator', 'professional'],
  'documents.submit': ['interop', 'administrator'],
  'documents.act': ['interop', 'administrator'],
  'documents.bulk': ['interop', 'administrator'],
  // Taking a document out of the DMP is an act of its own: a site may want fewer people for it.
  'documents.delete': ['interop', 'administrator'],
  'messages.read': ['interop', 'administrator'],
  'patients.read': [...staff, 'auditor', 'professional'],
  'patients.write': ['admissions', 'identitovigilance', 'administrator'],
  'patients.qualify': ['admissions', 'identitovigilance', 'administrator'],
  // Unlocking traits, lifting a doubt, settling a discrepancy: the cell, not the desk that meets the patient.
  'patients.settle': ['identitovigilance', 'administrator'],
  // Whoever finds an adverse event records it; the cell settles it.
  'events.report': staff,
  'events.settle': ['identitovigilance', 'administrator'],
  // Practice 23: one person prepares what a wrong INS calls for, another one approves it.
  'recalls.read': ['identitovigilance', 'administrator', 'auditor'],
  'recalls.prepare': ['identitovigilance', 'administrator'],
  'recalls.approve': ['identitovigilance', 'administrator'],
  // A whole base at once, with what an older software knew of it.
  'patients.takeover': ['identitovigilance', 'administrator'],
  'patients.import': ['identitovigilance', 'administrator'],
  'patients.export': ['identitovigilance', 'interop', 'administrator'],
  'patients.export-ins': ['identitovigilance', 'administrator'],
  'mappings.read': [...staff, 'auditor'],
  'mappings.write': ['interop', 'administrator'],
  'flows.read': ['interop', 'administrator', 'regional', 'auditor'],
  'catalogue.read': ['interop', 'administrator', 'regional', 'auditor'],
  'catalogue.write': ['administrator', 'regional'],
  'lanes.move': ['interop', 'administrator'],
  'inventory.import': ['interop', 'administrator', 'regional'],
  // Whoever answers for the installation.
  'lanes.override': ['administrator'],
  'diffusion.read': ['identitovigilance', 'interop', 'administrator', 'auditor'],
  // What a subscriber refused: the identity may be what has to be corrected.
  'diffusion.act': ['identitovigilance', 'interop', 'administrator'],
  'diffusion.operate': ['interop', 'administrator'],
  'indicators.read': everyone,
  'establishments.read': everyone,
  'audit.read': ['administrator', 'auditor'],
  'mails.read': [...staff, 'auditor'],
  // Whoever decides reads the content first (practice 24).
  'mails.act': ['identitovigilance', 'interop', 'administrator'],
  'conformance.read': ['interop', 'administrator', 'auditor'],
  'conformance.operate': ['interop', 'administrator'],
  'templates.read': ['identitovigilance', 'interop', 'administrator'],
  'templates.audit': ['interop', 'administrator'],
  'alerts.read': ['identitovigilance', 'interop', 'administrator', 'auditor'],
  // Whoever answers for the installation, not whoever works on the document.
  'documents.hold': ['administrator'],
  // Practice 24 and dmp.md 1.6: only a health professional reads the DMP.
  'dmp.read': ['professional'],
  'access.manage': ['administrator'],
  'policy.read': [...staff, 'regional', 'auditor'],
  // Practice 11: edited by the site, or by the region for its sites.
  'policy.write': ['interop', 'administrator', 'regional'],
  // A professional must be able to hold a sending back: whoever meets one may do it for them.
  'documents.suspend': staff,
  'documents.incident': ['interop', 'administrator'],
  'proof.read': ['interop', 'administrator', 'regional', 'auditor'],
  'plan.read': [...staff, 'regional', 'auditor'],
  'plan.write': ['identitovigilance', 'interop', 'administrator'],
  'region.read': ['interop', 'administrator', 'regional', 'auditor'],
  'region.write': ['administrator', 'regional'],
  'region.push': [],
  'proof.export': ['interop', 'administrator', 'auditor'],
  // A threshold is money: whoever answers for the installation enters it.
  'proof.write': ['administrator'],
  'installation.operate': ['administrator'],
};

export function may(actor: Actor, permission: Permission): boolean {
  return PERMISSIONS[permission].includes(actor.role);
}

/** The same person or token, as the identity use cases know an editor. */
export function editorOf(actor: Actor): { readonly name: string; readonly settles: boolean } {
  return { name: actor.name, settles: may(actor, 'patients.settle') };
}

/** An actor bound to one establishment sees nothing of another. */
export function sees(actor: Actor, eg: string): boolean {
  return actor.eg === null || actor.eg === eg;
}

/** A document that this actor may see: of its establishment, and its own when it is a sender. */
export function seesDocument(actor: Actor, document: { readonly eg: string; readonly sender: string }): boolean {
  return sees(actor, document.eg) && (actor.sender === undefined || actor.sender === document.sender);
}
