/** What a person sees of the simulator: whom to sign in as. */
import { escapeXml } from '../../wire/xml/xml.ts';
import type { SimulatedPerson } from './people.ts';

const STYLE =
  ':root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}' +
  'h1{font-size:1.4rem}button{display:block;width:100%;text-align:left;font:inherit;padding:.75rem 1rem;margin:.5rem 0;border:1px solid #8592a3;border-radius:6px;cursor:pointer}' +
  'small{display:block}';

function page(title: string, body: string): string {
  return `<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
}

export function choicePage(people: readonly SimulatedPerson[], request: string): string {
  const buttons = people.map(
    ({ id, given, family, description }) =>
      `<button name="personne" value="${escapeXml(id)}">${escapeXml(`${given} ${family}`)}<small>${escapeXml(description)}</small></button>`,
  );
  return page(
    'Pro Santé Connect – simulateur',
    `<p>Démonstration : aucune carte ni e-CPS. Choisir le professionnel fictif à authentifier.</p><form method="post" action="/auth"><input type="hidden" name="demande" value="${request}">${buttons.join('')}<button name="personne" value="">Renoncer</button></form>`,
  );
}

export function problemPage(detail: string): string {
  return page('Pro Santé Connect – simulateur', `<p>Demande refusée : ${escapeXml(detail)}.</p>`);
}
