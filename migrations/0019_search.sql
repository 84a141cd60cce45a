-- Finding customers by part of their name, address or phone: for the search of orders, later of users.
SET ROLE techally_owner;

CREATE INDEX users_name_part_idx ON users USING gin (lower(first_name || ' ' || last_name) gin_trgm_ops);
COMMENT ON INDEX users_name_part_idx IS 'Finds people by parts of their name';
CREATE INDEX users_email_part_idx ON users USING gin (email gin_trgm_ops);
COMMENT ON INDEX users_email_part_idx IS 'Finds people by part of their address';
CREATE INDEX users_phone_part_idx ON users USING gin (regexp_replace(phone_number, '\D', '', 'g') gin_trgm_ops) WHERE phone_number IS NOT NULL;
COMMENT ON INDEX users_phone_part_idx IS 'Finds people by the last digits of their phone number, however it is written';
-- the statistics of an index's expression go with the index
ANALYZE users;

RESET ROLE;
