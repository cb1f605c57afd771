import type { InstallAdvice } from '../../targets/stores/install-advice.ts';

/** What `flashsim doctor` found out about one thing. */
export interface Finding {
  readonly name: string;
  /** `missing`: something cannot be done without it; `warning`: something will go worse. */
  readonly state: 'ok' | 'warning' | 'missing';
  /** Version, number, or what is wrong. */
  readonly detail: string;
  /** What a missing thing would make possible. */
  readonly enables?: string;
  readonly install?: InstallAdvice;
}
