/** The PDF of a document against PDF/A-1b, before and after its preparation. Its pages side by side are on the content page. */
import { pdfForms } from '../documents/index.ts';
import type { DocumentRecord } from '../store/documents.ts';
import type { PdfAReport } from '../wire/pdf/pdfa/check.ts';
import type { PdfComparison } from '../wire/pdf/pdfa/compare.ts';
import { empty, explanation, fields, table } from './components.ts';
import { bytes, counted, number } from './format.ts';
import { type Html, html } from './html.ts';
import { heading } from './layout.ts';
import type { Answer, Visit } from './visit.ts';
import { ruleTitle } from './words.ts';

export async function showPdfA({ gateway }: Visit, document: DocumentRecord): Promise<Answer> {
  const { pool, kept } = gateway;
  const forms = await pdfForms(pool, document, kept);
  const back = `/console/documents/${document.id}/contenu`;
  const body = html`${heading(
    'PDF/A : avant et après',
    html`<p>${document.title}</p>`,
    html`<a href="/console/documents">Documents</a> <span aria-hidden="true">/</span> <a href="${back}">Contenu du document</a>`,
  )}
<p class="mut">Contrôle de ce que PDF/A-1b (ISO 19005-1) interdit ou exige ; ce n’est pas un validateur.</p>
${
  forms.ok
    ? html`${forms.value.comparison !== undefined && comparisonCard(forms.value.comparison)}
<div class="columns halves">${reportCard('Original', forms.value.original)}${reportCard('Version à envoyer', forms.value.prepared)}</div>`
    : empty(ruleTitle(forms.refusal.rule), explanation(forms.refusal.rule, forms.refusal.detail))
}`;
  return { kind: 'page', title: `PDF/A de ${document.title}`, section: 'documents', body };
}

function comparisonCard({ pages, bytes: sizes, sameSizes, characters, changedPixels }: PdfComparison): Html {
  return html`<section class="card"><h2>Ce qui a changé</h2>${fields([
    ['Pages', `${pages.before} avant, ${pages.after} après`],
    ['Taille du fichier', `${bytes(sizes.before)} avant, ${bytes(sizes.after)} après`],
    ['Taille des pages', sameSizes ? 'inchangée' : 'changée'],
    [
      'Texte copiable',
      `${counted(characters.before, 'caractère', 'caractères')} avant ; ${number(characters.lost)} perdus, ${number(characters.added)} ajoutés`,
    ],
    ['Aspect', `${(changedPixels * 100).toFixed(2).replace('.', ',')} % de la page la plus différente`],
  ])}<p class="mut">Le bandeau d’identité et le DataMatrix comptent parmi les ajouts.</p></section>`;
}

function reportCard(name: string, report: PdfAReport | undefined): Html {
  if (report === undefined)
    return html`<section class="card"><h2>${name}</h2>${empty('Aucun PDF', 'Ce document n’a pas de PDF sous cette forme.')}</section>`;
  const { declared, findings, pageCount, bytes: size, signed } = report;
  return html`<section class="card"><h2>${name}</h2>${fields([
    ['Se déclare', declared ?? 'pas PDF/A'],
    ['Pages', number(pageCount)],
    ['Taille', bytes(size)],
    ['Signature', signed && 'signé, jamais converti'],
  ])}${
    findings.length === 0
      ? html`<p>Aucun écart trouvé.</p>`
      : table(
          `Écarts à PDF/A-1b : ${name}`,
          [{ label: 'Article' }, { label: 'Constat', wide: true }],
          findings.map(({ clause, text }) => [clause, text]),
        )
  }</section>`;
}
