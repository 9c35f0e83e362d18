/** The questions that every hospital is asked about its INS and its DMP: each with its answer, read off the same evidence. Pure. */
import { planRules } from '../rules/plan.ts';
import type { Rule } from '../rules/rule.ts';
import type { Check, Evidence, Verdict } from './check.ts';
import { legacyText, softwareText } from './checks.ts';
import type { Facts } from './facts.ts';
import type { Step } from './steps.ts';
import { counted } from './words.ts';

/** `partly`: on its way. `unknown`: nothing was seen that would tell. */
export type AnswerKind = 'yes' | 'partly' | 'no' | 'unknown' | 'not-applicable';

export interface Question {
  readonly question: string;
  readonly answer: AnswerKind;
  readonly sentence: string;
  readonly evidence: readonly Evidence[];
}

interface Words {
  readonly yes: string;
  readonly partly: string;
  readonly no: string;
}

const FLOWS = '/console/flux';

export function questionsOf(facts: Facts, steps: readonly Step[]): Question[] {
  const find = (rule: Rule): Check[] => steps.flatMap(({ checks }) => checks.filter((check) => check.rule === rule));
  const ask = (question: string, rules: readonly Rule[], words: Words): Question =>
    answered(question, rules.flatMap(find), words);
  return [
    ask('Ma GAM sait-elle qualifier l’INS ?', [planRules.repositoryNotReady], {
      yes: 'Oui : le référentiel d’identité qualifie l’INS.',
      partly: 'En partie.',
      no: 'Rien ne le montre encore.',
    }),
    ask('La qualification tourne-t-elle, bureau par bureau ?', [planRules.qualificationRunning], {
      yes: 'Oui, au niveau que l’établissement s’est fixé.',
      partly: 'Elle tourne, sans atteindre l’objectif de l’établissement ; le tableau par unité et par jour dit où.',
      no: facts.admissions.admitted === 0 ? 'Aucune admission n’a été vue.' : 'Aucun patient admis n’est qualifié.',
    }),
    ask('Mon DPI et ma PFI savent-ils recevoir l’INS ?', receivers(facts), {
      yes: 'Oui : ils l’ont reçue et acceptée.',
      partly: 'Une partie seulement de ce qu’ils devraient porter.',
      no: 'Rien ne le montre encore.',
    }),
    sends(facts, find(planRules.insNotReceived)),
    ask(
      'La version de ma PFI sait-elle utiliser l’API V2 avec l’INS qualifiée ?',
      [planRules.homologationMissing, planRules.certificatesUnfit, planRules.versionTwoNotSeen],
      {
        yes: 'Oui : homologation, certificats et premières acceptations le montrent.',
        partly: 'Pas encore entièrement.',
        no: 'Pas encore.',
      },
    ),
    whichApi(facts),
    ask(
      'Mon DPI imprime-t-il l’INS et le DataMatrix, modèle par modèle ?',
      [planRules.bannerMissing, planRules.templatesWrong],
      {
        yes: 'Oui, pour tout ce qui a été vu.',
        partly: 'Pas pour tous les modèles.',
        no: 'Rien ne le montre encore.',
      },
    ),
    behind(facts),
  ];
}

/** Context 1: the DPI is a subscriber. Contexts 2 and 3: the platform is told by the GAM, and the DPI shows what it knows. */
function receivers({ context }: Facts): readonly Rule[] {
  return context === 1
    ? [planRules.notDiffused]
    : [planRules.insNotReceived, planRules.notDiffused, planRules.documentsWithoutIns];
}

function answered(question: string, checks: readonly Check[], words: Words): Question {
  const answer = overall(checks.map(({ verdict }) => verdict));
  const evidence = checks.flatMap((check) => check.evidence);
  const [notHere] = checks.flatMap(({ verdict }) => (verdict.kind === 'not-applicable' ? [verdict.why] : []));
  const sentence =
    answer === 'not-applicable'
      ? `Sans objet : ${notHere ?? 'pas dans ce contexte'}.`
      : answer === 'unknown'
        ? 'À déclarer.'
        : words[answer];
  return { question, answer, sentence, evidence };
}

