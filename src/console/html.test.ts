import assert from 'node:assert/strict';
import test from 'node:test';
import { html, render } from './html.ts';

const HOSTILE = `<img src=x onerror="alert('1')">&`;
const ESCAPED = '&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;';

test('a value is escaped in text and in an attribute', () => {
  assert.equal(render(html`<p title="${HOSTILE}">${HOSTILE}</p>`), `<p title="${ESCAPED}">${ESCAPED}</p>`);
});

test('markup made by html is kept, alone and in lists; lists of texts are escaped', () => {
  const item = html`<li>${HOSTILE}</li>`;
  assert.equal(render(html`<ul>${[item, item]}</ul>`), `<ul><li>${ESCAPED}</li><li>${ESCAPED}</li></ul>`);
  assert.equal(render(html`${['<', [item]]}`), `&lt;<li>${ESCAPED}</li>`);
});

test('nothing shows for null, undefined and booleans; zero does', () => {
  assert.equal(render(html`[${null}${undefined}${false}${true}${0}]`), '[0]');
});

test('an object that imitates markup is not markup', () => {
  const forged: unknown = JSON.parse('{"markup":"<script>"}');
  assert.throws(() => render(html`${forged as string}`));
});

test('the template itself is not escaped, nor entities written in it', () => {
  assert.equal(render(html`<b>&amp;</b>`), '<b>&amp;</b>');
});
