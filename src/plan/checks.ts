/** The checks of the five steps, as pure functions of the evidence. Which of them apply depends on the context. */
import { planRules } from '../rules/plan.ts';
import type { Rule } from '../rules/rule.ts';
import { type Check, done, type Evidence, measured, notApplicable, type StepNumber, todo } from './check.ts';
import { DECLARED, type Declaration, type DeclaredItem } from './declared.ts';
import {
  type DocumentSender,
  type Facts,
  type LaneFact,
  type LegacyFlow,
  PERIOD_DAYS,
  type SoftwareFact,
} from './facts.ts';
import { counted } from './words.ts';

/** What the site aims at, per cent; everything until it chooses. */
export interface Aim {
  readonly qualifiedPercent: number;
  readonly fedPercent: number;
  /** AAAA-MM-JJ. */
  readonly deadline: string | null;
}

export const NO_AIM: Aim = { qualifiedPercent: 100, fedPercent: 100, deadline: null };

export interface Asked {
  readonly facts: Facts;
  readonly declarations: readonly Declaration[];
  readonly aim: Aim;
}

type Judge = (asked: Asked) => Pick<Check, 'verdict' | 'evidence'>;
interface Definition {
  readonly rule: Rule;
  readonly title: string;
  readonly judge: Judge;
}

const INDICATORS = '/console/indicateurs';
const FLOWS = '/console/flux';
const DOCUMENTS = '/console/documents';
const SUBSCRIBERS = '/console/abonnes';
const TEMPLATES = '/console/modeles';
const OBSERVATORY = '/console/observatoire';
const CATALOGUE = '/console/catalogue';
const LAST_DAYS = `depuis ${PERIOD_DAYS} jours`;

function seen(text: string, since: string | null, link: string | null): Evidence {
  return { text, since, link };
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}

const repository: Judge = ({ facts: { context, insi, upstream, admissions } }) => {
  if (context !== 1) {
    if (upstream.length === 0) return todo(seen('aucune source amont déclarée', null, FLOWS));
    const names = upstream.join(', ');
    return admissions.mirrored === 0 || admissions.firstQualified === null
      ? todo(seen(`source amont déclarée : ${names} ; aucune identité qualifiée reçue ${LAST_DAYS}`, null, FLOWS))
      : done(seen(`identités qualifiées reçues de ${names}`, admissions.firstQualified, INDICATORS));
  }
  if (!insi.declared) return todo(seen('INSi n’est pas déclaré dans la configuration', null, null));
  if (insi.first === null) return todo(seen('INSi déclaré, aucun appel n’a encore abouti', null, null));
  const kind = insi.demonstration ? ' (numéro d’autorisation de démonstration)' : '';
  return done(seen(`INSi répond à cette installation${kind}`, insi.first, INDICATORS));
};

const qualification: Judge = ({ facts: { admissions }, aim }) => {
  const { admitted, qualified, days } = admissions;
  if (admitted === 0) return todo(seen(`aucune admission vue ${LAST_DAYS}`, null, INDICATORS));
  const since = days[0]?.day ?? null;
  return measured(
    { part: qualified, whole: admitted, aim: aim.qualifiedPercent },
    seen(
      `${counted(qualified, 'identité qualifiée', 'identités qualifiées')} sur ${counted(admitted, 'admise', 'admises')} ${LAST_DAYS} ; objectif ${aim.qualifiedPercent} %`,
      since,
      INDICATORS,
    ),
  );
};

/** What no software sees: the last statement of a person. */
function declaration(item: DeclaredItem): Judge {
  return ({ declarations }) => {
    const said = declarations.find((one) => one.item === item);
    if (said === undefined) return { verdict: { kind: 'to-declare' }, evidence: [] };
    const kept = said.attachment === null ? '' : ` ; pièce : ${said.attachment}`;
    const evidence = seen(`${DECLARED[item].states[said.state]} : ${said.note}${kept}`, said.onDay, null);
    if (said.state === 'done') return done(evidence);
    return said.state === 'started'
      ? { verdict: { kind: 'running', percent: null }, evidence: [evidence] }
      : todo(evidence);
  };
}

