import type { HttpOptions } from './http/options.ts';
import type { ReferenceOptions, TargetContext } from './reference/options.ts';
import type { Protocol, ProtocolSpec, Target } from './target.ts';

/** A kind of server that flashsim can load. */
interface TargetEntry<Options> {
  /** One line, for help and docs. */
  readonly describe: string;
  /** Makes a target that is not started yet. Throws FlashsimError when the settings cannot work. */
  readonly create: (options: Options, context: TargetContext) => Promise<Target>;
  /** Rebuilds the protocol in any process from what `start()` returned. */
  readonly createProtocol: (spec: ProtocolSpec) => Promise<Protocol>;
}

async function referenceApi(spec: ProtocolSpec): Promise<Protocol> {
  const { createReferenceProtocol } = await import('./reference-api.ts');
  return createReferenceProtocol(spec);
}

const reference: TargetEntry<ReferenceOptions> = {
  describe: 'The bundled order server, on an embedded PostgreSQL or one of your own.',
  create: async (options, context) => {
    const { createReferenceTarget } = await import('./reference/target.ts');
    return createReferenceTarget(options, context);
  },
  createProtocol: referenceApi,
};

const http: TargetEntry<HttpOptions> = {
  describe: 'Your own server, by its own API or the reference API.',
  create: async (options, context) => {
    const { createHttpTarget } = await import('./http/target.ts');
    return createHttpTarget(options, context);
  },
  createProtocol: async (spec) => {
    if (spec.templates === undefined) return referenceApi(spec);
    const { createTemplateProtocol } = await import('./http/templates/protocol.ts');
    return createTemplateProtocol(spec);
  },
};

/** Every target, by the name it has in a scenario. Drivers are loaded when a target is created. */
export const targets = { reference, http } as const;
