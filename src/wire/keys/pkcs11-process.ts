/** The process that holds a card: asked by messages, it opens the card once and signs one thing after the other. */
import { KeyUnavailable } from './key-unavailable.ts';
import { openToken, type Token, type TokenChoice } from './pkcs11-library.ts';

export type CardRequest =
  | { readonly id: number; readonly do: 'open'; readonly choice: TokenChoice }
  | { readonly id: number; readonly do: 'sign'; readonly input: string };

/** Bytes travel in Base64. */
export type CardAnswer =
  | { readonly id: number; readonly ok: true; readonly bytes: string }
  | { readonly id: number; readonly ok: false; readonly trouble: KeyUnavailable['trouble']; readonly code: string };

let token: Token | undefined;

process.on('message', (request: CardRequest) => {
  process.send?.(answer(request));
});
// The gateway ended without a word: so does the session with the card.
process.on('disconnect', () => process.exit(0));

function answer(request: CardRequest): CardAnswer {
  const { id } = request;
  try {
    if (request.do === 'open') token = openToken(request.choice);
    if (token === undefined) throw new KeyUnavailable('failed', 'carte non ouverte');
    const bytes = request.do === 'open' ? token.certificate : token.sign(Buffer.from(request.input, 'base64'));
    return { id, ok: true, bytes: bytes.toString('base64') };
  } catch (error) {
    return error instanceof KeyUnavailable
      ? { id, ok: false, trouble: error.trouble, code: error.message }
      : { id, ok: false, trouble: 'failed', code: error instanceof Error ? error.name : 'unknown' };
  }
}
