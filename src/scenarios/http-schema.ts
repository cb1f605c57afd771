import { z } from 'zod';
import { compileJsonPath } from '../core/json-path.ts';
import { parseTemplate } from '../core/templates.ts';
import { outcomeNames } from '../targets/http/outcome-names.ts';
import { contract } from './http-contract-schema.ts';
import { truthSchema } from './http-truth-schema.ts';
import { listOf, namesOf, oneOf, text, trueOrFalse } from './values.ts';

/** The part of the scenario's schema that says how a server of the user's own is asked: see schema.ts. */

const url = z.url({ protocol: /^https?$/, error: 'write an http:// or https:// URL' });

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD'] as const;

/** Operations that a template can be written for, by the order in which a shopper comes to them. */
const operations = ['login', 'page', 'order', 'status', 'cancel', 'logout'] as const;

/** Text with placeholders that can be read. Which of them there are is checked across keys. */
const template = (example: string): z.ZodString =>
  text(example).superRefine((written, context) => {
    const pieces = parseTemplate(written);
    if (!('mistake' in pieces)) return;
    context.addIssue({ code: 'custom', message: `${pieces.mistake}; write {{user.id}}` });
  });

const fieldName = text('Authorization').regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, {
  error: 'write the name of a header, such as Authorization',
});

const headers = z.record(
  fieldName,
  template('Bearer {{login.token}}').regex(/^[^\r\n\0]*$/, { error: 'write it on one line' }),
);

const path = template('/orders/{{order.id}}').regex(
  /^\/[\x21-\x7e]*( *\{\{[^}]*\}\}[\x21-\x7e]*)*$/,
  {
    error: 'write a path that begins with / and has no spaces, such as /orders/{{order.id}}',
  },
);

const jsonPath = text('$.order.id').refine((written) => compileJsonPath(written) !== undefined, {
  error: 'write a JSONPath of names and indexes, such as $.orders[0].id',
});

const pattern = text('order-(\\d+)').refine(isPattern, {
  error: 'write a regular expression, such as order-(\\d+)',
});

const textOrPattern = text('/sold out/i').refine(
  (written) => {
    const [, source, flags] = /^\/(.+)\/([a-z]*)$/s.exec(written) ?? [];
    return source === undefined || (/^[imsu]*$/.test(flags ?? '') && isPattern(source));
  },
  { error: 'write a text, or a pattern such as /sold out/i (flags i, m, s, u)' },
);

function isPattern(source: string): boolean {
  try {
    new RegExp(source);
    return true;
  } catch {
    return false;
  }
}

const capture = z
  .strictObject({
    json: jsonPath.optional().describe('JSONPath into the body.'),
    header: fieldName.optional().describe('Name of a header.'),
    cookie: text('sid').optional().describe('Name of a cookie that the answer sets.'),
    regex: pattern
      .optional()
      .describe('What of it is wanted: the first group, or all that it finds; alone, of the body.'),
  })
  .refine(
    ({ json, header, cookie, regex }) => {
      const places = [json, header, cookie].filter((place) => place !== undefined).length;
      return places === 1 || (places === 0 && regex !== undefined);
    },
    { error: 'name one of json, header and cookie, or a regex of the body' },
  );

const captureName = z.string().regex(/^[A-Za-z]\w{0,62}$/, {
  error: 'write letters, digits and _, such as token',
});

const captures = z.record(captureName, capture);

const statusAdvice = 'write a status such as 201, a class such as 2xx, or a list of them';

const oneStatus = z.union(
  [z.int().min(100).max(599), z.string().regex(/^[1-5]xx$/, { error: statusAdvice })],
  { error: statusAdvice },
);

const status = z.union([oneStatus, z.array(oneStatus).min(1, { error: statusAdvice })], {
  error: statusAdvice,
});

const scalar = z.union([textOrPattern, z.number(), z.boolean(), z.null()], {
  error: 'write a value, or a pattern such as /sold/i',
});

