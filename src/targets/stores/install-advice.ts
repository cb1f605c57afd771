/** How a server that flashsim does not bring along is installed. */
export interface InstallAdvice {
  readonly apt: string;
  readonly brew: string;
  /** Runs one that is reached by URL. */
  readonly docker: string;
}

/** One per store whose server must be on this machine, or elsewhere by URL. */
export const installAdvice = {
  redis: {
    apt: 'apt-get install -y redis-server',
    brew: 'brew install redis',
    docker: 'docker run -d -p 127.0.0.1:6379:6379 redis:7',
  },
  mysql: {
    apt: 'apt-get install -y mariadb-server',
    brew: 'brew install mariadb',
    docker: 'docker run -d -p 127.0.0.1:3306:3306 -e MARIADB_ROOT_PASSWORD=… mariadb:11',
  },
} as const satisfies Record<string, InstallAdvice>;

/**
 * The advice as one sentence for an error's fix.
 *
 * @param setting where the URL of the docker one goes, such as `target.reference.stores.redis`
 * @param url such as `redis://127.0.0.1:6379`
 */
export function installSentence(advice: InstallAdvice, setting: string, url: string): string {
  return (
    `Install one: \`${advice.apt}\`, or \`${advice.brew}\`; or run \`${advice.docker}\` and set ` +
    `${setting} to ${url}.`
  );
}