const homologation: Judge = ({ facts: { dmp } }) => {
  if (dmp.homologation === null) return todo(seen('le DMP n’est pas déclaré dans la configuration', null, null));
  const kind = /DEMO/i.test(dmp.homologation) ? ', de démonstration : le simulateur seul l’admet' : '';
  return done(seen(`numéro ${dmp.homologation}${kind}`, null, null));
};

const certificates: Judge = ({ facts: { dmp } }) => {
  if (dmp.homologation === null) return todo();
  const wrong = dmp.certificates.filter(({ faults }) => faults.length > 0);
  const [first, ...others] = (wrong.length > 0 ? wrong : dmp.certificates).map(({ name, faults, validTo }) =>
    seen(
      `${name} : ${faults.length > 0 ? faults.join(' ; ') : `valable jusqu’au ${frenchDay(validTo)}`}`,
      null,
      '/console/alertes',
    ),
  );
  if (wrong.length > 0) return todo(...[first, ...others].filter((one) => one !== undefined));
  // A card, or a relay that holds the key: what was accepted proves it.
  if (first === undefined)
    return dmp.first === null
      ? todo(seen('clés tenues par une carte ou un relais, aucun échange encore', null, null))
      : done(seen('clés tenues par une carte ou un relais ; le DMP les a admises', dmp.first, DOCUMENTS));
  return done(first, ...others);
};

const versionTwo: Judge = ({ facts: { dmp } }) =>
  dmp.first === null
    ? todo(seen('aucune acceptation au registre de preuve', null, DOCUMENTS))
    : done(seen('première acceptation par l’API V2 avec une INS qualifiée', dmp.first, `${DOCUMENTS}?etat=accepted`));

/** An application whose printed documents are proved: marked here, or with a template that was audited right. */
function isMarked(sender: DocumentSender, { templates }: Facts): boolean {
  if (sender.stamped) return true;
  const own = templates.filter(({ software }) => software === sender.application);
  return own.length > 0 && own.every(({ right }) => right);
}

const banner: Judge = ({ facts }) => {
  const printing = facts.documentSenders.filter(({ rawPdf }) => rawPdf > 0);
  const whole = sum(printing, ({ rawPdf }) => rawPdf);
  if (whole === 0) {
    const received = sum(facts.documentSenders, ({ documents }) => documents);
    return received === 0
      ? todo(seen(`aucun document reçu ${LAST_DAYS}`, null, DOCUMENTS))
      : notApplicable('aucun PDF brut reçu : les documents arrivent en CDA, que la passerelle ne modifie pas');
  }
  const [first, ...others] = printing.map((sender) =>
    seen(
      `${sender.application} : ${sender.rawPdf} PDF ${LAST_DAYS}, ${sender.stamped ? 'bandeau et DataMatrix posés par la passerelle' : isMarked(sender, facts) ? 'modèles audités justes' : 'aucune preuve du DataMatrix'}`,
      sender.first,
      TEMPLATES,
    ),
  );
  const part = sum(
    printing.filter((sender) => isMarked(sender, facts)),
    ({ rawPdf }) => rawPdf,
  );
  return first === undefined ? todo() : measured({ part, whole, aim: 100 }, first, ...others);
};

const templates: Judge = ({ facts }) => {
  const { context, templates: audited, documentSenders } = facts;
  if (audited.length === 0) {
    const printing = documentSenders.filter(({ rawPdf }) => rawPdf > 0);
    const allMarkedHere = printing.length > 0 && documentSenders.every(({ stamped }) => stamped);
    return context !== 3 && allMarkedHere
      ? notApplicable('la passerelle pose elle-même le bandeau et le DataMatrix sur chaque PDF')
      : todo(seen('aucun modèle audité', null, TEMPLATES));
  }
  const [first, ...others] = audited.map(({ template, software, right, at }) =>
    seen(`${software}, modèle « ${template} » : ${right ? 'juste' : 'en erreur'} au dernier audit`, at, TEMPLATES),
  );
  const part = audited.filter(({ right }) => right).length;
  return first === undefined ? todo() : measured({ part, whole: audited.length, aim: 100 }, first, ...others);
};

