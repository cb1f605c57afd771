import type { Environment, Output, StopSignal } from '../../../src/cli/environment.ts';
import { Secrets } from '../../../src/core/secrets.ts';

/** An environment that keeps what was printed. */
export interface FakeEnvironment extends Environment {
  out(): string;
  err(): string;
  signal(name: StopSignal): void;
}

export function fakeEnvironment(cwd = '/nowhere', colour = false): FakeEnvironment {
  const secrets = new Secrets();
  const printed = { out: '', err: '' };
  const listeners = new Set<(signal: StopSignal) => void>();
  const output = (stream: 'out' | 'err'): Output => ({
    isTTY: colour,
    columns: 80,
    colour,
    write: (text) => {
      printed[stream] += secrets.text(text);
    },
  });
  return {
    stdout: output('out'),
    stderr: output('err'),
    env: {},
    cwd,
    secrets,
    setExitCode: () => undefined,
    onStopSignal: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    out: () => printed.out,
    err: () => printed.err,
    signal: (name) => {
      for (const listener of listeners) listener(name);
    },
  };
}
