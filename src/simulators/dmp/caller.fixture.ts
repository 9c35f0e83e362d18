/** Who calls, as the edits of a request that make it theirs. */
import { certificates, EG, OTHER_EG, OTHER_EJ, PERSON } from './certificates.fixture.ts';
import { type Recipe, swap } from './message.fixture.ts';
import type { Edit } from './signatures.fixture.ts';

export interface TestCaller {
  readonly mode?: 'INDIRECTE' | 'INDIRECTE_RENFORCEE' | 'DIRECTE';
  /** A secretary, not a professional. */
  readonly staff?: boolean;
  readonly purpose?: 'normal' | 'bris_de_glace' | 'centre_15';
  /** PS_IdNat; the author of the fixtures unless told. */
  readonly person?: string;
  /** Of the other legal entity. */
  readonly elsewhere?: boolean;
  readonly secret?: boolean;
}

export const OTHER_PERSON = '809876543210';

const PHYSICIAN = /<saml:AttributeValue><Role [^>]*code="10"[^>]*\/><\/saml:AttributeValue>/;
const SECRETARY =
  '<saml:AttributeValue><Role xmlns="urn:hl7-org:v3" code="SECRETARIAT_MEDICAL" codeSystem="1.2.250.1.213.1.1.4.6" displayName="x"/></saml:AttributeValue>';

const CONFIDENTIALITY = 'urn:oasis:names:tc:xspa:1.0:resource:patient:hl7:confidentiality-code';

function attribute(name: string, value: string): string {
  return `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`;
}

export function as(caller: TestCaller): Recipe {
  const { mode = 'INDIRECTE', purpose = 'normal', person = PERSON } = caller;
  const edits: Edit[] = [];
  if (mode !== 'INDIRECTE') edits.push(swap('>INDIRECTE<', `>${mode}<`));
  if (mode === 'INDIRECTE_RENFORCEE') {
    const declared = '<saml:AuthnContextDecl>APP_BROWSER_AUTH</saml:AuthnContextDecl></saml:AuthnContext>';
    edits.push(swap('</saml:AuthnContext>', declared));
  }
  if (caller.staff === true) edits.push(swap(PHYSICIAN, SECRETARY));
  if (purpose !== 'normal') edits.push(swap('code="normal"', `code="${purpose}"`));
  if (purpose === 'bris_de_glace') {
    edits.push(swap('</saml:AttributeStatement>', attribute('Mode_Acces_Raison', 'Urgence vitale')));
  }
  if (person !== PERSON) edits.push(swap(`<saml:NameID>${PERSON}`, `<saml:NameID>${person}`));
  if (caller.elsewhere === true) edits.push(swap(`>1${EG}<`, `>1${OTHER_EG}<`));
  if (caller.secret === true) {
    edits.push(swap('</saml:AttributeStatement>', attribute(CONFIDENTIALITY, 'INVISIBLE_REPRESENTANTS_LEGAUX')));
  }
  return { assertion: (xml) => edits.reduce((text, edit) => edit(text), xml), ...keysOf(mode, caller) };
}

function keysOf(mode: string, { elsewhere }: TestCaller): Recipe {
  const { cardSign, cardAuth, otherSign } = certificates();
  if (mode === 'DIRECTE') return { signer: cardSign, client: { ...cardAuth, commonName: PERSON } };
  return elsewhere === true ? { signer: otherSign, tlsUnits: [`1${OTHER_EJ}`] } : {};
}
