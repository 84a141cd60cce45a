-- How tables are stored and kept, chosen by measuring 10 million orders' worth of load and writes: docs/database.md.
SET ROLE techally_owner;

-- ── indexes ────────────────────────────────────────────────────────────────────────────────────
-- The list and the start page's counts ask for orders that are not deleted. With that in the index, counts are read
-- from the index alone; without, the planner reads 90 days of orders in id order to find a rare state.
DROP INDEX orders_status_idx;
CREATE INDEX orders_status_idx ON orders (status, id DESC) WHERE deleted_at IS NULL;
COMMENT ON INDEX orders_status_idx IS 'Lists of a state, and counts of what waits, from the index alone';

-- A short end of a number matches thousands: sorted by id from the index alone, no row is looked up to be thrown away.
-- order_number is included because an index-only scan wants the column, not the expression.
DROP INDEX order_numbers_end_idx;
CREATE INDEX order_numbers_end_idx ON order_numbers (reverse(order_number) text_pattern_ops) INCLUDE (order_number, order_id);
COMMENT ON INDEX order_numbers_end_idx IS 'Finds orders by the end of their number';
-- the statistics of an index's expression go with the index
ANALYZE order_numbers;

-- last_seen_at was in this index, so that no touch of a session was HOT: each wrote four index entries a minute. A person
-- has few sessions; they are sorted when they are looked at.
DROP INDEX user_sessions_user_idx;
CREATE INDEX user_sessions_user_idx ON user_sessions (user_id);
COMMENT ON INDEX user_sessions_user_idx IS 'Sessions of a person. Without last_seen_at, so that touching a session stays on its page';

-- ── room for updates ───────────────────────────────────────────────────────────────────────────
-- Shares of HOT updates measured by benches/writes.sql. Not for orders, payments and reservations: nearly all of their
-- updates change an indexed column, which no room makes HOT.
ALTER TABLE inventory SET (fillfactor = 70);
ALTER TABLE user_sessions SET (fillfactor = 50);

-- ── vacuum ─────────────────────────────────────────────────────────────────────────────────────
-- The defaults wait for a fifth of a table. That suits a month's partition (80,000 of 400,000 orders); of a table that
-- holds all years it would be millions of dead rows.
ALTER TABLE stock_reservations SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_scale_factor = 0.02,
                                    autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE payments SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
                          autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE inventory SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE users SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE reviews SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
-- only ever inserted into: frozen and made visible little by little, not all at once when ids run out
ALTER TABLE order_numbers SET (autovacuum_vacuum_insert_scale_factor = 0.02);
ALTER TABLE stock_movement_keys SET (autovacuum_vacuum_insert_scale_factor = 0.02);
-- small, and changed with every click
ALTER TABLE user_sessions SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

RESET ROLE;
