#!/usr/bin/env node
// Runs a TypeScript entry point of this tree under the Node that package-lock.json pins.
// Written for any Node >= 20.19, because that is what the user may have on the PATH.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from './node-flags.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const [entry, ...args] = process.argv.slice(2);

/** The pinned runtime when this platform has one, else the Node that runs this file if it strips types by itself. */
function pinnedNode() {
  const binary = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(binary)) return { binary, flags: NODE_FLAGS };
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  // Another Node may not know every flag of V8, and would not start.
  if (major > 24 || (major === 24 && minor >= 2)) return { binary: process.execPath, flags: NODE_FLAGS.slice(0, 1) };
  return undefined;
}

function stopWith(message) {
  console.error(message);
  process.exit(2);
}

const system = `${process.platform} ${process.arch}`;
const node = pinnedNode();
if (entry === undefined) stopWith('usage: node bin/run.mjs ENTRY.ts [ARG ...]');
if (node === undefined) {
  stopWith(
    `Trait d'Union : aucun Node utilisable. Ce système (${system}) n'a pas d'exécutable épinglé ; lancez "npm ci", ou installez Node 24.2 ou plus récent et indiquez DATABASE_URL.`,
  );
}

// What was compiled at one start is kept for the next (and for the processes of the tests): half of the time of a start.
const compileCache = process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules', '.cache', 'compile');
const child = spawn(node.binary, [...node.flags, join(root, entry), ...args], {
  stdio: 'inherit',
  env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
});
child.on('error', (error) => {
  stopWith(
    `Trait d'Union : ${node.binary} ne se lance pas sur ce système (${system}, glibc requise) : ${error.message}. Installez Node 24.2 ou plus récent, puis "npm ci --omit=optional", et indiquez DATABASE_URL.`,
  );
});
// The child owns the shutdown: it receives the signal, stops its own children and decides the exit code.
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? code : 128 + constants.signals[signal]));
