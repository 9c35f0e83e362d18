/** Reads an answer of the teleservice by namespace and local name, as a client has to. */
import { element, elements, type Namespaces, text, withXml, type XmlElement } from '../../wire/xml/xml.ts';

const NS: Namespaces = {
  e: 'http://www.w3.org/2003/05/soap-envelope',
  r: 'http://www.cnamts.fr/INSiResultat',
  s: 'urn:siram',
  a: 'http://www.w3.org/2005/08/addressing',
};

export interface ReadReply {
  readonly code?: string;
  readonly label?: string;
  /** Number and key, then its OID. */
  readonly active?: string;
  readonly history: readonly string[];
  /** Local names of the children of each INSHISTO. */
  readonly historyOrder: readonly string[];
  readonly traits: Readonly<Record<string, string>>;
  readonly fault?: {
    readonly role: string;
    readonly subcode: string;
    readonly code: string;
    readonly severity: string;
    readonly lang: string;
    readonly detail: string;
    readonly messageId?: string;
  };
  readonly replyAction?: string;
  readonly relatesTo?: string;
  readonly replyMessageId?: string;
}

export function readReply(body: string | Buffer): ReadReply {
  return withXml(Buffer.from(body), (root) => {
    const traits = elements(root, '//r:TIQ/*', NS).map((each): [string, string] => [each.name, each.content]);
    const active = element(root, '//r:INSACTIF', NS);
    const history = elements(root, '//r:INSHISTO', NS);
    const fault = element(root, '/e:Envelope/e:Body/e:Fault', NS);
    return {
      ...optional('code', text(root, '/e:Envelope/e:Body/r:RESULTAT/r:CR/r:CodeCR', NS)),
      ...optional('label', text(root, '/e:Envelope/e:Body/r:RESULTAT/r:CR/r:LibelleCR', NS)),
      ...optional('active', active === undefined ? undefined : insOf(active)),
      history: history.map(insOf),
      historyOrder: history.map((each) =>
        elements(each, '*')
          .map((child) => child.name)
          .join(' '),
      ),
      traits: Object.fromEntries(traits),
      ...optional('fault', fault === undefined ? undefined : faultOf(fault)),
      ...optional('replyAction', text(root, '/e:Envelope/e:Header/a:Action', NS)),
      ...optional('relatesTo', text(root, '/e:Envelope/e:Header/a:RelatesTo', NS)),
      ...optional('replyMessageId', text(root, '/e:Envelope/e:Header/a:MessageID', NS)),
    };
  });
}

function insOf(node: XmlElement): string {
  const number = text(node, 'r:IdIndividu/r:NumIdentifiant', NS);
  return `${number} ${text(node, 'r:IdIndividu/r:Cle', NS)} ${text(node, 'r:OID', NS)}`;
}

function faultOf(node: XmlElement): NonNullable<ReadReply['fault']> {
  const local = (value: string | undefined): string => value?.split(':')[1] ?? '';
  return {
    role: local(text(node, 'e:Code/e:Value', NS)),
    subcode: local(text(node, 'e:Code/e:Subcode/e:Value', NS)),
    code: text(node, 'e:Detail/s:Erreur/@code', NS) ?? '',
    severity: text(node, 'e:Detail/s:Erreur/@severite', NS) ?? '',
    lang: text(node, 'e:Reason/e:Text/@xml:lang', { ...NS, xml: 'http://www.w3.org/XML/1998/namespace' }) ?? '',
    detail: text(node, 'e:Detail/s:Erreur', NS) ?? '',
    ...optional('messageId', text(node, 'e:Detail/s:Erreur/@messageID', NS)),
  };
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value });
}