const received: Judge = ({ facts: { context, identitySenders, admissions } }) => {
  if (context === 1) return notApplicable('le référentiel d’identité et la plateforme sont ici le même logiciel');
  const upstream = identitySenders.filter((sender) => sender.upstream);
  const bearing = upstream.filter(({ withIns }) => withIns > 0);
  const [first, ...others] = bearing.map(({ application, withIns, messages, firstWithIns }) =>
    seen(
      `${application} : ${counted(withIns, 'message d’identité', 'messages d’identité')} avec l’INS en PID-3, sur ${messages} ${LAST_DAYS}`,
      firstWithIns,
      FLOWS,
    ),
  );
  if (first === undefined) return todo(seen('aucun message d’identité avec l’INS en PID-3', null, FLOWS));
  const proof = seen(
    `${counted(admissions.mirrored, 'identité qualifiée', 'identités qualifiées')} par PID-32 VALI parmi les admissions ${LAST_DAYS}`,
    admissions.firstQualified,
    INDICATORS,
  );
  return admissions.mirrored === 0 ? todo(first, ...others, proof) : done(first, ...others, proof);
};

const diffused: Judge = ({ facts: { context, subscribers } }) => {
  const active = subscribers.filter(({ enabled }) => enabled);
  const [first, ...others] = active.map(({ name, given, qualified, waiting, refused, since }) =>
    seen(
      `${name} : INS acceptée pour ${given} sur ${counted(qualified, 'patient qualifié admis', 'patients qualifiés admis')} ${LAST_DAYS} ; en attente : ${waiting}, refusés : ${refused}`,
      since,
      SUBSCRIBERS,
    ),
  );
  if (first === undefined)
    return context === 1
      ? todo(seen('aucun logiciel abonné aux identités', null, SUBSCRIBERS))
      : notApplicable('la GAM diffuse elle-même l’INS à ses logiciels ; aucun abonné n’est servi par la passerelle');
  const whole = sum(active, ({ qualified }) => qualified);
  if (whole === 0) return todo(first, ...others);
  return measured({ part: sum(active, ({ given }) => given), whole, aim: 100 }, first, ...others);
};

const documentsWithIns: Judge = ({ facts: { context, documentSenders } }) => {
  if (context !== 3) return notApplicable('l’INS est ajoutée ici aux documents : leur message n’a pas à la porter');
  const [first, ...others] = documentSenders.map(({ application, withIns, documents, first: since }) =>
    seen(
      `${application} : ${counted(withIns, 'document', 'documents')} avec l’INS, sur ${documents} ${LAST_DAYS}`,
      since,
      DOCUMENTS,
    ),
  );
  if (first === undefined) return todo(seen(`aucun document du DPI ${LAST_DAYS}`, null, DOCUMENTS));
  const whole = sum(documentSenders, ({ documents }) => documents);
  return measured({ part: sum(documentSenders, ({ withIns }) => withIns), whole, aim: 100 }, first, ...others);
};

const feed: Judge = ({ facts: { documentSenders, feed: fed }, aim }) => {
  const due = sum(documentSenders, ({ documents, ended, moving }) => documents - ended - moving);
  if (due <= 0 || fed.first === null) return todo(seen(`aucun document au DMP ${LAST_DAYS}`, null, DOCUMENTS));
  const part = sum(documentSenders, ({ accepted }) => accepted);
  return measured(
    { part, whole: due, aim: aim.fedPercent },
    seen(
      `${counted(part, 'document accepté', 'documents acceptés')} en API V2 sous une INS qualifiée, sur ${counted(due, 'dû', 'dus')} ${LAST_DAYS} ; objectif ${aim.fedPercent} %`,
      fed.first,
      `${DOCUMENTS}?etat=accepted`,
    ),
  );
};

