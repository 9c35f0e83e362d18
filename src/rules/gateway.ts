import type { Rule } from './rule.ts';

/** Rules `TDU-SYS-nnn`: what the gateway itself cannot do at the moment. */
export const gatewayRules = {
  storageUnavailable: {
    id: 'TDU-SYS-001',
    title: 'Enregistrement momentanément impossible',
    cause: "La passerelle n'a pas pu écrire durablement le message : base de données arrêtée ou disque plein.",
    owner: 'exploitation',
    remedy:
      "Vérifier la base de données et l'espace disque ; l'émetteur renvoie le message, rien n'a été pris en compte.",
    retry: 'automatic',
    safeToResend: true,
    http: 503,
    hl7: { ack: 'AE', err3: '207' },
  },
  unexpected: {
    id: 'TDU-SYS-002',
    title: 'Erreur interne de la passerelle',
    cause: 'Le traitement a rencontré une situation non prévue ; le message reçu est conservé.',
    owner: 'exploitation',
    remedy: "Transmettre l'identifiant de l'événement à l'équipe Trait d'Union ; le traitement sera repris.",
    retry: 'automatic',
    safeToResend: true,
    http: 500,
    hl7: { ack: 'AE', err3: '207' },
  },
  senderUnknown: {
    id: 'TDU-SYS-003',
    title: 'Application émettrice non déclarée',
    cause: "Le couple application et établissement émetteurs (MSH-3, MSH-4) n'est pas déclaré dans cette installation.",
    owner: 'interopérabilité',
    remedy: "Déclarer l'application dans la configuration (sources), puis renvoyer le message.",
    retry: 'after-correction',
    safeToResend: true,
    http: 403,
    hl7: { ack: 'AR', err3: '207' },
  },
  senderCertificate: {
    id: 'TDU-SYS-004',
    title: "Certificat différent de celui de l'application",
    cause: "Le certificat présenté n'est pas celui déclaré pour cette application émettrice.",
    owner: 'interopérabilité',
    remedy: "Installer sur l'émetteur le certificat déclaré, ou corriger la déclaration (certificateName).",
    retry: 'after-correction',
    safeToResend: true,
    http: 403,
    hl7: { ack: 'AR', err3: '207' },
  },
} satisfies Record<string, Rule>;