const outcome = z.strictObject({
  status: status.optional().describe('A status, a class such as 2xx, or a list of them.'),
  header: z
    .record(fieldName, textOrPattern)
    .optional()
    .describe('Headers by name: the whole value, or a /pattern/.'),
  json: z
    .record(jsonPath, scalar)
    .optional()
    .describe('Values of the body by JSONPath: the value, or a /pattern/.'),
  body: textOrPattern.optional().describe('Text that the body holds, or a /pattern/.'),
  is: oneOf(namesOf(outcomeNames)).describe('What the answer means then.'),
});

const outcomes = z.array(outcome).max(100, { error: 'write at most 100 rules' });

const request = {
  method: oneOf(methods).default('GET').describe('HTTP method.'),
  path: path.describe('Below the base URL, with its query.'),
  headers: headers.optional().describe('By name.'),
  json: z.unknown().optional().describe('The body as JSON.'),
  form: z
    .record(z.string(), template('{{user.id}}'))
    .optional()
    .describe('The body as a form, by field.'),
  body: template('<order/>').optional().describe('The body as text.'),
  capture: captures.optional().describe('Values of the answer, by name.'),
};

const requestTemplate = z
  .strictObject({
    ...request,
    outcomes: outcomes
      .min(1, { error: 'write at least one rule, or leave outcomes out' })
      .optional()
      .describe('What answers mean; the first rule that fits counts.'),
  })
  .refine(hasOneBody, { error: 'keep one of json, form and body' });

const saleRequest = z
  .strictObject({
    ...request,
    expect: status.optional().describe('Statuses that are as they should be; left out, 2xx.'),
  })
  .refine(hasOneBody, { error: 'keep one of json, form and body' });

function hasOneBody({
  json,
  form,
  body,
}: {
  readonly json?: unknown;
  readonly form?: unknown;
  readonly body?: unknown;
}): boolean {
  return [json, form, body].filter((written) => written !== undefined).length <= 1;
}

const saleRequests = z.array(saleRequest).max(50, { error: 'write at most 50 requests' });

const file = text('shop-ca.pem').min(1, { error: 'name a file' });

/** `target.http`. */
export const httpTarget = z
  .strictObject({
    baseUrl: url.describe('Where the server listens.'),
    truthUrl: url.optional().describe('GET answers what the store holds, as JSON.'),
    saleUrl: url.optional().describe('POST {opensAt, closesAt, products} makes a new sale ready.'),
    eventUrl: url
      .optional()
      .describe('POST {kind, …} restocks, warms up or closes the running sale.'),
    tls: z
      .strictObject({
        ca: file.optional().describe('PEM file of the authority that signed its certificate.'),
        cert: file.optional().describe('PEM file of a client certificate.'),
        key: file.optional().describe('PEM file of its key.'),
      })
      .optional()
      .describe('Certificates, from the folder of the scenario.'),
    headers: headers.optional().describe('Sent with every request of a shopper.'),
    cookies: trueOrFalse()
      .default(true)
      .describe('Whether each device keeps the cookies that it gets.'),
    requests: z
      .partialRecord(oneOf(operations), requestTemplate)
      .optional()
      .describe(`How it is asked: ${listOf(operations)}; left out, by the reference API.`),
    outcomes: outcomes
      .optional()
      .describe('Rules for the answers of all requests, tried after their own.'),
    feeders: z
      .record(
        z.string().regex(/^[A-Za-z][\w-]{0,62}$/, { error: 'write a name such as accounts' }),
        z.strictObject({ file }),
      )
      .optional()
      .describe('Files of rows, one for each person; CSV with a header, or JSON.'),
    setup: saleRequests.optional().describe('Sent before anybody logs in.'),
    announce: saleRequests
      .optional()
      .describe('Sent when every device is ready: they tell the server when to open.'),
    teardown: saleRequests.optional().describe('Sent when everything is over.'),
    truth: truthSchema.optional(),
    contract,
  })
  .describe('Your own server, by its own API or the reference API.');