const LANES = {
  observed: 'voie observée',
  shadow: 'essai à blanc',
  canary: 'rodage',
  v2: 'API V2',
  closed: 'fermée',
} as const;
const WAYS = { hl7: 'HL7', 'xds-v1': 'connecteur API V1', 'xds-v2': 'connecteur API V2 et TD0.0' } as const;

/** A flow whose documents leave by API V2 is through, whatever its connector still speaks to us. */
const legacy: Judge = ({ facts }) => {
  const { seen: all, since } = facts.flows;
  const through = facts.lanes.filter(({ lane }) => lane === 'v2' || lane === 'closed');
  const moving = facts.lanes.filter(({ lane }) => lane !== 'v2' && lane !== 'closed');
  const alone = facts.legacy.filter((flow) => !facts.lanes.some((lane) => isSameSender(lane, flow)));
  const said = facts.software.filter(
    (one) => isSaidOld(one) && !facts.lanes.some((lane) => lane.application === one.application),
  );
  const open = [...moving.map(laneText), ...alone.map(legacyText), ...said.map(saidOldText)];
  const [first, ...others] = [...open, ...through.map(laneText)];
  if (first !== undefined)
    return measured({ part: through.length, whole: through.length + open.length, aim: 100 }, first, ...others);
  if (all === 0 || since === null) return todo(seen(`aucune application vue ${LAST_DAYS}`, null, FLOWS));
  return done(
    seen(
      `aucun flux en API V1 ni par TD0.0 vu ici ${LAST_DAYS}, sur ${counted(all, 'application', 'applications')}`,
      since,
      FLOWS,
    ),
  );
};

/** A lane is declared for any facility by `*`. */
function isSameSender(lane: LaneFact, { application, facility }: LegacyFlow): boolean {
  const fits = (declared: string, found: string): boolean => declared === '*' || declared === found;
  return fits(lane.application, application) && fits(lane.facility, facility);
}

/** The inventory says that it feeds by an old way, and nothing of it was seen. */
function isSaidOld({ from, declaredApi, declaredIdentity }: SoftwareFact): boolean {
  return from === 'inventory' && (declaredApi === 'V1' || declaredIdentity === 'INS-C' || declaredIdentity === 'NIR');
}

function saidOldText({ product, version, declaredApi, declaredIdentity }: SoftwareFact): Evidence {
  const way = [
    declaredApi === '' ? '' : `API ${declaredApi}`,
    declaredIdentity === '' ? '' : `identité ${declaredIdentity}`,
  ];
  const text = `${product} ${version} : ${way.filter((part) => part !== '').join(', ')}, d’après l’inventaire, pas vu`;
  return seen(text, null, OBSERVATORY);
}

function laneText({ application, way, lane, since }: LaneFact): Evidence {
  return seen(`${application} (${WAYS[way]}) : ${LANES[lane]}`, since, FLOWS);
}

export function legacyText({ application, api, identityKind, inferred, messages, lastSeen }: LegacyFlow): Evidence {
  const said = `${application} : API ${api}, identité ${identityKind}${inferred ? ' (inféré)' : ''}`;
  return seen(`${said}, ${counted(messages, 'message', 'messages')}`, lastSeen, FLOWS);
}

