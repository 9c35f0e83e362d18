/** A reporter of node:test that writes one JSON line per finished test, for `run-file.ts`. */
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** One line. */
export interface TestRecord {
  /** With the names of the tests around it. */
  readonly name: string;
  readonly suite: boolean;
  /** Why it was skipped; absent when it ran. */
  readonly skipped?: string | undefined;
  /** Absent when it passed. */
  readonly failure?: string;
  /** It failed only because a test inside did, which has a record of its own. */
  readonly onlyInside?: boolean;
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const names: string[] = [];
  for await (const event of events) {
    if (event.type === 'test:start') names[event.data.nesting] = event.data.name;
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { nesting, details, skip, todo } = event.data;
    const record: TestRecord = {
      name: names.slice(0, nesting + 1).join(' › '),
      suite: details.type === 'suite',
      skipped: reasonOf(skip) ?? reasonOf(todo),
      ...('error' in details ? failureOf(details.error) : {}),
    };
    yield `${JSON.stringify(record)}\n`;
  }
}

function reasonOf(mark: string | boolean | undefined): string | undefined {
  if (mark === undefined || mark === false) return undefined;
  return mark === true || mark === '' ? 'no reason given' : mark;
}

function failureOf(error: Error & { failureType?: string }): Pick<TestRecord, 'failure' | 'onlyInside'> {
  return { failure: inspect(error.cause ?? error, { depth: 4 }), onlyInside: error.failureType === 'subtestsFailed' };
}
