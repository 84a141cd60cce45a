-- The right to be forgotten: one map of where people's data lives, the erasure of a person by it, and what is kept how long.
SET ROLE techally_owner;

-- ── the map ──
CREATE TABLE personal_tables (
    table_name name PRIMARY KEY,
    title text NOT NULL,
    fate text NOT NULL CHECK (fate IN ('deleted', 'blanked', 'kept', 'none')),
    position int,
    is_of text,
    mentions text,
    is_exported boolean NOT NULL DEFAULT false,
    not_exported text[] NOT NULL DEFAULT '{}',
    why text NOT NULL CHECK (length(why) > 10),
    CONSTRAINT chk_personal_of CHECK (fate NOT IN ('deleted', 'blanked') OR (position IS NOT NULL AND COALESCE(is_of, mentions) IS NOT NULL)),
    CONSTRAINT chk_personal_export CHECK (NOT is_exported OR is_of IS NOT NULL),
    CONSTRAINT chk_personal_none CHECK (fate <> 'none' OR (is_of IS NULL AND mentions IS NULL))
);
COMMENT ON TABLE personal_tables IS 'Where people''s data lives: export and erasure of a person go by this map and nothing else. A test holds it against the schema';
COMMENT ON COLUMN personal_tables.title IS 'For people';
COMMENT ON COLUMN personal_tables.fate IS 'On erasure rows are deleted, blanked (personal_columns says how), or kept; none: it has nothing about people';
COMMENT ON COLUMN personal_tables.position IS 'Order of the erasure: what refers to others first';
COMMENT ON COLUMN personal_tables.is_of IS 'SQL: whether a row t is about the people $1 (uuid[])';
COMMENT ON COLUMN personal_tables.mentions IS 'SQL: whether a row t names them: $2 has LIKE patterns of their addresses, numbers and names';
COMMENT ON COLUMN personal_tables.not_exported IS 'Columns that the person''s own export leaves out: secrets, and which colleague it was';
COMMENT ON COLUMN personal_tables.why IS 'What for, for people';

CREATE TABLE personal_columns (
    table_name name NOT NULL REFERENCES personal_tables (table_name),
    column_name name NOT NULL,
    erased_as text,
    why text,
    PRIMARY KEY (table_name, column_name),
    CONSTRAINT chk_personal_fate CHECK ((erased_as IS NULL) = (why IS NOT NULL))
);
COMMENT ON TABLE personal_columns IS 'What becomes of each column of a table that is blanked, and why others stay';
COMMENT ON COLUMN personal_columns.erased_as IS 'SQL: what stands there afterwards; may speak of the row t and the people $1';
COMMENT ON COLUMN personal_columns.why IS 'Why it stays';

