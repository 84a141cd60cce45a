// The pages that bench.mjs measures, with values from the database; each with up to four of them, asked for in turn.

const SAMPLES = 4, ROWS = 50, DEEP = 10_000;

/** `query` runs SQL that gives one JSON value. */
export async function cases(query) {
  const { orders } = await query(`SELECT json_build_object('orders', sum(reltuples)::bigint)
    FROM pg_partition_tree('orders') t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf AND reltuples > 0`);
  // orders at even distances of time, each with what it can be found by
  const sample = await query(`WITH ends AS (
      SELECT uuid_v7_time((SELECT id FROM orders ORDER BY id LIMIT 1)) AS first,
             uuid_v7_time((SELECT id FROM orders ORDER BY id DESC LIMIT 1)) AS last)
    SELECT json_agg(json_build_object('id', o.id, 'number', o.order_number, 'name', u.first_name || ' ' || u.last_name,
      'email', u.email, 'phone', u.phone_number,
      'sku', (SELECT i.sku FROM order_items i WHERE i.order_id = o.id ORDER BY i.id LIMIT 1),
      'tracking', (SELECT s.tracking_number FROM order_shipping s WHERE s.order_id = o.id)))
    FROM ends CROSS JOIN generate_series(1, ${3 * SAMPLES}) AS n
    CROSS JOIN LATERAL (SELECT id, order_number, user_id FROM orders
      WHERE id >= uuid_v7_floor(first + (last - first) * n / ${3 * SAMPLES + 1}) AND deleted_at IS NULL ORDER BY id LIMIT 1) o
    JOIN users u ON u.id = o.user_id`);
  const cursor = (row) => query(`SELECT to_json((SELECT id FROM orders ORDER BY id DESC OFFSET ${row} LIMIT 1))`);
  const deep = Math.floor(Math.min(DEEP * ROWS, orders / 2) / ROWS);
  const deepId = await cursor(deep * ROWS - 1);
  const lastId = await query('SELECT to_json((SELECT id FROM orders ORDER BY id OFFSET 30 LIMIT 1))');
  const values = (field) => [...new Set(sample.map((one) => one[field]).filter(Boolean))].slice(0, SAMPLES);
  const search = (words) => `/orders?q=${encodeURIComponent(words)}`;
  const searches = (field, words = (value) => value) => values(field).map((value) => search(words(value)));
  // people at even distances of time
  const people = await query(`SELECT json_agg(json_build_object('id', u.id, 'name', u.first_name || ' ' || u.last_name,
      'email', u.email, 'digits', right(regexp_replace(u.phone_number, '\\D', '', 'g'), 7)))
    FROM (SELECT min(created_at) AS first, max(created_at) AS last FROM users WHERE role = 'customer') ends
    CROSS JOIN generate_series(1, ${SAMPLES}) AS n
    CROSS JOIN LATERAL (SELECT id, first_name, last_name, email, phone_number FROM users
      WHERE created_at >= first + (last - first) * n / ${SAMPLES + 1} AND role = 'customer' AND phone_number IS NOT NULL
      ORDER BY created_at LIMIT 1) u`);
  const users = (words) => `/users?q=${encodeURIComponent(words)}`;
  const found = (field) => people.map((one) => users(one[field]));
  const trail = await audited(query);
  const list = [
    { name: 'users', paths: ['/users'] },
    { name: 'users by spent', paths: ['/users?sort=-spent'] },
    { name: 'users, suspended', paths: ['/users?status=suspended'] },
    { name: 'users, name', paths: found('name') },
    { name: 'users, e-mail', paths: found('email') },
    { name: 'users, part of a phone number', paths: found('digits') },
    { name: 'user', paths: people.map((one) => `/users/${one.id}`) },
    { name: 'user, history', paths: people.map((one) => `/users/${one.id}?part=history`) },
    { name: 'user to merge', paths: people.map((one) => `/users/${one.id}/merge`) },
    { name: 'new order, who calls', paths: people.map((one) => `/orders/new?q=${encodeURIComponent(one.name)}`) },
    { name: 'audit', paths: ['/audit'] },
    ...Object.entries(trail).map(([what, paths]) => ({ name: `audit, ${what}`, paths })),
    { name: 'start page', paths: ['/'] },
    { name: 'orders', paths: ['/orders'] },
    { name: 'orders, not compressed', paths: ['/orders'], encoding: 'identity' },
    { name: `orders, page ${(deep + 1).toLocaleString('en')}`, paths: [`/orders?after=${deepId}`] },
    { name: 'orders, last page', paths: [`/orders?after=${lastId}`] },
    { name: 'orders by total', paths: ['/orders?sort=-total'] },
    { name: 'tab CONFIRMED', paths: ['/orders?status=CONFIRMED'] },
    ...['status:cancelled,failed', 'payment:failed', 'country:AT total:>500', 'placed:30d']
      .map((words) => ({ name: words, paths: [search(words)] })),
    { name: 'search, whole number', paths: searches('number') },
    { name: 'search, end of number', paths: searches('number', (number) => number.slice(-4)) },
    { name: 'search, customer', paths: searches('name') },
    { name: 'search, e-mail', paths: searches('email') },
    { name: 'search, phone', paths: searches('phone', (phone) => `+${phone.replace(/\D/g, '')}`) },
    { name: 'search, SKU', paths: searches('sku') },
    { name: 'search, tracking number', paths: searches('tracking') },
    { name: 'order', paths: values('id').map((id) => `/orders/${id}`), isOrder: true },
    // with the list's address, as its rows link to it
    { name: 'order, from CONFIRMED', from: '/orders?status=CONFIRMED', paths: [], most: SAMPLES, isOrder: true },
  ];
  return { orders, list: list.filter((one) => one.from || one.paths.length > 0) };
}

/** What of the audit trail is asked for: pages of a request, a person, an order, a record, a field, far back. */
async function audited(query) {
  const entries = await query(`SELECT json_agg(json_build_object('request', l.request_id, 'table', l.table_name, 'row', l.row_id,
      'who', u.email, 'at', to_char(l.occurred_at AT TIME ZONE 'UTC', 'YYYY-MM-DD')))
    FROM generate_series(1, ${SAMPLES}) AS n
    CROSS JOIN LATERAL (SELECT request_id, table_name, row_id, actor_id, occurred_at FROM audit_log
      WHERE occurred_at < now() - n * interval '20 days' AND request_id IS NOT NULL AND table_name IN ('orders', 'users')
      ORDER BY occurred_at DESC LIMIT 1) l
    LEFT JOIN users u ON u.id = l.actor_id`) ?? [];
  const orders = await query(`SELECT json_agg(order_number) FROM (SELECT order_number FROM order_numbers ORDER BY order_id LIMIT ${SAMPLES}) AS n`);
  const search = (words) => `/audit?q=${encodeURIComponent(words)}`;
  return {
    'a request': entries.map((one) => search(`request:${one.request}`)),
    'a person': entries.map((one) => search(`actor:${one.who}`)),
    'an order': orders.map((number) => search(number)),
    'a table': ['brands', 'orders'].map((table) => search(`table:${table}`)),
    'a field': ['status', 'line1'].map((field) => search(`field:${field}`)),
    'a day far back': entries.map((one) => search(`created:${one.at}`)),
    'a record, then and now': entries.map((one) => `/audit/record?table=${one.table}&row=${one.row}&from=${one.at}T12:00`),
    'the seal': ['/audit/seal'],
  };
}
