/** What `flashsim run` was asked for, beside the scenario. */
export interface RunOptions {
  /** `path=value`, in the order given; they override the scenario. */
  readonly set: readonly string[];
  /** Files of variables, in the order given; a later one wins, and the environment over all. */
  readonly envFile: readonly string[];
  /** Overrides the scenario's seed. */
  readonly seed?: number;
  /** Folder for the run's files; left out, `reports/<run-id>`. */
  readonly out?: string;
  /** `format` or `format=file`, in the order given: reports beside those that every run makes. */
  readonly report: readonly string[];
  /** How many runs to play, under one seed after the other. */
  readonly repeat: number;
  /** A run, or a series, to compare with in the end. */
  readonly baseline?: string;
  /** Say what would be done, and do nothing of it. */
  readonly dryRun: boolean;
  /** Results as JSON on stdout, and nothing else there. */
  readonly json: boolean;
  /** Play the positive control after the sale. */
  readonly control: boolean;
  /** No progress on stderr. */
  readonly quiet: boolean;
  /** More detail, and stack traces for bugs. */
  readonly verbose: boolean;
  /** Consent to load hosts outside loopback that the scenario names in `allowHosts`. */
  readonly allowRemote: boolean;
}
