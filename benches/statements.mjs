// What a page asks the database, read from PostgreSQL's log (log_statement = all), and the same as a script for pgbench.

/** The log's executed statements of these processes: [{ at, pid, sql, values }], in order of time. */
export function parseLog(text, pids) {
  const found = [];
  // an entry goes on in lines that begin with a tab
  for (const entry of text.replaceAll('\n\t', '\u0001').split('\n')) {
    const [, time, pid, kind, rest] = /^(\S+ \S+) UTC \[(\d+)\] (LOG|DETAIL):  (.*)$/.exec(entry) ?? [];
    if (!time || !pids.has(Number(pid))) continue;
    const [, sql] = /^(?:statement|execute [^:]+): (.*)$/.exec(rest) ?? [];
    const whole = (part) => part.replaceAll('\u0001', '\n');
    if (kind === 'LOG' && sql) {
      found.push({ at: Date.parse(`${time.replace(' ', 'T')}Z`), pid: Number(pid), sql: whole(sql).trim(), values: [] });
    } else if (kind === 'DETAIL' && rest.startsWith('parameters: ')) {
      const statement = found.findLast((one) => one.pid === Number(pid));
      if (statement) statement.values = parseValues(whole(rest.slice('parameters: '.length)));
    }
  }
  return found;
}

/** `$1 = 'it''s', $2 = NULL` */
function parseValues(text) {
  const values = [];
  for (const [, number, value] of text.matchAll(/\$(\d+) = (NULL|'(?:[^']|'')*')/g)) {
    values[Number(number) - 1] = value === 'NULL' ? null : value.slice(1, -1).replaceAll("''", "'");
  }
  return values;
}

/**
 * What a statement is for: `session` finds who asks, `pool` is a connection's check before it is handed out,
 * `transaction` begins, ends or sets one up, `worker` is not the page's; `page` is what the budget counts.
 */
export function kindOf({ sql }) {
  if (/pg_try_advisory_lock|lease_until < now\(\)/.test(sql)) return 'worker';
  if (/^(BEGIN|COMMIT|ROLLBACK|SET )/i.test(sql) || /^SELECT set_config\(/.test(sql)) return 'transaction';
  if (/statement_timestamp\(\)|^$|^SELECT 1$/.test(sql)) return 'pool';
  if (/\buser_sessions\b/.test(sql)) return 'session';
  return 'page';
}

/** Brings each transaction's statements together: a page that runs two at the same time has them mixed in the log. */
export function sorted(statements) {
  const groups = [], open = new Map();
  for (const statement of statements) {
    let group = open.get(statement.pid);
    if (!group) groups.push(group = []);
    group.push(statement);
    if (/^BEGIN/i.test(statement.sql)) open.set(statement.pid, group);
    if (/^(COMMIT|ROLLBACK)/i.test(statement.sql)) open.delete(statement.pid);
  }
  return groups.flat();
}

/** A script for pgbench -M prepared and its variables; `prefix` keeps those of several scripts apart. */
export function pgbenchScript(statements, prefix) {
  const variables = new Map();
  const lines = statements.filter(({ sql }) => sql).map(({ sql, values }) => {
    const text = sql.replace(/\$(\d+)/g, (whole, number) => {
      const value = values[Number(number) - 1];
      if (value === undefined) return whole;
      if (value === null) return 'NULL';   // a variable can't be
      const name = `${prefix}_${variables.size}`;
      variables.set(name, value);
      return `:${name}`;
    });
    return `${text.replace(/;\s*$/, '')};\n`;
  });
  return { script: lines.join(''), variables };
}
