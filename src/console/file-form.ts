/** Forms with a file: their fields are read like those of any form, their file by the page, as it arrives. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NotAForm, readFileForm, type UploadedFile } from '../wire/multipart/read.ts';

const FILE = Symbol('file');

/** Teaches a scope the forms that carry a file. */
export function registerFileForms(scope: FastifyInstance): void {
  scope.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, payload: IncomingMessage) => {
    try {
      // A form that is refused half-way is still answered: its connection is not broken under the answer.
      const bytes = payload.iterator({ destroyOnReturn: false });
      const { fields, file } = await readFileForm(request.headers['content-type'] ?? '', bytes);
      return { ...fields, [FILE]: file };
    } catch (error) {
      throw error instanceof NotAForm ? Object.assign(error, { statusCode: 400 }) : error;
    }
  });
}

export function uploadedFile(body: unknown): UploadedFile | undefined {
  return typeof body === 'object' && body !== null && FILE in body
    ? (body[FILE] as UploadedFile | undefined)
    : undefined;
}
