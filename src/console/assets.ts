/** The three files of the console: style, script and icon. Read once, served with a validator. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';

interface Asset {
  readonly name: string;
  readonly type: string;
  /** Files that make it, in this order. */
  readonly parts: readonly string[];
}

const ASSETS: readonly Asset[] = [
  {
    name: 'console.css',
    type: 'text/css; charset=utf-8',
    parts: ['base.css', 'frame.css', 'surfaces.css', 'forms.css', 'pages.css', 'plan.css', 'narrow.css'],
  },
  { name: 'console.js', type: 'text/javascript; charset=utf-8', parts: ['console.js'] },
  { name: 'icone.svg', type: 'image/svg+xml', parts: ['icone.svg'] },
];

export function registerAssets(app: FastifyInstance): void {
  for (const { name, type, parts } of ASSETS) {
    const bytes = Buffer.concat(parts.map((part) => readFileSync(join(import.meta.dirname, 'assets', part))));
    const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
    app.get(`/console/fichiers/${name}`, async (request, reply) => {
      reply.headers({ etag, 'cache-control': 'no-cache' });
      if (request.headers['if-none-match'] === etag) return reply.status(304).send();
      return reply.type(type).send(bytes);
    });
  }
}
