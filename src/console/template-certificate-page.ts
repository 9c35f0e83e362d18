/** « Attestation d'audit de modèle »: one audit as it was kept, made to be printed. */
import { apiRules } from '../rules/api.ts';
import { type TemplateAuditRecord, templateAuditById } from '../store/template-audits.ts';
import type { TemplateOutcome } from '../templates/index.ts';
import { chip, fields } from './components.ts';
import { establishmentName } from './establishments.ts';
import { dateTime, bytes as size } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { faultTable, pageSection, VERDICTS } from './template-view.ts';
import { isUuid, type PageDefinition, type Visit } from './visit.ts';
import { actorName } from './words.ts';

const PATH = '/console/modeles';

export const templateCertificatePage: PageDefinition = {
  method: 'GET',
  path: `${PATH}/:id`,
  permission: 'templates.read',
  audited: 'templates',
  answer: async (visit) => {
    const { gateway, actor, id } = visit;
    const record = isUuid(id) ? await templateAuditById<TemplateOutcome>(gateway.pool, id) : undefined;
    if (record === undefined || (actor.eg !== null && actor.eg !== record.eg))
      return { kind: 'refused', refusal: { rule: apiRules.notFound } };
    return {
      kind: 'page',
      title: 'Attestation d’audit de modèle',
      section: 'modeles',
      body: certificate(visit, record),
    };
  },
};

function certificate({ gateway }: Visit, record: TemplateAuditRecord<TemplateOutcome>): Html {
  const { outcome, template, software, pages, pagesExamined } = record;
  return html`${heading(
    'Attestation d’audit de modèle',
    html`<p>${template}, imprimé par ${software}. Cette page s’imprime telle quelle.</p>`,
    html`<a href="${PATH}">Modèles</a>`,
  )}
<section class="card"><div class="card-head"><h2>Résultat</h2>${chip(record.right ? VERDICTS.right : VERDICTS.wrong)}</div>${fields(
    [
      ['Modèle', template],
      ['Logiciel', software],
      ['Établissement', `${establishmentName(gateway.config, record.eg)} (FINESS ${record.eg})`],
      ['Audité le', `${dateTime(record.at)}, ${actorName(record.actor)}`],
      ['Pages', pagesExamined === pages ? String(pages) : `${pagesExamined} examinées sur ${pages}`],
      ['Pages au symbole juste', String(record.pagesRight)],
      ['Document', size(record.bytes)],
      ['Empreinte SHA-256', html`<code class="hash">${record.sha256}</code>`],
      ['Audit', html`<code>${record.id}</code>`],
      ['Passerelle', `Trait d’Union ${gateway.config.software.version}`],
    ],
  )}${outcome.findings.length > 0 && faultTable('Constats du document', outcome.findings)}</section>
${scope(outcome)}
${outcome.pages.map((page) => pageSection(page))}
<p class="hint">Un champ est montré par sa forme : A une capitale, a une minuscule, 9 un chiffre, ¤ un autre caractère. Le document, les traits et le matricule n’ont pas été gardés ; l’empreinte prouve quel fichier a été audité.</p>`;
}

/** A certificate that does not say what it leaves out says too much. */
function scope({ compared, oidsChecked, minModuleMm, minEdgeMm }: TemplateOutcome): Html {
  const mm = (value: number): string => `${String(value).replace('.', ',')}\u00a0mm`;
  return html`<section class="card template-scope"><h2>Ce qui a été vérifié</h2><ul>
<li>Lecture de chaque DataMatrix des pages examinées, dessinées à 200 points par pouce ; présence en première page.</li>
<li>En-tête, champs S1 à S7 (présence, longueur, forme, ordre), séparateurs, normalisation des noms, clé du matricule.</li>
<li>OID de l’INS : ${oidsChecked.join(', ')}.</li>
<li>Marge blanche d’un module au moins (ISO/IEC 16022) ; carré du symbole.</li>
<li>Module de ${mm(minModuleMm)} et bord de page à ${mm(minEdgeMm)} : seuils de cet établissement, non une règle nationale.</li>
<li>${compared.length > 0 ? `Comparaison au patient attendu : ${compared.join(', ')}.` : 'Aucune comparaison à un patient attendu.'}</li></ul>
<h2>Ce qui ne l’a pas été</h2><ul>
<li>La qualité du papier imprimé (contraste, encre, pliure) : seul le fichier a été lu.</li>
<li>L’existence du matricule auprès d’INSi et l’identité réelle du patient.</li>
<li>L’identité en clair de la page et la mention « INS à scanner ».</li>
<li>La validation par l’outil de l’ANS, que cette attestation ne remplace pas.</li></ul></section>`;
}
