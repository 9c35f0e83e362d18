/** The browser of the tests: Debian's Chromium, driven by Playwright, judged by axe-core. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, chromium, type Page } from 'playwright-core';

const EXECUTABLE = '/usr/bin/chromium';

/** Why browser tests cannot run here; undefined when they can. */
export function browserMissing(): string | undefined {
  return existsSync(EXECUTABLE) ? undefined : `${EXECUTABLE} is not installed`;
}

export function launch(): Promise<Browser> {
  // Chromium refuses its sandbox to root, which is what CI is.
  return chromium.launch({ executablePath: EXECUTABLE, args: ['--no-sandbox'] });
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe finds on the page as it stands, best-practice rules included. */
export async function axeViolations(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  // A colour on its way to another is neither.
  await page.evaluate('Promise.allSettled(document.getAnimations().map((animation) => animation.finished))');
  const violations = await page.evaluate<readonly Violation[]>('axe.run(document).then((result) => result.violations)');
  return violations.map(({ id, help, nodes }) => {
    const places = nodes.map((node) => `${node.html.slice(0, 200)} ${node.failureSummary ?? ''}`).join('\n    ');
    return `${id}: ${help}\n    ${places}`;
  });
}

/** How many pixels the page is wider than its window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Collects what the browser complains about: script errors, refused resources, violations of the policy. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  return complaints;
}

/** Moves the focus there with Tab alone, as a person without a mouse does. */
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let press = 0; press < 80; press += 1) {
    await page.keyboard.press('Tab');
    if (await page.evaluate<boolean>(`document.activeElement?.matches(${JSON.stringify(selector)}) ?? false`)) return;
  }
  throw new Error(`${selector} cannot be reached with the keyboard`);
}
