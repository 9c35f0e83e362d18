/** Writes docs/fr/regles.md, the rule catalogue that a hospital reads, from the rules themselves. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allRules } from '../src/rules/catalogue.ts';
import type { RetryClass, Rule } from '../src/rules/rule.ts';

/** From the root of the tree. */
export const RULES_DOC = 'docs/fr/regles.md';

/** Families of rule ids, `TDU-<family>-nnn`, in the order of the page. */
const FAMILIES: Readonly<Record<string, string>> = {
  HL7: 'Messages HL7 v2',
  ID: 'Identité du patient',
  INSI: 'Téléservice INSi',
  DIF: 'Diffusion des identités et reprise d’un référentiel',
  DOC: 'Documents : CDA, PDF, DataMatrix',
  MOD: 'Audit des modèles : DataMatrix imprimé',
  PRF: 'Preuve d’alimentation',
  PDFA: 'PDF/A et conversion',
  COH: 'Cohérence avant l’envoi',
  XDM: 'Archives IHE XDM',
  CONF: 'Paquets de règles : schéma XML et schématrons',
  FEED: 'Attente et envoi des documents',
  POL: 'Politique documentaire : ce qui part, pour qui, et qui le voit',
  LAN: 'Voies des flux : de l’API V1 à l’API V2',
  LEG: 'Anciens connecteurs : API V1, et API V2 par TD0.0',
  VER: 'Remplacement et suppression',
  RCL: 'Rappel après une erreur d’identité',
  OBS: 'Observatoire, inventaire et catalogue des produits à migrer',
  MAP: 'Correspondances des codes locaux',
  DMP: 'Réponses du DMP',
  MSS: 'Messagerie sécurisée de santé (MSSanté)',
  BULK: 'Opérations en masse',
  FHIR: 'Interface FHIR',
  POR: 'Dossiers surveillés et PDF imprimés',
  PLN: 'Plan de transition',
  LEC: 'Consultation du DMP et affichage des documents',
  PSC: 'Connexion par Pro Santé Connect',
  API: "Appels à l'API et connexion à la console",
  SYS: 'Passerelle',
  REG: 'Région : comptages transmis, imports, vigilance',
  ALR: 'Alertes',
  RET: 'Conservation et purge',
};

const RETRIES: Readonly<Record<RetryClass, string>> = {
  automatic: 'reprise automatique',
  'after-correction': 'après correction',
  never: 'définitif',
};

const INTRODUCTION = `# Catalogue des règles

<!-- Page produite par tools/rules-doc.ts à partir de src/rules : ne pas la modifier à la main. -->

Tout ce que la passerelle refuse, retient ou signale porte un identifiant de cette page. La console, l'API et l'acquittement
HL7 (ACK) donnent le même identifiant et les mêmes textes ; l'acquittement métier (ZAM) aussi, sauf pour un refus du DMP, dont
il rend le code et le libellé tels quels.

- **Suite** : « reprise automatique », la passerelle réessaie ou libère seule ; « après correction », quelqu'un corrige puis
  renvoie ; « définitif », rien ne sera envoyé en l'état.
- **Renvoi sans risque** : renvoyer la même chose ne peut pas créer de doublon.
- **Codes** : le statut HTTP de l'API ; dans un ACK, MSA-1, ERR-3 (table 0357) et, quand il existe, le code de la table 0533 en
  ERR-5, suivi de l'identifiant de la règle. Une règle sans code propre est rendue par AE et 207 ; TDU-HL7-001 et 003 ne le sont
  jamais, faute d'en-tête à qui répondre.
- **Source** : l'exigence ou la page de spécification du projet dont la règle découle.
`;

/** The whole page, Markdown. Throws when a rule belongs to a family that this page does not know. */
export function renderRules(rules: readonly Rule[]): string {
  const orphan = rules.find(({ id }) => FAMILIES[familyOf(id)] === undefined);
  if (orphan !== undefined) throw new Error(`${orphan.id} belongs to no family of tools/rules-doc.ts`);
  const sections = Object.entries(FAMILIES).map(([family, title]) => {
    const own = rules.filter(({ id }) => familyOf(id) === family).sort((a, b) => (a.id < b.id ? -1 : 1));
    return `## ${title}\n\n${own.map(entry).join('\n')}`;
  });
  return [INTRODUCTION, ...sections].join('\n');
}

function familyOf(id: string): string {
  return id.split('-')[1] ?? '';
}

function entry({ id, title, cause, owner, remedy, retry, safeToResend, http, hl7, source }: Rule): string {
  const ack = hl7 === undefined ? [] : [`MSA-1 ${hl7.ack}`, `ERR-3 ${hl7.err3}`];
  const codes = [`HTTP ${http}`, ...ack, ...(hl7?.err5 === undefined ? [] : [`ERR-5 ${hl7.err5}`])];
  const lines = [
    `### ${id} : ${plain(title).replace(/\.$/, '')}`,
    '',
    plain(cause),
    '',
    `- **Qui agit** : ${owner}`,
    `- **Comment corriger** : ${plain(remedy)}`,
    `- **Suite** : ${RETRIES[retry]} ; renvoi sans risque : ${safeToResend ? 'oui' : 'non'}`,
    `- **Codes** : ${codes.join(' · ')}`,
    ...(source === undefined ? [] : [`- **Source** : ${plain(source)}`]),
  ];
  return `${lines.join('\n')}\n`;
}

/** Rule texts are plain: what Markdown would read as a mark is escaped. */
function plain(text: string): string {
  return text.replace(/[\\`*_<>[\]]/g, '\\$&');
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', RULES_DOC), renderRules(allRules()));
