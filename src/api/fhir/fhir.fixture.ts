/** The FHIR door of the API bench: every answer is held against R4 and the rule catalogue. */
import assert from 'node:assert/strict';
import { DEMO_IPP_DOMAIN } from '../../demo/structure.ts';
import { ruleById } from '../../rules/catalogue.ts';
import { type CheckedPatient, checkedOutcome, checkedPatient } from '../../wire/fhir/structure.fixture.ts';
import type { ApiBench } from '../api.fixture.ts';

export interface FhirReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  /** Rule of the OperationOutcome; undefined for a success. */
  readonly rule: string | undefined;
}

export interface FhirSent {
  readonly token: string;
  readonly body?: object;
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function fhir(
  bench: ApiBench,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  sent: FhirSent,
): Promise<FhirReply> {
  const { token, body, form, headers = {} } = sent;
  const payload = form === undefined ? body && JSON.stringify(body) : new URLSearchParams(form).toString();
  const type = form === undefined ? 'application/fhir+json' : 'application/x-www-form-urlencoded';
  const response = await bench.app.inject({
    method,
    url: `/fhir${path}`,
    headers: {
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(payload === undefined ? {} : { 'content-type': type }),
      ...headers,
    },
    ...(payload === undefined ? {} : { payload }),
  });
  assert.equal(response.headers['content-type'], 'application/fhir+json; charset=utf-8');
  assert.equal(response.headers['cache-control'], 'no-store');
  const answer: unknown = JSON.parse(response.payload);
  const rule = response.statusCode < 400 ? undefined : ruleOf(answer, response.statusCode);
  return { status: response.statusCode, headers: response.headers, body: answer, rule };
}

function ruleOf(answer: unknown, status: number): string {
  const [issue] = checkedOutcome(answer).issue;
  const code = issue?.details.coding[0]?.code ?? '';
  const rule = ruleById(code);
  assert.ok(rule, `${code} is not in the catalogue`);
  assert.deepEqual([rule.http, rule.title], [status, issue?.details.text]);
  return code;
}

/** A Patient that creates an identity. */
export function newPatient(ipp: string, parts: object = {}): object {
  return {
    resourceType: 'Patient',
    identifier: [
      {
        use: 'usual',
        type: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code: 'PI' }] },
        system: `urn:oid:${DEMO_IPP_DOMAIN}`,
        value: ipp,
      },
    ],
    name: [{ use: 'official', family: 'Pat-Trois', given: ['Dominique'] }],
    gender: 'female',
    birthDate: '1979-03-28',
    ...parts,
  };
}

/** Checked resources of a searchset. */
export function entriesOf({ body }: FhirReply): CheckedPatient[] {
  assert.ok(typeof body === 'object' && body !== null && 'resourceType' in body && body.resourceType === 'Bundle');
  const entry: unknown = 'entry' in body ? body.entry : [];
  assert.ok(Array.isArray(entry));
  return entry.map((one) => checkedPatient(one.resource));
}

/** Address of the next page, without its base. */
export function nextOf({ body }: FhirReply): string | undefined {
  assert.ok(typeof body === 'object' && body !== null && 'link' in body && Array.isArray(body.link));
  const next = body.link.find(({ relation }) => relation === 'next')?.url;
  return next === undefined ? undefined : String(next).replace(/^https?:\/\/[^/]+\/fhir/, '');
}
