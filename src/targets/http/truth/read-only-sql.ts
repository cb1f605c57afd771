/** Comments before the first word of a statement. */
const comments = /^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/|\()*/;

/**
 * Whether a text is one statement that can only read, as far as its words tell. The database has the last
 * word: it is asked in a READ ONLY transaction, one statement at a time. A SELECT that writes a file is
 * none that reads.
 */
export function isReadOnlySql(sql: string): boolean {
  const statement = withoutLiterals(sql).replace(/;\s*$/, '');
  if (statement.includes(';')) return false;
  const words = statement.replace(comments, '');
  if (!/^(select|with|values|table)\b/i.test(words)) return false;
  return !/\binto\s+(outfile|dumpfile)\b/i.test(words);
}

/** Texts and quoted names may hold anything. */
function withoutLiterals(sql: string): string {
  return sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`/g, "''");
}
