import { type ChildProcess, fork } from 'node:child_process';
import process from 'node:process';
import { FlashsimError } from '../../core/errors.ts';
import { builtFile } from '../../core/package-files.ts';
import {
  type Answer,
  type FromPrimary,
  PendingAnswers,
  type PrimaryConfig,
  type Question,
  type ToPrimary,
} from './ipc.ts';

/** Two processes of Node and their modules, on a busy machine. */
const startTimeoutMs = 30_000;
const askTimeoutMs = 10_000;
const stopTimeoutMs = 3_000;
/** What is kept of the server's stderr, to say why it did not start. */
const stderrTailLength = 2_000;

/** The CLI's end of the server's processes. */
export class PrimaryClient {
  readonly #child: ChildProcess;
  readonly #pending = new PendingAnswers();
  readonly #incidents: string[] = [];
  readonly #exited: Promise<void>;
  #pids: readonly number[] = [];
  #alive = true;
  #stopping = false;
  #stderrTail = '';
  #port = 0;
  #onStart: (outcome: { readonly port: number } | FlashsimError) => void = () => undefined;

  constructor() {
    this.#child = fork(builtFile('targets/reference/primary-entry.js'), [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      // Loaders and inspectors of this process are not meant for the server.
      execArgv: [],
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderrTail = `${this.#stderrTail}${text}`.slice(-stderrTailLength);
    });
    this.#child.on('message', (message: FromPrimary) => this.#hear(message));
    this.#exited = new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#leave(signal ?? `exit code ${code ?? 0}`);
        resolve();
      });
      this.#child.once('error', (error) => {
        this.#leave(error.message);
        resolve();
      });
    });
  }

  /** Starts the server processes; resolves with the port once all of them listen. */
  async start(config: PrimaryConfig): Promise<number> {
    this.#port = config.port;
    const outcome = await new Promise<{ readonly port: number } | FlashsimError>((resolve) => {
      const timer = setTimeout(() => {
        resolve(unavailable(`It was not ready within ${startTimeoutMs / 1000} s.`));
      }, startTimeoutMs);
      this.#onStart = (result) => {
        clearTimeout(timer);
        resolve(result);
      };
      if (this.#alive) this.#send({ type: 'configure', config });
      else this.#onStart(unavailable('Its process could not be started.'));
    });
    if (outcome instanceof FlashsimError) throw outcome;
    return outcome.port;
  }

  async ask(question: Question): Promise<Answer> {
    if (!this.#alive) return { kind: 'not-done', detail: 'the order server is not running' };
    // Whether a failpoint is ever reached, only the end of the sale can tell.
    const timeoutMs = question.kind === 'arm' ? undefined : askTimeoutMs;
    return this.#pending.ask((id) => this.#send({ type: 'ask', id, question }), timeoutMs);
  }

  incidents(): readonly string[] {
    return [...this.#incidents];
  }

  /** The primary and the server processes; empty once they are gone. */
  processIds(): readonly number[] {
    const { pid } = this.#child;
    return pid === undefined || !this.#alive ? [] : [pid, ...this.#pids];
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (!this.#alive) return;
    this.#send({ type: 'stop' });
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs);
    await this.#exited;
    clearTimeout(timer);
  }

  #send(message: ToPrimary): void {
    // A channel that just closed: the exit event settles everything.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #hear(message: FromPrimary): void {
    switch (message.type) {
      case 'ready':
        this.#onStart({ port: message.port });
        break;
      case 'failed':
        this.#onStart(
          message.portInUse
            ? new FlashsimError('PORT_IN_USE', {
                what: `Port ${this.#port} is taken by another program.`,
                fix: 'Give another `port`, or 0 to take a free one.',
              })
            : unavailable(message.reason),
        );
        break;
      case 'answer':
        this.#pending.settle(message.id, message.answer);
        break;
      case 'incident':
        this.#incidents.push(message.message);
        break;
      case 'processes':
        this.#pids = message.pids;
        break;
    }
  }

  #leave(cause: string): void {
    this.#alive = false;
    // Server processes end with the primary, but one that is paused does not notice: it goes on first.
    if (!this.#stopping) for (const pid of this.#pids) resume(pid);
    this.#pids = [];
    const tail = this.#stderrTail.trim();
    this.#onStart(unavailable(`It ended (${cause}).${tail === '' ? '' : ` ${tail}`}`));
    this.#pending.abandon('the order server ended');
    if (!this.#stopping) this.#incidents.push(`the primary of the order server died (${cause})`);
  }
}

/** SIGCONT does nothing to a process that is not stopped, whoever it is by now. */
function resume(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // Gone already.
  }
}

function unavailable(why: string): FlashsimError {
  return new FlashsimError('TARGET_UNAVAILABLE', {
    what: 'The bundled order server could not be started.',
    why,
    fix: 'See the reason above; it is a bug in flashsim unless the machine is out of resources.',
  });
}
