/** « Modèles »: drop printed documents, see at once what is wrong, follow the adoption of each template. */
import { may } from '../api/access.ts';
import { apiRules } from '../rules/api.ts';
import { pdfRules } from '../rules/pdf.ts';
import { ok, type Refusal, type Result, refuse } from '../rules/rule.ts';
import {
  listTemplateAudits,
  type TemplateAuditRecord,
  type TemplateMonth,
  templateAdoption,
} from '../store/template-audits.ts';
import {
  type AuditOrder,
  adoptionCsv,
  auditDocument,
  type DocumentAudit,
  expectedBlocks,
  type TemplateOutcome,
} from '../templates/index.ts';
import type { UploadedFile } from '../wire/multipart/read.ts';
import { chip, empty, explanation, notice, table } from './components.ts';
import { establishmentChoices, establishmentName } from './establishments.ts';
import { dateTime, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import { faultTable, pageSection, VERDICTS } from './template-view.ts';
import type { Answer, PageDefinition, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

const TEMPLATES = '/console/modeles';
const SHOWN = 50;
const MOST_MONTHS = 1_000;
/** The settings count what really comes; this is only what a form announces at most. */
const MOST_ANNOUNCED = 512 * 1024 * 1024;
/** Pages shown with their picture, of each document. */
const PICTURES = 5;
const LONGEST_NAME = 120;

export const templatePages: readonly PageDefinition[] = [
  { method: 'GET', path: TEMPLATES, permission: 'templates.read', answer: (visit) => show(visit) },
  {
    method: 'POST',
    path: TEMPLATES,
    permission: 'templates.audit',
    audited: 'templates',
    maxBytes: MOST_ANNOUNCED,
    answer: audit,
  },
  {
    method: 'GET',
    path: `${TEMPLATES}/export`,
    permission: 'templates.read',
    answer: async ({ gateway, actor }) => ({
      kind: 'content',
      mimeType: 'text/csv; charset=utf-8',
      bytes: Buffer.from(
        adoptionCsv(await templateAdoption(gateway.pool, { eg: actor.eg, template: null, limit: MOST_MONTHS })),
      ),
      saveAs: 'adoption-modeles.csv',
    }),
  },
];

interface Dropped {
  readonly name: string;
  readonly result: Result<DocumentAudit>;
}

/** The results are shown in the answer itself: what was read and the pictures are in no other place. */
async function audit(visit: Visit): Promise<Answer> {
  const order = orderOf(visit);
  if (!order.ok) return show(visit, order.refusal);
  const dropped: Dropped[] = [];
  const { maxFiles, maxBytes } = visit.gateway.config.templateAudit;
  for (let file = visit.file; file !== undefined; file = await file.next()) {
    if (dropped.length === maxFiles)
      return show(visit, { rule: apiRules.invalidRequest, detail: `${maxFiles} documents au plus à la fois` });
    const bytes = await bytesOf(file, maxBytes);
    if (bytes === undefined) return show(visit, { rule: pdfRules.pdfTooLarge, detail: `plus de ${maxBytes} octets` });
    if (bytes.length > 0)
      dropped.push({ name: file.name, result: await auditDocument(visit.gateway, bytes, order.value) });
  }
  if (dropped.length === 0) return show(visit, { rule: apiRules.invalidRequest, detail: 'Aucun document choisi.' });
  const right = dropped.filter(({ result }) => result.ok && result.value.record.right).length;
  const body = html`${heading(
    `${order.value.template} : ${number(right)} document(s) juste(s) sur ${number(dropped.length)}`,
    html`<p>Les pages et les valeurs lues ne sont montrées qu’ici : elles ne sont pas gardées. Le résultat, lui, l’est.</p>`,
    html`<a href="${TEMPLATES}">Modèles</a>`,
  )}${dropped.map(droppedSection)}`;
  return { kind: 'page', title: 'Audit de modèle', section: 'modeles', body };
}

function orderOf({ form, actor, gateway }: Visit): Result<AuditOrder> {
  const [template, software, eg] = [
    form('modele').slice(0, LONGEST_NAME),
    form('logiciel').slice(0, LONGEST_NAME),
    form('etablissement'),
  ];
  if (template === '' || software === '')
    return refuse(apiRules.invalidRequest, { detail: 'Le nom du modèle et le logiciel sont demandés.' });
  if (!establishmentChoices(gateway.config, actor.eg).some(({ value }) => value === eg))
    return refuse(apiRules.forbidden);
  const sex = form('sexe');
  const expected = expectedBlocks({
    matricule: form('matricule'),
    birthName: form('nom'),
    birthGivenNames: form('prenoms'),
    birthDate: form('naissance'),
    birthPlace: form('lieu'),
    sex: sex === 'M' || sex === 'F' ? sex : undefined,
  });
  if (!expected.ok) return expected;
  return ok({ eg, template, software, expected: expected.value, actor: actor.name, pictures: PICTURES });
}

/** Undefined for a file that is too large; the rest of it is not read. */
async function bytesOf(file: UploadedFile, most: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of file.bytes) {
    size += piece.length;
    if (size > most) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function droppedSection({ name, result }: Dropped): Html {
  if (!result.ok)
    return notice(
      'bad',
      `${name} : ${ruleTitle(result.refusal.rule)}`,
      explanation(result.refusal.rule, result.refusal.detail),
    );
  const { record, audit: found } = result.value;
  const { outcome } = record;
  return html`<section><div class="card-head"><h2>${name}</h2>${chip(record.right ? VERDICTS.right : VERDICTS.wrong)}</div>
<p><a href="${TEMPLATES}/${record.id}">Attestation à imprimer</a></p>
${outcome.findings.length > 0 && html`<section class="card list">${faultTable('Constats du document', outcome.findings)}</section>`}
${outcome.pages.map((page, index) => {
  const seen = found.pages[index];
  return pageSection(page, {
    picture: seen?.picture,
    values: seen?.symbols.map(({ reading }) => reading.blocks) ?? [],
  });
})}</section>`;
}

async function show(visit: Visit, refusal?: Refusal): Promise<Answer> {
  const { gateway, actor } = visit;
  const template = visit.query('modele') === '' ? null : visit.query('modele');
  const [months, audits] = await Promise.all([
    templateAdoption(gateway.pool, { eg: actor.eg, template, limit: MOST_MONTHS }),
    listTemplateAudits<TemplateOutcome>(gateway.pool, { eg: actor.eg, template, limit: SHOWN }),
  ]);
  const body = html`${heading(
    template === null ? 'Modèles' : `Modèle « ${template} »`,
    html`<p>Déposez les documents que vos logiciels impriment : chaque page est lue, et chaque défaut du DataMatrix de l’INS est nommé.</p>`,
    template !== null && html`<a href="${TEMPLATES}">Tous les modèles</a>`,
  )}
${refusal !== undefined && notice('bad', ruleTitle(refusal.rule), explanation(refusal.rule, refusal.detail))}
${may(actor, 'templates.audit') && html`<section class="card"><h2>Auditer des documents</h2>${dropForm(visit, template ?? '')}</section>`}
<section class="card list"><h2>Adoption par modèle et par mois</h2>${months.length > 0 ? html`${adoptionTable(visit, months)}<p><a href="${TEMPLATES}/export">Exporter (CSV)</a></p>` : empty('Aucun audit', 'La part des documents et des pages au symbole juste paraît ici, mois par mois.')}</section>
${audits.length > 0 && html`<section class="card list"><h2>Derniers audits</h2>${auditTable(visit, audits)}</section>`}`;
  const status = refusal === undefined ? {} : { status: refusal.rule.http };
  return { kind: 'page', title: 'Modèles', section: 'modeles', body, ...status };
}

/** The files come last: what stands before them says whose they are. */
function dropForm({ session, gateway, actor }: Visit, template: string): Html {
  const text = (name: string, label: string, hint = '') =>
    html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" maxlength="200" autocomplete="off"${hint !== '' && html` placeholder="${hint}"`}></div>`;
  return html`<form method="post" action="${TEMPLATES}" enctype="multipart/form-data" class="form"><input type="hidden" name="jeton" value="${session.csrf}">
<div class="field"><label for="modele">Modèle</label><input id="modele" name="modele" required maxlength="${LONGEST_NAME}" value="${template}" autocomplete="off" placeholder="Lettre de liaison, cardiologie"></div>
<div class="field"><label for="logiciel">Logiciel</label><input id="logiciel" name="logiciel" required maxlength="${LONGEST_NAME}" autocomplete="off"></div>
<div class="field"><label for="etablissement">Établissement</label><select id="etablissement" name="etablissement">${establishmentChoices(gateway.config, actor.eg).map(({ value, label }) => html`<option value="${value}">${label}</option>`)}</select></div>
<details><summary>Patient attendu (facultatif)</summary><p class="hint">Chaque champ rempli est comparé à ce que dit le symbole, puis oublié.</p>${text('nom', 'Nom de naissance')}${text('prenoms', 'Prénoms de naissance')}
<div class="field"><label for="sexe">Sexe</label><select id="sexe" name="sexe"><option value="">Non comparé</option><option value="F">Féminin</option><option value="M">Masculin</option></select></div>
${text('naissance', 'Date de naissance', 'AAAA-MM-JJ')}${text('lieu', 'Code du lieu de naissance', '63220')}${text('matricule', 'Matricule INS, clé comprise')}</details>
<div class="field"><label for="documents">Documents imprimés</label><input id="documents" type="file" name="documents" accept=".pdf,.png,.jpg,.jpeg,application/pdf,image/png,image/jpeg" multiple required aria-describedby="non-garde"><p class="hint" id="non-garde">PDF, PNG ou JPEG, plusieurs à la fois. Les documents ne sont pas gardés, ni leur nom, ni les traits ou le matricule lus : seul le résultat l’est, avec l’empreinte de chaque fichier.</p></div>
<div class="field-actions"><button type="submit" class="btn main">Auditer</button></div></form>`;
}

function templateLink(template: string): Html {
  return html`<a class="strong" href="${TEMPLATES}?modele=${encodeURIComponent(template)}">${template}</a>`;
}

function share(part: number, whole: number): Html {
  const percent = Math.floor((100 * part) / whole);
  return html`<meter value="${percent}" max="100" aria-hidden="true"></meter> ${percent}\u00a0% <span class="mut">(${number(part)} sur ${number(whole)})</span>`;
}

function adoptionTable({ gateway }: Visit, months: readonly TemplateMonth[]): Html {
  return table(
    'Adoption par modèle et par mois',
    [
      { label: 'Modèle', wide: true },
      { label: 'Établissement' },
      { label: 'Mois' },
      { label: 'Documents justes' },
      { label: 'Pages au symbole juste' },
    ],
    months.map((row) => [
      html`${templateLink(row.template)}<br><span class="mut">${row.software}</span>`,
      establishmentName(gateway.config, row.eg),
      `${row.month.slice(5)}/${row.month.slice(0, 4)}`,
      share(row.documentsRight, row.documents),
      share(row.pagesRight, row.pages),
    ]),
  );
}

function auditTable({ gateway }: Visit, audits: readonly TemplateAuditRecord<TemplateOutcome>[]): Html {
  return table(
    'Derniers audits',
    [
      { label: 'Audit' },
      { label: 'Modèle', wide: true },
      { label: 'Établissement' },
      { label: 'Résultat' },
      { label: 'Pages', align: 'right' },
    ],
    audits.map((record) => [
      html`<a href="${TEMPLATES}/${record.id}">${dateTime(record.at)}</a>`,
      html`${templateLink(record.template)}<br><span class="mut">${record.software}</span>`,
      establishmentName(gateway.config, record.eg),
      chip(record.right ? VERDICTS.right : VERDICTS.wrong),
      number(record.pages),
    ]),
  );
}