/** What the catalogue lists is behind; what is not sure is looked at by a person. */
const versions: Judge = ({ facts: { software } }) => {
  if (software.length === 0) return todo(seen(`aucun logiciel n’a dit son nom ${LAST_DAYS}`, null, OBSERVATORY));
  const open = software.filter(({ verdict }) => verdict !== null && verdict !== 'done');
  const [first, ...others] = open.map(softwareText);
  if (first !== undefined) return todo(first, ...others);
  const since = software.flatMap(({ firstSeen }) => firstSeen ?? []).sort()[0] ?? null;
  if (since === null) return todo(seen(`aucun logiciel de l’inventaire n’a été vu ${LAST_DAYS}`, null, OBSERVATORY));
  return done(
    seen(
      `${counted(software.length, 'logiciel vu ou déclaré', 'logiciels vus ou déclarés')} ${LAST_DAYS}, aucun au catalogue des produits à migrer ni abandonné par son éditeur`,
      since,
      OBSERVATORY,
    ),
  );
};

const STANDINGS = {
  replace: 'à remplacer',
  move: 'à passer en V2 avec l’INS',
  check: 'à vérifier',
  done: 'compatible',
  obsolete: 'plus maintenue par son éditeur',
} as const;

export function softwareText({
  product,
  version,
  verdict,
  compatibleVersion,
  firstSeen,
  from,
}: SoftwareFact): Evidence {
  const standing = verdict === null ? 'hors du catalogue' : STANDINGS[verdict];
  const compatible = compatibleVersion === '' ? '' : `, version compatible : ${compatibleVersion}`;
  return seen(
    `${product} ${version} : ${standing}${from === 'inventory' ? ' (inventaire, pas vu)' : ''}${compatible}`,
    firstSeen,
    CATALOGUE,
  );
}

function frenchDay(iso: string | null): string {
  return iso === null ? 'une date inconnue' : iso.slice(0, 10).split('-').reverse().join('/');
}

const CHECKS: Readonly<Record<StepNumber, readonly Definition[]>> = {
  1: [
    { rule: planRules.repositoryNotReady, title: 'Le référentiel d’identité sait qualifier l’INS', judge: repository },
    { rule: planRules.qualificationRunning, title: 'Les patients admis sont qualifiés', judge: qualification },
    { rule: planRules.organisation, title: DECLARED.organisation.title, judge: declaration('organisation') },
    { rule: planRules.charter, title: DECLARED.charter.title, judge: declaration('charter') },
    { rule: planRules.training, title: DECLARED.training.title, judge: declaration('training') },
    {
      rule: planRules.versionsBehind,
      title: 'Aucun logiciel vu n’est au catalogue des produits à migrer',
      judge: versions,
    },
  ],
  2: [
    { rule: planRules.homologationMissing, title: 'La PFI a son numéro d’homologation DMP', judge: homologation },
    {
      rule: planRules.certificatesUnfit,
      title: 'Les certificats d’organisation sont utilisables',
      judge: certificates,
    },
    {
      rule: planRules.versionTwoNotSeen,
      title: 'Le DMP accepte la PFI en API V2 avec une INS qualifiée',
      judge: versionTwo,
    },
  ],
  3: [
    { rule: planRules.bannerMissing, title: 'Chaque PDF porte le bandeau INS et le DataMatrix', judge: banner },
    { rule: planRules.templatesWrong, title: 'Les modèles de documents sont audités justes', judge: templates },
  ],
  4: [
    { rule: planRules.insNotReceived, title: 'La GAM envoie l’INS qualifiée à la PFI', judge: received },
    { rule: planRules.notDiffused, title: 'Le DPI et les autres logiciels reçoivent l’INS', judge: diffused },
    { rule: planRules.documentsWithoutIns, title: 'Les documents du DPI portent l’INS', judge: documentsWithIns },
  ],
  5: [
    { rule: planRules.feedRunning, title: 'Les documents alimentent le DMP en API V2', judge: feed },
    { rule: planRules.legacyRemains, title: 'Plus aucun flux en API V1 ni par TD0.0', judge: legacy },
  ],
};

export function checksOf(step: StepNumber, asked: Asked): Check[] {
  return CHECKS[step].map(({ rule, title, judge }) => ({ rule, title, ...judge(asked) }));
}
