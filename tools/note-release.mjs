// usage: node note-release.mjs > tests/previous-release.jsonl: the statements of .sqlx/, a line each, with
// the names and types of their columns. The next version's tests ask whether its schema still understands them.
import { readdirSync, readFileSync } from 'node:fs';
for (const name of readdirSync('.sqlx').sort()) {
  const { query, describe } = JSON.parse(readFileSync(`.sqlx/${name}`, 'utf8'));
  console.log(JSON.stringify({ query, columns: describe.columns.map((column) => [column.name, column.type_info]) }));
}