INSERT INTO personal_tables (position, table_name, title, fate, is_of, mentions, is_exported, not_exported, why) VALUES
    (10, 'user_sessions', 'Open and ended sessions', 'deleted', 't.user_id = ANY ($1)', NULL, true, '{token_hash,data}', 'Signed-in browsers with their network address'),
    (11, 'known_devices', 'Known browsers', 'deleted', 't.user_id = ANY ($1)', NULL, false, '{}', 'Marks of browsers that signed in before'),
    (12, 'kept_forms', 'Unsent forms', 'deleted', 't.user_id = ANY ($1)', 't.fields::text ILIKE ANY ($2)', false, '{}', 'What was typed when a session ran out'),
    (13, 'sign_in_steps', 'Half sign-ins', 'deleted', 't.user_id = ANY ($1)', NULL, false, '{}', 'Sign-ins that wait for a second factor'),
    (14, 'recovery_codes', 'Recovery codes', 'deleted', 't.user_id = ANY ($1)', NULL, false, '{}', 'Digests only'),
    (15, 'second_factors', 'Second factor', 'deleted', 't.user_id = ANY ($1)', NULL, false, '{}', 'When it was set up'),
    (20, 'mails', 'Mails', 'deleted', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1)) OR t.link_id IN (SELECT l.id FROM access_links l WHERE l.user_id = ANY ($1)) OR t.recipient IN (SELECT u.email FROM users u WHERE u.id = ANY ($1) UNION SELECT lower(o.customer_email) FROM orders o WHERE o.user_id = ANY ($1))',
         't.recipient ILIKE ANY ($2)', true, '{idempotency_key,requested_by,last_error,link_id,body}', 'The outbox, sent or not. The body of an order''s mail is the order; that of a link is a secret'),
    (21, 'access_links', 'Links for new passwords', 'deleted', 't.user_id = ANY ($1)', NULL, false, '{}', 'With the address that they went to'),
    (22, 'access_requests', 'Rights that colleagues asked for', 'blanked', NULL, 't.reason ILIKE ANY ($2)', false, '{}', 'A reason can name a customer, although the form asks not to'),
    (25, 'user_preferences', 'Settings', 'deleted', 't.user_id = ANY ($1)', NULL, true, '{version}', 'Language, time zone, notifications'),
    (26, 'cart_items', 'Cart', 'deleted', 't.user_id = ANY ($1)', NULL, true, '{version}', 'What the person meant to buy'),
    (27, 'wishlists', 'Wish list', 'deleted', 't.user_id = ANY ($1)', NULL, true, '{}', 'What the person wished for'),
    (30, 'review_images', 'Pictures in reviews', 'deleted', 't.review_id IN (SELECT r.id FROM reviews r WHERE r.user_id = ANY ($1))', NULL, true, '{}', 'Taken by the person'),
    (31, 'review_votes', 'Votes about reviews', 'deleted', 't.user_id = ANY ($1) OR t.review_id IN (SELECT r.id FROM reviews r WHERE r.user_id = ANY ($1))', NULL, true, '{}', 'The person''s own votes, and others'' about their reviews'),
    (32, 'reviews', 'Reviews', 'deleted', 't.user_id = ANY ($1)', NULL, true, '{moderated_by,moderation_reason,version}', 'Written by the person; no law keeps them'),
    (40, 'payments', 'Payments', 'blanked', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', NULL, true, '{version}', 'Books are kept by tax law: amount, day and way stay'),
    (41, 'payment_logs', 'Words with payment providers', 'blanked', 't.payment_id IN (SELECT p.id FROM payments p JOIN orders o ON o.id = p.order_id WHERE o.user_id = ANY ($1))', NULL, false, '{}', 'What was said stays as a fact, without its contents'),
    (42, 'refunds', 'Refunds', 'blanked', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', NULL, true, '{requested_by,approved_by,version}', 'Books are kept by tax law: amount and day stay'),
    (43, 'payment_methods', 'Saved ways to pay', 'deleted', 't.user_id = ANY ($1)', NULL, true, '{gateway_id,version}', 'Brand, last four digits, expiry'),
    (50, 'order_returns', 'Returns', 'blanked', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', NULL, true, '{created_by}', 'What came back stays; why is a free text'),
    (51, 'order_notes', 'Notes on orders', 'blanked', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', NULL, true, '{author_id,version}', 'Free texts by staff'),
    (52, 'order_status_history', 'Moves of orders', 'blanked', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', NULL, true, '{actor_id,request_id}', 'When an order moved stays; why is a free text'),
    (53, 'order_shipping', 'Where orders went', 'blanked', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', NULL, true, '{warehouse_id,version}', 'Country and carrier stay for the books'),
    (54, 'checkout_requests', 'Checkouts', 'deleted', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', NULL, false, '{}', 'Keeps a checkout that is sent twice from being two orders'),
    (55, 'addresses', 'Addresses', 'deleted', 't.user_id = ANY ($1)', NULL, true, '{version}', 'Saved by the person; orders have copies'),
    (60, 'user_notes', 'Notes by staff', 'deleted', 't.user_id = ANY ($1)', NULL, true, '{author_id,version}', 'What staff wrote about the person'),
    (61, 'reveals', 'Looks at masked values', 'blanked', 't.user_id = ANY ($1)', NULL, true, '{actor_id,request_id}', 'That a colleague looked stays known; why is a free text'),
    (62, 'user_merges', 'Merged accounts', 'blanked', 't.kept_id = ANY ($1) OR t.merged_id = ANY ($1)', NULL, true, '{merged_by,undone_by}', 'That two accounts became one stays known'),
    (63, 'user_activity', 'Sign-ins and other acts', 'blanked', 't.user_id = ANY ($1)', 't.details::text ILIKE ANY ($2)', true, '{}', 'When something was done stays until its time is over; from where doesn''t'),
    (70, 'jobs', 'Jobs', 'blanked', NULL, 't.ended_at IS NOT NULL AND (t.title ILIKE ANY ($2) OR t.args::text ILIKE ANY ($2) OR array_to_string(t.effects, '' '') ILIKE ANY ($2) OR t.last_error ILIKE ANY ($2))', false, '{}', 'What a list was searched for can name a person'),
    (71, 'job_rows', 'Rows of jobs', 'blanked', 't.subject = ANY ($1)', NULL, false, '{}', 'Each names whom it is about'),
    (72, 'saved_view_pins', 'Pinned views', 'deleted', NULL, 't.view_id IN (SELECT v.id FROM saved_views v WHERE v.query ILIKE ANY ($2) OR v.name ILIKE ANY ($2))', false, '{}', 'Of views that go'),
    (73, 'saved_views', 'Saved views', 'deleted', NULL, 't.query ILIKE ANY ($2) OR t.name ILIKE ANY ($2)', false, '{}', 'A view that searches for a person finds nobody afterwards'),
    (74, 'files', 'Files', 'blanked', 't.state <> ''gone'' AND (t.owner_id = ANY ($1) OR t.purpose = ''export'')', NULL, false, '{}', 'Own pictures go. Every list that was exported before is withdrawn: it may hold the person. It can be made again'),
    -- last: until here the words to look for are read from these
    (90, 'orders', 'Orders', 'blanked', 't.user_id = ANY ($1)', NULL, true, '{assigned_to,version}', 'Books are kept by tax law: number, lines, amounts and countries stay'),
    (91, 'users', 'The account', 'blanked', 't.id = ANY ($1)', NULL, true, '{password_hash,mfa_secret,failed_login_attempts,version}', 'An empty row stays, so that orders have somebody');
INSERT INTO personal_tables (table_name, title, fate, is_of, is_exported, not_exported, why) VALUES
    ('order_items', 'Lines of orders', 'kept', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', true, '{}', 'Books are kept by tax law; a line names an article, nobody'),
    ('user_views', 'Looks at the person''s page', 'kept', 't.user_id = ANY ($1)', true, '{actor_id,request_id}', 'Who looked and when: ids and times only'),
    ('user_facts', 'Sums', 'kept', 't.user_id = ANY ($1)', true, '{spent_minor}', 'Numbers only'),
    ('order_numbers', 'Order numbers', 'kept', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', false, '{}', 'Ids and numbers only'),
    ('order_return_items', 'Lines that came back', 'kept', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', true, '{}', 'Articles and pieces only'),
    ('parcels', 'Parcels', 'kept', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', true, '{created_by,version}', 'A tracking number names a parcel; who it went to the carrier forgets'),
    ('parcel_items', 'Lines in parcels', 'kept', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', false, '{}', 'Ids and pieces only'),
    ('refund_items', 'Lines of refunds', 'kept', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', true, '{}', 'Ids and amounts only'),
    ('stock_reservations', 'Held stock', 'kept', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', false, '{}', 'Ids and pieces only'),
    ('stock_movements', 'Stock movements', 'kept', 't.order_id IN (SELECT o.id FROM orders o WHERE o.user_id = ANY ($1))', false, '{}', 'Reasons are about goods'),
    ('user_merge_rows', 'Rows that a merge moved', 'kept', 't.merge_id IN (SELECT m.id FROM user_merges m WHERE m.kept_id = ANY ($1) OR m.merged_id = ANY ($1))', false, '{}', 'Ids, and whether an address was the default'),
    ('inbox_items', 'Inboxes of staff', 'kept', 't.user_id = ANY ($1)', false, '{}', 'Ids and times only'),
    ('audit_log', 'The audit trail', 'kept', NULL, false, '{}', 'It has hashes of personal values; reasons name nobody, as their forms ask'),
    ('audit_personal_values', 'Personal values of the audit trail', 'kept', NULL, false, '{}', 'Emptied entry by entry with each table and, before the orders, wherever a word of the person stands');
INSERT INTO personal_tables (table_name, title, fate, why)
SELECT t, initcap(replace(t, '_', ' ')), 'none', why
FROM (VALUES
    (ARRAY['brands', 'categories', 'products', 'product_variants', 'variant_attributes', 'product_images', 'product_specifications', 'price_history', 'warehouses',
           'inventory', 'stock_openings', 'stock_movement_keys', 'shop_settings', 'order_status', 'order_transitions'], 'The shop''s own: goods, stock and rules'),
    (ARRAY['audit_columns', 'audit_exemptions', 'audit_salt', 'audit_seals', 'job_states', 'job_schedules', 'partitioned_tables', 'retired_months', 'stale_views', 'audit_checks',
           'personal_tables', 'personal_columns'], 'How the database keeps itself')) AS v (names, why), unnest(v.names) AS t;

INSERT INTO personal_columns (table_name, column_name, erased_as) VALUES
    ('access_requests', 'reason', '''Erased'''),
    ('payments', 'card_last4', 'NULL'), ('payments', 'failure_reason', 'NULL'), ('payments', 'payment_method_id', 'NULL'),
    ('payments', 'reference', 'CASE WHEN t.method = ''transfer'' THEN ''erased:'' || t.id ELSE t.reference END'),
    ('payment_logs', 'payload', '''{}'''),
    ('refunds', 'reason', '''Erased'''), ('refunds', 'failure_reason', 'NULL'),
    ('order_returns', 'reason', '''Erased'''),
    ('order_notes', 'body', '''Erased'''),
    ('order_status_history', 'reason', 'NULL'),
    ('order_shipping', 'recipient_name', '''Erased'''), ('order_shipping', 'street', '''Erased'''), ('order_shipping', 'street2', 'NULL'),
    ('order_shipping', 'postal_code', '''Erased'''), ('order_shipping', 'city', '''Erased'''), ('order_shipping', 'region', 'NULL'),
    ('order_shipping', 'phone', 'NULL'), ('order_shipping', 'address_id', 'NULL'),
    ('reveals', 'reason', '''Erased'''),
    ('user_merges', 'reason', '''Erased'''), ('user_merges', 'replaced', '''{}'''),
    ('user_activity', 'ip', 'CASE WHEN t.user_id = ANY ($1) THEN NULL ELSE t.ip END'),
    ('user_activity', 'user_agent', 'CASE WHEN t.user_id = ANY ($1) THEN NULL ELSE t.user_agent END'),
    ('user_activity', 'details', '''{}'''),
    ('jobs', 'title', '''Erased'''), ('jobs', 'args', '''{}'''), ('jobs', 'effects', '''{}'''), ('jobs', 'last_error', 'NULL'),
    ('job_rows', 'label', '''Erased'''), ('job_rows', 'undo', 'NULL'),
    ('files', 'state', '''gone'''),
    ('files', 'name', 'CASE WHEN t.owner_id = ANY ($1) THEN ''Erased'' ELSE t.name END'),
    ('orders', 'customer_name', '''Erased'''), ('orders', 'customer_email', '''erased@erased.invalid'''), ('orders', 'customer_phone', 'NULL'),
    ('orders', 'billing_name', 'NULL'), ('orders', 'billing_street', 'NULL'), ('orders', 'billing_street2', 'NULL'),
    ('orders', 'billing_postal_code', 'NULL'), ('orders', 'billing_city', 'NULL'), ('orders', 'billing_region', 'NULL'),
    ('users', 'email', '''erased-'' || t.id || ''@erased.invalid'''), ('users', 'password_hash', '''!'''),
    ('users', 'first_name', '''Erased'''), ('users', 'last_name', '''customer'''), ('users', 'phone_number', 'NULL'), ('users', 'date_of_birth', 'NULL'),
    ('users', 'gender', 'NULL'), ('users', 'avatar_url', 'NULL'), ('users', 'mfa_secret', 'NULL'), ('users', 'mfa_enabled', 'false'), ('users', 'tags', '''{}''');
INSERT INTO personal_columns (table_name, column_name, why) VALUES
    ('access_requests', 'right_name', 'A right of ours'), ('access_requests', 'state', 'A word of ours'),
    ('payments', 'provider', 'Whom the shop works with'), ('payments', 'method', 'A kind'), ('payments', 'status', 'A state'), ('payments', 'currency', 'Part of the booking'),
    ('payments', 'card_brand', 'A kind'),
    ('payment_logs', 'direction', 'A kind'), ('payment_logs', 'event', 'A kind'),
    ('refunds', 'currency', 'Part of the booking'), ('refunds', 'status', 'A state'), ('refunds', 'reference', 'The provider''s number is part of the booking'),
    ('order_status_history', 'from_status', 'A state'), ('order_status_history', 'to_status', 'A state'), ('order_status_history', 'actor_kind', 'A kind'),
    ('order_status_history', 'request_id', 'Names a request'),
    ('order_shipping', 'method', 'A kind'), ('order_shipping', 'country', 'Decides the tax'), ('order_shipping', 'carrier', 'Whom the shop works with'),
    ('order_shipping', 'tracking_number', 'Names a parcel; who it went to the carrier forgets'),
    ('reveals', 'field', 'A kind'), ('reveals', 'request_id', 'Names a request'),
    ('user_merges', 'merged_status', 'A state'), ('user_merges', 'moved', 'Counts'), ('user_merges', 'doubles', 'Counts'), ('user_merges', 'tags_added', 'Words of the shop'),
    ('user_activity', 'action_type', 'A kind'),
    ('jobs', 'kind', 'A kind'), ('jobs', 'only_one', 'Names work of ours'), ('jobs', 'state', 'A state'), ('jobs', 'runner', 'A server of ours'),
    ('jobs', 'place', 'Where work of ours was, by ids'), ('jobs', 'result', 'Names a file by its id'),
    ('job_rows', 'state', 'A state'), ('job_rows', 'why', 'Words of ours about a state'),
    ('files', 'purpose', 'A kind'), ('files', 'content_type', 'A kind'), ('files', 'sha256', 'What it was called in the storage, which is emptied'),
    ('files', 'key', 'As above'), ('files', 'upload_id', 'As above'),
    ('orders', 'order_number', 'Number of the invoice'), ('orders', 'status', 'A state'), ('orders', 'currency', 'Part of the booking'), ('orders', 'payment_status', 'A state'),
    ('orders', 'billing_country', 'Decides the tax'), ('orders', 'source', 'A kind'), ('orders', 'tags', 'Words of the shop about the order'),
    ('users', 'role', 'A kind'), ('users', 'status', 'A state: deleted since the erasure was granted');

INSERT INTO personal_columns (table_name, column_name, why) VALUES
    ('stock_movements', 'reason', 'About goods'), ('user_merge_rows', 'was', 'Whether an address was the default'), ('inbox_items', 'note_id', 'Names a note'),
    ('audit_log', 'changed', 'Personal values are hashes'), ('audit_log', 'reason', 'Names nobody, as the forms ask'), ('audit_log', 'request_id', 'Names a request'),
    ('audit_personal_values', 'personal', 'Emptied entry by entry, see above'), ('price_history', 'changed_by', 'Who of the staff set a price'),
    ('warehouses', 'street', 'The shop''s own'), ('warehouses', 'postal_code', 'The shop''s own'), ('warehouses', 'city', 'The shop''s own'),
    ('shop_settings', 'street', 'The shop''s own'), ('shop_settings', 'postal_code', 'The shop''s own'), ('shop_settings', 'city', 'The shop''s own'),
    ('shop_settings', 'email', 'The shop''s own'), ('shop_settings', 'phone', 'The shop''s own'), ('shop_settings', 'iban', 'The shop''s own'),
    ('audit_exemptions', 'reason', 'About tables'), ('retired_months', 'month', 'A month'), ('retired_months', 'manifest', 'Counts and digests');

-- what a colleague searched for, and what a customer's picture shows, can name a person: from now on the trail has hashes
INSERT INTO audit_columns VALUES ('saved_views', 'name', 'personal'), ('saved_views', 'query', 'personal'), ('jobs', 'title', 'personal'),
    ('review_images', 'url', 'personal'), ('review_images', 'alt', 'personal');

INSERT INTO audit_exemptions SELECT t, o, 'The map of personal data: changed by migrations only, which are part of the source'
FROM unnest(ARRAY['personal_tables', 'personal_columns']) AS t, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS o;
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON personal_tables FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate('personal_tables');
CREATE TRIGGER audit_truncate AFTER TRUNCATE ON personal_columns FOR EACH STATEMENT EXECUTE FUNCTION audit_truncate('personal_columns');
GRANT SELECT ON personal_tables, personal_columns TO techally_admin;

-- ── append-only tables can lose values, never change them ──
CREATE FUNCTION erase_listed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    listed text[] := string_to_array(TG_ARGV[1], ',');
    before jsonb := to_jsonb(OLD);
    after jsonb;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        after := to_jsonb(NEW);
        IF after - listed = before - listed
           AND NOT EXISTS (SELECT 1 FROM unnest(listed) AS c WHERE after -> c <> before -> c AND after -> c NOT IN ('null', '"Erased"', '{}')) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION '% is append-only, its personal values can only be erased: % refused', TG_ARGV[0], TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
COMMENT ON FUNCTION erase_listed() IS 'Guard of append-only tables with personal values: arguments are the table and its columns that can be erased';
-- safe: the guard is away for a moment under a lock that holds up writing; nothing is read
DROP TRIGGER append_only ON reveals;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reveals FOR EACH ROW EXECUTE FUNCTION erase_listed('reveals', 'reason');
-- safe: as above
DROP TRIGGER append_only ON payment_logs;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payment_logs FOR EACH ROW EXECUTE FUNCTION erase_listed('payment_logs', 'payload');
-- safe: as above
DROP TRIGGER append_only ON order_status_history;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON order_status_history FOR EACH ROW EXECUTE FUNCTION erase_listed('order_status_history', 'reason');

CREATE OR REPLACE FUNCTION follow_access_request() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (NEW.user_id, NEW.right_name, NEW.hours, NEW.asked_at) IS DISTINCT FROM (OLD.user_id, OLD.right_name, OLD.hours, OLD.asked_at)
        OR NEW.reason NOT IN (OLD.reason, 'Erased')
        OR NOT (NEW.state = OLD.state OR (OLD.state = 'asked' AND NEW.state IN ('granted', 'refused', 'withdrawn')) OR (OLD.state = 'granted' AND NEW.state = 'ended')) THEN
        RAISE EXCEPTION 'a request for a right does not go from % to %', OLD.state, NEW.state USING ERRCODE = 'TA002';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION follow_access_request() IS 'BEFORE UPDATE: a request goes from state to state as its table says, and what was asked stays as it was, but for a reason that is erased';

RESET ROLE;
SET ROLE techally_audit;

-- ── the trail ──
CREATE FUNCTION erase_audit_rows(p_table text, p_rows text[], p_noted_table text, p_noted_row text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased int;
BEGIN
    UPDATE audit_personal_values v SET personal = NULL, erased_at = now()
    FROM audit_log l WHERE l.table_name = p_table AND l.row_id = ANY (p_rows) AND v.audit_id = l.id AND v.occurred_at = l.occurred_at AND v.erased_at IS NULL;
    GET DIAGNOSTICS erased = ROW_COUNT;
    IF erased > 0 THEN
        PERFORM audit_write(p_noted_table, p_noted_row, 'ERASE', jsonb_build_object('table', jsonb_build_array(NULL, p_table), 'audit_rows', jsonb_build_array(NULL, erased)));
    END IF;
    RETURN erased;
END $$;
COMMENT ON FUNCTION erase_audit_rows(text, text[], text, text) IS 'Erases the personal values in the history of rows of a table; leaves one audit row, about the record that it was done for';

CREATE FUNCTION erase_audit_month(p_person uuid, p_month date, p_people text[], p_orders text[], p_words text[]) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    erased int;
    named int;
BEGIN
    -- the whole history of rows that were theirs, in whatever month: where a row comes and goes it says whose it is
    WITH theirs AS (
        SELECT DISTINCT l.table_name, l.row_id FROM audit_log l
        WHERE l.occurred_at >= month_start(p_month) AND l.occurred_at < month_start((p_month + interval '1 month')::date)
          AND (l.changed -> 'user_id' ->> 0 = ANY (p_people) OR l.changed -> 'user_id' ->> 1 = ANY (p_people)
               OR l.changed -> 'order_id' ->> 0 = ANY (p_orders) OR l.changed -> 'order_id' ->> 1 = ANY (p_orders)))
    UPDATE audit_personal_values v SET personal = NULL, erased_at = now()
    FROM theirs t JOIN audit_log l ON l.table_name = t.table_name AND l.row_id = t.row_id
    WHERE v.audit_id = l.id AND v.occurred_at = l.occurred_at AND v.erased_at IS NULL;
    GET DIAGNOSTICS erased = ROW_COUNT;
    UPDATE audit_personal_values v SET personal = NULL, erased_at = now()
    WHERE v.occurred_at >= month_start(p_month) AND v.occurred_at < month_start((p_month + interval '1 month')::date) AND v.erased_at IS NULL
      AND v.personal::text ILIKE ANY (p_words);
    GET DIAGNOSTICS named = ROW_COUNT;
    erased := erased + named;
    IF erased > 0 THEN
        PERFORM audit_write('users', p_person::text, 'ERASE', jsonb_build_object('month', jsonb_build_array(NULL, p_month), 'audit_rows', jsonb_build_array(NULL, erased)));
    END IF;
    RETURN erased;
END $$;
COMMENT ON FUNCTION erase_audit_month(uuid, date, text[], text[], text[]) IS
    'Erases the personal values of rows that were these people''s or of their orders, as a month of the trail says, and those of that month that name them; leaves one audit row';
GRANT EXECUTE ON FUNCTION erase_audit_rows(text, text[], text, text), erase_audit_month(uuid, date, text[], text[], text[]) TO techally_owner;

RESET ROLE;
SET ROLE techally_owner;

-- ── who is meant ──
CREATE FUNCTION accounts_of(p_user uuid) RETURNS uuid[] LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH RECURSIVE all_of AS (SELECT p_user AS id UNION SELECT u.id FROM users u JOIN all_of a ON u.merged_into = a.id)
    SELECT array_agg(id ORDER BY id <> p_user, id) FROM all_of
$$;
COMMENT ON FUNCTION accounts_of(uuid) IS 'An account and all that were merged into it: one person';

CREATE FUNCTION url_encoded(p_text text) RETURNS text LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    SELECT string_agg(CASE WHEN b.byte = 32 THEN '+' WHEN chr(b.byte) ~ '[A-Za-z0-9._*-]' THEN chr(b.byte) ELSE '%' || upper(lpad(to_hex(b.byte), 2, '0')) END, '' ORDER BY b.n)
    FROM (SELECT n, get_byte(convert_to(p_text, 'UTF8'), n) AS byte FROM generate_series(0, octet_length(convert_to(p_text, 'UTF8')) - 1) AS n) AS b
$$;
COMMENT ON FUNCTION url_encoded(text) IS 'A text as it stands in the query of an address, which searches are kept as';

CREATE FUNCTION words_of(p_people uuid[]) RETURNS text[] LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT COALESCE(array_agg(DISTINCT '%' || replace(replace(replace(f.form, '\', '\\'), '%', '\%'), '_', '\_') || '%'), '{}')
    FROM (SELECT u.email::text AS word FROM users u WHERE u.id = ANY (p_people)
          UNION SELECT u.phone_number FROM users u WHERE u.id = ANY (p_people)
          UNION SELECT u.first_name || ' ' || u.last_name FROM users u WHERE u.id = ANY (p_people)
          UNION SELECT o.customer_email FROM orders o WHERE o.user_id = ANY (p_people)
          UNION SELECT o.customer_phone FROM orders o WHERE o.user_id = ANY (p_people)
          UNION SELECT o.customer_name FROM orders o WHERE o.user_id = ANY (p_people)) AS w,
         LATERAL (VALUES (w.word), (url_encoded(w.word))) AS f (form)
    WHERE length(w.word) >= 6 AND w.word !~ '(^Erased|@erased\.invalid$)'
$$;
COMMENT ON FUNCTION words_of(uuid[]) IS 'LIKE patterns of the addresses, numbers and whole names of people, of six letters at least, plain and as in an address';

-- ── asking, granting, done ──
CREATE TABLE erasures (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    user_id uuid NOT NULL REFERENCES users (id),
    state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'granted', 'refused', 'withdrawn', 'done')),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    asked_by uuid NOT NULL REFERENCES users (id),
    asked_at timestamptz NOT NULL DEFAULT now(),
    decided_by uuid REFERENCES users (id),
    decided_at timestamptz,
    job_id uuid,
    done_at timestamptz,
    counted jsonb NOT NULL DEFAULT '{}',
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1,
    CONSTRAINT chk_erasure_two CHECK (state NOT IN ('granted', 'done') OR decided_by <> asked_by),
    CONSTRAINT chk_erasure_decided CHECK ((state IN ('granted', 'refused', 'done')) = (decided_by IS NOT NULL AND decided_at IS NOT NULL)),
    CONSTRAINT chk_erasure_done CHECK ((state = 'done') = (done_at IS NOT NULL))
);
CREATE UNIQUE INDEX erasures_one_idx ON erasures (user_id) WHERE state IN ('asked', 'granted');
CREATE INDEX erasures_user_idx ON erasures (user_id, id DESC);
CREATE INDEX erasures_asked_by_idx ON erasures (asked_by);
CREATE INDEX erasures_decided_by_idx ON erasures (decided_by) WHERE decided_by IS NOT NULL;
COMMENT ON TABLE erasures IS 'Who asked that a person be erased, who granted it, and what became of it. Two people, always';
COMMENT ON COLUMN erasures.reason IS 'Why, and how the person asked; names nobody, as the form asks';
COMMENT ON COLUMN erasures.job_id IS 'The job that does it; no foreign key, as jobs are deleted before';
COMMENT ON COLUMN erasures.counted IS 'Rows of each table that were deleted or blanked: {"orders": 3}';
CREATE TRIGGER touch_row BEFORE UPDATE ON erasures FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('erasures', 'reason', 'personal');
SELECT audit_table('erasures', 'id');

CREATE FUNCTION erasure_follows() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'INSERT' AND NEW.state <> 'asked')
       OR (TG_OP = 'UPDATE' AND ((OLD.state, NEW.state) NOT IN (('asked', 'asked'), ('asked', 'granted'), ('asked', 'refused'), ('asked', 'withdrawn'), ('granted', 'granted'),
                                                                ('granted', 'done'), ('done', 'done'), ('refused', 'refused'), ('withdrawn', 'withdrawn'))
                                 OR (OLD.user_id, OLD.asked_by, OLD.asked_at) <> (NEW.user_id, NEW.asked_by, NEW.asked_at))) THEN
        RAISE EXCEPTION 'an erasure is asked for, then granted, refused or withdrawn, then done' USING ERRCODE = 'check_violation', CONSTRAINT = 'erasure_follows';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
COMMENT ON FUNCTION erasure_follows() IS 'Guard of erasures: the order of their states, and that none is deleted';
CREATE TRIGGER erasure_follows BEFORE INSERT OR UPDATE OR DELETE ON erasures FOR EACH ROW EXECUTE FUNCTION erasure_follows();

CREATE FUNCTION stay_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM erasures e WHERE e.state IN ('granted', 'done') AND e.user_id = account_of(NEW.id)) THEN
        RAISE EXCEPTION 'this person was erased' USING ERRCODE = 'TA010';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION stay_erased() IS 'BEFORE UPDATE of status: an account whose erasure was granted never comes back (TA010)';
CREATE TRIGGER stay_erased BEFORE UPDATE OF status ON users FOR EACH ROW WHEN (OLD.status = 'deleted' AND NEW.status <> 'deleted') EXECUTE FUNCTION stay_erased();

-- ── doing it ──
CREATE FUNCTION personal_rows(p_table name, p_people uuid[]) RETURNS SETOF jsonb
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    place record;
BEGIN
    SELECT p.is_of, p.not_exported INTO place FROM personal_tables p WHERE p.table_name = p_table AND p.is_exported;
    IF FOUND THEN
        RETURN QUERY EXECUTE format('SELECT to_jsonb(t) - $2 FROM %I t WHERE %s', p_table, place.is_of) USING p_people, place.not_exported;
    END IF;
END $$;
COMMENT ON FUNCTION personal_rows(name, uuid[]) IS 'The rows of a table about people, as the map says, without what their export leaves out';

CREATE FUNCTION count_personal_rows(p_people uuid[]) RETURNS TABLE (table_name name, title text, fate text, is_exported boolean, why text, matches bigint)
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    place record;
BEGIN
    FOR place IN SELECT p.table_name, p.title, p.fate, p.is_exported, p.why, p.is_of FROM personal_tables p WHERE p.is_of IS NOT NULL ORDER BY p.position NULLS LAST, p.table_name LOOP
        EXECUTE format('SELECT count(*) FROM %I t WHERE %s', place.table_name, place.is_of) INTO matches USING p_people;
        table_name := place.table_name;
        title := place.title;
        fate := place.fate;
        is_exported := place.is_exported;
        why := place.why;
        RETURN NEXT;
    END LOOP;
END $$;
COMMENT ON FUNCTION count_personal_rows(uuid[]) IS 'How many rows each table has about people: the preview of export and erasure';

CREATE FUNCTION must_be_granted(p_person uuid) RETURNS void LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM erasures e WHERE e.user_id = p_person AND e.state IN ('granted', 'done')) THEN
        RAISE EXCEPTION 'nobody granted the erasure of this person' USING ERRCODE = 'insufficient_privilege';
    END IF;
END $$;
COMMENT ON FUNCTION must_be_granted(uuid) IS 'Refuses to go on unless two people decided that this person is erased';

CREATE FUNCTION erase_personal_rows(p_person uuid, p_table name) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place record;
    people uuid[] := accounts_of(p_person);
    words text[] := words_of(people);
    row_key text;
    sets text;
    differs text;
    condition text;
    row_keys text[];
    touched bigint;
    erased bigint := 0;
BEGIN
    PERFORM must_be_granted(p_person);
    SELECT p.fate, p.is_of, p.mentions INTO place FROM personal_tables p WHERE p.table_name = p_table AND p.fate IN ('deleted', 'blanked');
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    -- a row is called what the audit trail calls it
    SELECT string_agg(format('t.%I::text', k.name), ' || ''/'' || ' ORDER BY k.n) INTO row_key
    FROM unnest(watched_key(p_table::text)) WITH ORDINALITY AS k (name, n);
    SELECT string_agg(format('%I = %s', c.column_name, c.erased_as), ', '), string_agg(format('t.%I IS DISTINCT FROM (%s)', c.column_name, c.erased_as), ' OR ')
    INTO sets, differs
    FROM personal_columns c WHERE c.table_name = p_table AND c.erased_as IS NOT NULL;
    FOREACH condition IN ARRAY ARRAY[place.is_of, place.mentions] LOOP
        CONTINUE WHEN condition IS NULL;
        -- also rows with nothing left to erase: their history may have something
        IF row_key IS NOT NULL THEN
            EXECUTE format('SELECT array_agg(%s) FROM %I t WHERE %s', row_key, p_table, condition) INTO row_keys USING people, words;
        END IF;
        IF place.fate = 'deleted' THEN
            EXECUTE format('DELETE FROM %I t WHERE %s', p_table, condition) USING people, words;
        ELSE
            EXECUTE format('UPDATE %I t SET %s WHERE (%s) AND (%s)', p_table, sets, condition, differs) USING people, words;
        END IF;
        GET DIAGNOSTICS touched = ROW_COUNT;
        erased := erased + touched;
        -- after the change, whose own entry has what was there
        IF row_keys IS NOT NULL THEN
            PERFORM erase_audit_rows(p_table, row_keys, 'users', p_person::text);
        END IF;
    END LOOP;
    RETURN erased;
END $$;
COMMENT ON FUNCTION erase_personal_rows(uuid, name) IS 'Deletes or blanks what a table has about a person whose erasure was granted, and empties the history of those rows; returns how many. Done twice it does nothing';

CREATE FUNCTION erase_audit_of(p_person uuid, p_month date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    people uuid[] := accounts_of(p_person);
BEGIN
    PERFORM must_be_granted(p_person);
    RETURN erase_audit_month(p_person, p_month, people::text[], ARRAY(SELECT o.id::text FROM orders o WHERE o.user_id = ANY (people)), words_of(people));
END $$;
COMMENT ON FUNCTION erase_audit_of(uuid, date) IS 'Empties what a month of the audit trail has about a person whose erasure was granted; returns how many entries';

CREATE FUNCTION audit_months() RETURNS SETOF date LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT m::date FROM generate_series((SELECT date_trunc('month', min(l.occurred_at) AT TIME ZONE 'UTC') FROM audit_log l), now() AT TIME ZONE 'UTC', interval '1 month') AS m
$$;
COMMENT ON FUNCTION audit_months() IS 'The months that the audit trail has';

GRANT SELECT, INSERT (user_id, reason, asked_by, asked_at) ON erasures TO techally_admin;
GRANT UPDATE (state, decided_by, decided_at, job_id, done_at, counted) ON erasures TO techally_admin;
ALTER TABLE erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON erasures FOR ALL TO techally_admin USING (true) WITH CHECK (true);
GRANT EXECUTE ON FUNCTION accounts_of(uuid), personal_rows(name, uuid[]), count_personal_rows(uuid[]), erase_personal_rows(uuid, name), erase_audit_of(uuid, date),
    audit_months() TO techally_admin;

-- ── what is kept how long ──
CREATE TABLE retention_runs (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    rule text NOT NULL CHECK (rule IN ('user_sessions', 'user_activity', 'payment_logs')),
    before timestamptz NOT NULL,
    rows_gone bigint NOT NULL CHECK (rows_gone >= 0),
    file_id uuid,
    ran_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX retention_runs_rule_idx ON retention_runs (rule, id DESC);
COMMENT ON TABLE retention_runs IS 'What was deleted because its time was over, and the file that has it for another year; append-only';
COMMENT ON COLUMN retention_runs.before IS 'What was older went';
COMMENT ON COLUMN retention_runs.file_id IS 'files.id of the archive; no foreign key, as the file goes after a year';
INSERT INTO audit_exemptions VALUES ('retention_runs', 'INSERT', 'A trail itself: which rule deleted how many rows and when; append-only');
SELECT append_only_table('retention_runs');
GRANT SELECT, INSERT ON retention_runs TO techally_admin;
ALTER TABLE retention_runs ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON retention_runs FOR ALL TO techally_admin USING (true) WITH CHECK (true);

INSERT INTO personal_tables (table_name, title, fate, is_of, is_exported, not_exported, why) VALUES
    ('erasures', 'Erasures', 'kept', 't.user_id = ANY ($1)', true, '{asked_by,decided_by,job_id,version}', 'That a person was erased, when and who decided it: the proof');
INSERT INTO personal_columns (table_name, column_name, why) VALUES ('erasures', 'reason', 'Names nobody, as the form asks'), ('erasures', 'counted', 'Counts');
INSERT INTO personal_tables (table_name, title, fate, why) VALUES ('retention_runs', 'What was deleted in time', 'none', 'How the database keeps itself');

CREATE FUNCTION delete_old_sessions(p_before timestamptz, p_most int) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    gone text[];
BEGIN
    -- what says from where somebody signed in isn't kept longer in the trail than here
    -- a day of grace for clocks
    IF p_before > now() - interval '29 days' THEN
        RAISE EXCEPTION 'sessions are kept for 30 days' USING ERRCODE = 'insufficient_privilege';
    END IF;
    WITH deleted AS (
        DELETE FROM user_sessions WHERE id IN (SELECT s.id FROM user_sessions s WHERE s.expires_at < p_before ORDER BY s.expires_at LIMIT p_most) RETURNING id)
    SELECT array_agg(id::text) INTO gone FROM deleted;
    IF gone IS NOT NULL THEN
        PERFORM erase_audit_rows('user_sessions', gone, 'user_sessions', 'over for 30 days');
    END IF;
    RETURN COALESCE(cardinality(gone), 0);
END $$;
COMMENT ON FUNCTION delete_old_sessions(timestamptz, int) IS 'Deletes sessions that ended before a time, 30 days ago at least, with their addresses and browsers in the audit trail; returns how many';
GRANT EXECUTE ON FUNCTION delete_old_sessions(timestamptz, int) TO techally_admin;

-- safe: the table is small, and its rows keep the purposes that it had
ALTER TABLE files DROP CONSTRAINT files_purpose_check;
ALTER TABLE files ADD CONSTRAINT files_purpose_check CHECK (purpose IN ('export', 'picture', 'avatar', 'archive')) NOT VALID;
ALTER TABLE files VALIDATE CONSTRAINT files_purpose_check;

CREATE FUNCTION due_log_months(p_now timestamptz) RETURNS TABLE (table_name name, month date, entries bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date;
BEGIN
    FOREACH table_name IN ARRAY ARRAY['user_activity', 'payment_logs']::name[] LOOP
        SELECT min(to_date(right(c.relname, 8), '"y"YYYY"m"MM')) INTO first
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = format('public.%I', due_log_months.table_name)::regclass;
        FOR month IN SELECT m::date FROM generate_series(first, p_now - interval '90 days', interval '1 month') AS m
                     WHERE month_start((m + interval '1 month')::date) <= p_now - interval '90 days' LOOP
            CONTINUE WHEN to_regclass(format('public.%I', partition_name(table_name, month))) IS NULL;
            EXECUTE format('SELECT count(*) FROM %I', partition_name(table_name, month)) INTO entries;
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;
COMMENT ON FUNCTION due_log_months(timestamptz) IS 'Months of logs that ended 90 days ago or more: they leave the database for the archive';

CREATE FUNCTION drop_log_month(p_table name, p_month date, p_file uuid, p_entries bigint, p_now timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    partition name := partition_name(p_table, p_month);
    there bigint;
BEGIN
    IF p_table NOT IN ('user_activity', 'payment_logs') OR p_now > now() + interval '1 minute'
       OR month_start((p_month + interval '1 month')::date) > p_now - interval '90 days' THEN
        RAISE EXCEPTION '% of % is not to be dropped yet', p_table, to_char(p_month, 'YYYY-MM') USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF p_entries > 0 AND NOT EXISTS (SELECT 1 FROM files f WHERE f.id = p_file AND f.purpose = 'archive' AND f.state = 'ready') THEN
        RAISE EXCEPTION '% of % is not in the archive', p_table, to_char(p_month, 'YYYY-MM') USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format('LOCK TABLE %I IN ACCESS EXCLUSIVE MODE', partition);
    EXECUTE format('SELECT count(*) FROM %I', partition) INTO there;
    IF there <> p_entries THEN
        RAISE EXCEPTION '% has % entries, % are in the archive', partition, there, p_entries USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- safe: run by a job years after; a release before reads the log, not its months
    EXECUTE format('DROP TABLE %I', partition);
    PERFORM audit_write(p_table::text, to_char(p_month, 'YYYY-MM'), 'RETIRE', jsonb_build_object('entries', jsonb_build_array(p_entries, NULL), 'file', jsonb_build_array(NULL, p_file)));
    -- an empty month is no news
    IF p_entries > 0 THEN
        INSERT INTO retention_runs (rule, before, rows_gone, file_id) VALUES (p_table, month_start((p_month + interval '1 month')::date), p_entries, p_file);
    END IF;
END $$;
COMMENT ON FUNCTION drop_log_month(name, date, uuid, bigint, timestamptz) IS 'Drops a month of a log that ended 90 days ago and that a file has whole';
GRANT EXECUTE ON FUNCTION due_log_months(timestamptz), drop_log_month(name, date, uuid, bigint, timestamptz) TO techally_admin;

RESET ROLE;