function overall(verdicts: readonly Verdict[]): AnswerKind {
  const kinds = new Set(verdicts.map(({ kind }) => kind));
  kinds.delete('not-applicable');
  if (kinds.size === 0) return 'not-applicable';
  if (kinds.size > 1 || kinds.has('running')) return 'partly';
  return kinds.has('done') ? 'yes' : kinds.has('todo') ? 'no' : 'unknown';
}

/** In context 1 too: what the GAM sends is seen, whether it is needed or not. */
function sends({ context, identitySenders }: Facts, checks: readonly Check[]): Question {
  const question = 'Ma GAM envoie-t-elle l’INS ?';
  const words = {
    yes: 'Oui : l’INS est en PID-3, et PID-32 dit que l’identité est validée.',
    partly: 'Pas dans tous ses messages.',
    no: 'Aucune identité qualifiée n’est reçue d’elle.',
  };
  if (context !== 1) return answered(question, checks, words);
  const evidence = identitySenders.map(
    ({ application, messages, withIns, lastSeen }): Evidence => ({
      text: `${application} : ${counted(withIns, 'message d’identité', 'messages d’identité')} avec l’INS en PID-3, sur ${messages}`,
      since: lastSeen,
      link: FLOWS,
    }),
  );
  const sentence =
    identitySenders.length === 0
      ? 'Aucun message d’identité vu depuis 30 jours.'
      : 'Sans objet : en contexte 1 l’INS est qualifiée ici, et celle que porte un message n’est pas crue.';
  return { question, answer: identitySenders.length === 0 ? 'unknown' : 'not-applicable', sentence, evidence };
}

function whichApi({ feed, legacy, dmp }: Facts): Question {
  const question = 'Avec quelle API est-ce que j’alimente aujourd’hui ?';
  const fed: Evidence[] =
    feed.first === null
      ? []
      : [
          {
            text: `API V2 avec l’INS qualifiée : ${counted(feed.accepted, 'acceptation', 'acceptations')} depuis 30 jours`,
            since: feed.first,
            link: '/console/documents?etat=accepted',
          },
        ];
  const old = legacy.map(legacyText);
  const evidence = [...fed, ...old];
  if (fed.length > 0 && old.length > 0)
    return { question, answer: 'partly', sentence: 'Avec les deux : une partie des flux n’est pas passée.', evidence };
  if (fed.length > 0)
    return {
      question,
      answer: 'yes',
      sentence: 'Avec l’API V2 et l’INS qualifiée, d’après le registre de preuve.',
      evidence,
    };
  if (old.length > 0) return { question, answer: 'no', sentence: 'Par l’ancienne voie seulement.', evidence };
  const elsewhere = dmp.first === null ? '' : ', alors que l’installation en alimente d’autres';
  return { question, answer: 'unknown', sentence: `Aucune alimentation vue ici${elsewhere}.`, evidence };
}

/** Each version that the catalogue lists, with the compatible one and where such versions are listed. */
function behind({ software }: Facts): Question {
  const question = 'Quelles versions sont en retard, et où trouver les compatibles ?';
  const open = software.filter(({ verdict }) => verdict !== null && verdict !== 'done');
  const evidence = open.map((one): Evidence => {
    const found = softwareText(one);
    return one.compatibleLink === '' ? found : { ...found, text: `${found.text} (liste : ${one.compatibleLink})` };
  });
  if (software.length === 0)
    return { question, answer: 'unknown', sentence: 'Aucun logiciel n’a encore dit son nom et sa version.', evidence };
  const [one] = evidence;
  if (one === undefined)
    return {
      question,
      answer: 'yes',
      sentence: 'Aucune version vue n’est au catalogue des produits à migrer.',
      evidence: software.map(softwareText),
    };
  return {
    question,
    answer: 'no',
    sentence: `${counted(open.length, 'version à migrer ou à vérifier', 'versions à migrer ou à vérifier')} ; le catalogue dit où sont listées les compatibles.`,
    evidence,
  };
}
