/** What a template audit shows: a page with its symbols outlined, the faults, the fields. */
import { BLOCKS, type BlockId } from '../ins/datamatrix.ts';
import { ruleById } from '../rules/catalogue.ts';
import type { FoundFault, TemplateOutcome } from '../templates/index.ts';
import type { TemplatePage } from '../wire/pdf/template-scan.ts';
import { chip, table } from './components.ts';
import { type Html, html } from './html.ts';
import { french, ruleTitle, type Word } from './words.ts';

type KeptPage = TemplateOutcome['pages'][number];

export const VERDICTS: Readonly<Record<'right' | 'wrong' | 'bare', Word>> = {
  right: { tone: 'ok', label: 'Symbole juste' },
  wrong: { tone: 'bad', label: 'À corriger' },
  bare: { tone: 'idle', label: 'Sans symbole INS' },
};

const SEVERITIES: Readonly<Record<FoundFault['severity'], Word>> = {
  error: { tone: 'bad', label: 'Défaut' },
  warning: { tone: 'wait', label: 'À vérifier' },
  information: { tone: 'idle', label: 'Information' },
};

/** A page without symbol is wrong only where one is due. */
function pageVerdict(page: KeptPage): Word {
  if (page.right) return VERDICTS.right;
  const wrong = faultsOf(page).some(({ severity }) => severity === 'error');
  return wrong ? VERDICTS.wrong : VERDICTS.bare;
}

function faultsOf({ findings, symbols }: KeptPage): readonly FoundFault[] {
  return [...findings, ...symbols.flatMap((symbol) => symbol.findings)];
}

export function faultTable(caption: string, faults: readonly FoundFault[]): Html {
  return table(
    caption,
    [{ label: 'Gravité' }, { label: 'Constat', wide: true }, { label: 'Qui corrige' }],
    faults.map(({ rule: id, severity, detail }) => {
      const rule = ruleById(id);
      return [
        chip(SEVERITIES[severity]),
        html`<span class="strong">${rule === undefined ? id : ruleTitle(rule)}</span>${detail !== null && html`<br>${french(detail)}`}${rule !== undefined && html`<br><span class="mut">${french(rule.remedy)}</span>`} <a href="/console/regles#${id}">${id}</a>`,
        rule?.owner === 'aucun' ? 'Personne' : (rule?.owner ?? ''),
      ];
    }),
  );
}

/** `values`: what was read, for whoever has just given the document; absent, the shape that was kept. */
function fieldTable(symbol: KeptPage['symbols'][number], values: ReadonlyMap<BlockId, string> | undefined): Html {
  return table(
    'Champs du DataMatrix',
    [
      { label: 'Champ' },
      { label: values === undefined ? 'Forme' : 'Valeur lue', wide: true },
      { label: 'Caractères', align: 'right' },
    ],
    symbol.fields.map(({ block, length, shape }) => [
      `${block} ${BLOCKS[block].label}`,
      html`<code>${values?.get(block) ?? shape}</code>`,
      String(length),
    ]),
  );
}

/** The page to scale, in millimetres; without a picture it is a white sheet. */
function pageDrawing(page: KeptPage, picture: TemplatePage['picture']): Html {
  const { widthMm, heightMm, symbols, unread } = page;
  const size = (value: number): string => value.toFixed(1);
  const boxes = [
    ...symbols.map(({ positionMm, findings, ins }) => ({
      zone: positionMm,
      kind: !ins ? 'other' : findings.some(({ severity }) => severity === 'error') ? 'wrong' : 'right',
    })),
    ...unread.map((zone) => ({ zone, kind: 'wrong' })),
  ];
  const source =
    picture !== undefined && `data:${picture.mimeType};base64,${Buffer.from(picture.bytes).toString('base64')}`;
  return html`<svg class="template-sheet" viewBox="0 0 ${size(widthMm)} ${size(heightMm)}" role="img" aria-label="Page ${page.page} : ${boxes.length} symbole(s) entouré(s)"><rect class="paper" width="${size(widthMm)}" height="${size(heightMm)}"/>${source !== false && html`<image href="${source}" width="${size(widthMm)}" height="${size(heightMm)}"/>`}${boxes.map(
    ({ zone, kind }) =>
      html`<rect class="symbol ${kind}" x="${size(zone.x - 2)}" y="${size(zone.y - 2)}" width="${size(zone.width + 4)}" height="${size(zone.height + 4)}"/>`,
  )}</svg>`;
}

/** One page: drawing on one side, what was found on the other. */
export function pageSection(
  page: KeptPage,
  seen?: { readonly picture: TemplatePage['picture']; readonly values: readonly ReadonlyMap<BlockId, string>[] },
): Html {
  const faults = faultsOf(page);
  return html`<section class="card audited"><div class="card-head"><h3>Page ${page.page}</h3>${chip(pageVerdict(page))}</div>
<div class="audited-page">${pageDrawing(page, seen?.picture)}<div>${faults.length > 0 ? faultTable(`Constats de la page ${page.page}`, faults) : html`<p>Aucun défaut trouvé${page.symbols.length === 0 && ' ; le DataMatrix n’est dû que sur la première page'}.</p>`}
${page.symbols.map((symbol, index) => html`<p>${measures(symbol)}</p>${symbol.ins && fieldTable(symbol, seen?.values[index])}`)}</div></div></section>`;
}

function measures({ modules, moduleMm, quietZoneModules, positionMm }: KeptPage['symbols'][number]): string {
  const mm = (value: number, digits: number): string => value.toFixed(digits).replace('.', ',');
  const quiet = quietZoneModules === null ? 'non mesurée' : `${mm(quietZoneModules, 1)} module(s)`;
  return `Symbole de ${modules} × ${modules} modules de ${mm(moduleMm, 2)} mm, à ${mm(positionMm.x, 0)} mm du bord gauche et ${mm(positionMm.y, 0)} mm du haut ; marge blanche : ${quiet}.`;
}
