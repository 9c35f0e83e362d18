/** The SOAP faults of the teleservice that are known (ins.md 4.7), and nothing else. */

export type FaultCode = 'insi_102' | 'desir_1020' | 'desir_550' | 'desir_560';

export interface FaultDefinition {
  readonly subcode: string;
  readonly role: 'Sender' | 'Receiver';
  /** `fatal` is what the service really sends; its schema says `fatale`. */
  readonly severity: string;
  /** Faults of the gateway in front (desir) speak French and echo the MessageID; those of the service do neither. */
  readonly gateway: boolean;
  /** For the user. */
  readonly reason: string;
  /** For the technician. */
  readonly detail: string;
}

const UNREACHABLE =
  "Le service est temporairement inaccessible. Renouvelez la demande plus tard ; si le problème persiste, contactez l'éditeur du logiciel ou le responsable informatique.";
const NOT_ALLOWED =
  "Ce logiciel n'est pas autorisé à accéder au service. Contactez l'éditeur du logiciel ou le responsable informatique.";

export const FAULTS: Readonly<Record<FaultCode, FaultDefinition>> = {
  insi_102: {
    subcode: 'siram_40',
    role: 'Receiver',
    severity: 'fatal',
    gateway: false,
    reason: UNREACHABLE,
    detail: "La recherche par traits d'identité a renvoyé une erreur technique.",
  },
  desir_1020: {
    subcode: 'siram_40',
    role: 'Sender',
    severity: 'fatale',
    gateway: true,
    reason: UNREACHABLE,
    detail: 'Le service appelé est temporairement indisponible.',
  },
  desir_550: {
    subcode: 'siram_100',
    role: 'Sender',
    severity: 'erreur',
    gateway: true,
    reason: NOT_ALLOWED,
    detail: "Numéro d'autorisation du logiciel inconnu.",
  },
  // Its subcode, role and severity are not published: those of desir_550, the other refusal of rights, stand in.
  desir_560: {
    subcode: 'siram_100',
    role: 'Sender',
    severity: 'erreur',
    gateway: true,
    reason: "Vous n'avez pas les droits suffisants pour accéder à ce service.",
    detail: "Niveau d'accès insuffisant : le certificat doit porter le CN INSI-AUTO ou INSI-MANU.",
  },
};
