/** A professional at her browser, as far as `fetch` goes: signs in through the simulator of Pro Santé Connect. */
import assert from 'node:assert/strict';
import { DEMO_READER } from '../../src/demo/professionals.ts';

export interface Page {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

export interface ProfessionalVisitor {
  get(path: string): Promise<Page>;
  /** A form of the console, with the token of the session. A redirection inside the console is followed. */
  post(path: string, fields: Record<string, string>): Promise<Page>;
  readonly cookie: string;
}

/** `console`: its address, as in runtime.json. */
export async function signInAs(console: string, person = DEMO_READER.id): Promise<ProfessionalVisitor> {
  const { origin } = new URL(console);
  const departure = await fetch(`${origin}/console/connexion/professionnel`, { redirect: 'manual' });
  const attempt = departure.headers.getSetCookie().map(pairOf).join('; ');
  const provider = departure.headers.get('location') ?? '';
  const choice = await (await fetch(provider)).text();
  const demande = /name="demande" value="([\w-]+)"/.exec(choice)?.[1] ?? '';
  const body = new URLSearchParams({ demande, personne: person });
  const chosen = await fetch(new URL('/auth', provider), { method: 'POST', body, redirect: 'manual' });
  const back = await fetch(chosen.headers.get('location') ?? '', { headers: { cookie: attempt }, redirect: 'manual' });
  assert.equal(back.status, 200, await back.text());
  const cookie = back.headers
    .getSetCookie()
    .map(pairOf)
    .filter((pair) => pair.startsWith('tdu_session=') && pair !== 'tdu_session=')
    .join('; ');
  return visitor(origin, cookie);
}

async function visitor(origin: string, cookie: string): Promise<ProfessionalVisitor> {
  const get = async (path: string): Promise<Page> => {
    const answer = await fetch(`${origin}${path}`, { headers: { cookie }, redirect: 'manual' });
    return { status: answer.status, body: await answer.text(), headers: answer.headers };
  };
  const jeton = /name="jeton" value="([^"]+)"/.exec((await get('/console/')).body)?.[1] ?? '';
  return {
    get,
    cookie,
    post: async (path, fields) => {
      const body = new URLSearchParams({ jeton, ...fields });
      const answer = await fetch(`${origin}${path}`, { method: 'POST', headers: { cookie }, body, redirect: 'manual' });
      const to = answer.headers.get('location');
      return to === null ? { status: answer.status, body: await answer.text(), headers: answer.headers } : get(to);
    },
  };
}

function pairOf(cookie: string): string {
  return cookie.split(';', 1)[0] ?? '';
}
