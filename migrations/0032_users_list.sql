-- What the list of users needs: tags, and facts about a person (orders, spent, country) that it can filter and sort by
-- among a million people.
SET ROLE techally_owner;

-- ── facts ──
-- A table of its own: each payment changes a row here, and in users that would be an entry in each of a dozen indexes,
-- three of them of parts of words.
CREATE TABLE user_facts (
    user_id uuid PRIMARY KEY,
    orders int NOT NULL DEFAULT 0 CHECK (orders >= 0),
    spent numeric(14, 2) NOT NULL DEFAULT 0,
    spent_minor bigint NOT NULL GENERATED ALWAYS AS ((spent * 100)::bigint) STORED,
    currency char(3) CHECK (currency ~ '^[A-Z]{3}$'),
    country char(2) CHECK (country ~ '^[A-Z]{2}$')
);
COMMENT ON TABLE user_facts IS 'What a person''s orders and addresses come to, kept by triggers; one row a person';
COMMENT ON COLUMN user_facts.orders IS 'Orders that were placed, whatever became of them; those of months in the archive count on';
COMMENT ON COLUMN user_facts.spent IS 'Captured less given back, of orders in this currency';
COMMENT ON COLUMN user_facts.spent_minor IS 'The same in hundredths, to filter and sort by: under row security the planner uses no statistics of numeric, whose comparison may leak, and would read everybody for the few who spent much';
COMMENT ON COLUMN user_facts.currency IS 'That of the person''s first order; nothing: there was none. What was paid in another isn''t added to it';
COMMENT ON COLUMN user_facts.country IS 'Of the default address for shipping, else for bills, else of the newest one';

CREATE FUNCTION country_of(p_user uuid) RETURNS char(2) LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT country FROM addresses WHERE user_id = p_user AND deleted_at IS NULL
    ORDER BY is_default_shipping DESC, is_default_billing DESC, created_at DESC, id LIMIT 1
$$;
COMMENT ON FUNCTION country_of(uuid) IS 'The country that a person''s addresses say they live in';

CREATE FUNCTION user_facts_new() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO user_facts (user_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION user_facts_new() IS 'AFTER INSERT: every person has facts';

CREATE FUNCTION user_facts_of_order() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL THEN
        UPDATE user_facts SET orders = orders - 1,
            spent = spent - CASE WHEN currency = OLD.currency THEN OLD.paid_total - OLD.refunded_total ELSE 0 END
        WHERE user_id = OLD.user_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
        UPDATE user_facts SET orders = orders + 1, currency = COALESCE(currency, NEW.currency),
            spent = spent + CASE WHEN COALESCE(currency, NEW.currency) = NEW.currency THEN NEW.paid_total - NEW.refunded_total ELSE 0 END
        WHERE user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION user_facts_of_order() IS 'AFTER trigger: a person''s orders and what they spent follow their orders';

CREATE FUNCTION user_facts_of_address() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    person uuid;
BEGIN
    FOR person IN SELECT DISTINCT p FROM unnest(ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.user_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.user_id END]) AS p
                  WHERE p IS NOT NULL ORDER BY 1 LOOP
        -- the lock first: of two who change addresses at once the second looks when the first is done
        PERFORM 1 FROM user_facts WHERE user_id = person FOR NO KEY UPDATE;
        UPDATE user_facts SET country = country_of(person) WHERE user_id = person AND country IS DISTINCT FROM country_of(person);
    END LOOP;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION user_facts_of_address() IS 'AFTER trigger: a person''s country follows their addresses';

CREATE FUNCTION make_user_facts() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO user_facts (user_id, orders, spent, currency, country)
    SELECT u.id, COALESCE(o.orders, 0), COALESCE(o.spent, 0), o.currency, a.country
    FROM users u
    LEFT JOIN (SELECT DISTINCT ON (user_id) user_id, currency, spent, sum(number) OVER (PARTITION BY user_id)::int AS orders
               FROM (SELECT user_id, currency, count(*) AS number, sum(paid_total - refunded_total) AS spent
                     FROM orders WHERE deleted_at IS NULL GROUP BY user_id, currency) c
               ORDER BY user_id, number DESC, currency) o ON o.user_id = u.id
    LEFT JOIN (SELECT DISTINCT ON (user_id) user_id, country FROM addresses WHERE deleted_at IS NULL
               ORDER BY user_id, is_default_shipping DESC, is_default_billing DESC, created_at DESC, id) a ON a.user_id = u.id
    ON CONFLICT (user_id) DO UPDATE SET orders = EXCLUDED.orders, spent = EXCLUDED.spent, currency = EXCLUDED.currency, country = EXCLUDED.country
$$;
COMMENT ON FUNCTION make_user_facts() IS 'Reckons the facts of all people anew, after rows came in without triggers';

-- safe: these hold up writing until the facts are reckoned below: 30 s for a million people with 300,000 orders on two busy
-- cores; nobody waits to read
CREATE TRIGGER user_facts_new AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION user_facts_new();
CREATE TRIGGER user_facts_placed AFTER INSERT OR DELETE ON orders FOR EACH ROW EXECUTE FUNCTION user_facts_of_order();
CREATE TRIGGER user_facts_changed AFTER UPDATE OF user_id, paid_total, refunded_total, deleted_at ON orders FOR EACH ROW
    WHEN ((OLD.user_id, OLD.paid_total, OLD.refunded_total, OLD.deleted_at IS NULL) IS DISTINCT FROM (NEW.user_id, NEW.paid_total, NEW.refunded_total, NEW.deleted_at IS NULL))
    EXECUTE FUNCTION user_facts_of_order();
CREATE TRIGGER user_facts_address AFTER INSERT OR DELETE OR UPDATE OF user_id, country, is_default_shipping, is_default_billing, deleted_at ON addresses
    FOR EACH ROW EXECUTE FUNCTION user_facts_of_address();
SELECT make_user_facts();
-- after the rows: one look at all of them instead of one each
ALTER TABLE user_facts ADD CONSTRAINT user_facts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE;

-- safe: the table is new
CREATE INDEX user_facts_spent_idx ON user_facts (spent_minor, user_id);
-- safe: as above
CREATE INDEX user_facts_orders_idx ON user_facts (orders, user_id);
-- safe: as above
CREATE INDEX user_facts_country_idx ON user_facts (country);

-- ── finding and sorting people ──
-- safe: each holds up writing about people for a second or two at a million; nobody waits to read
CREATE INDEX users_created_idx ON users (created_at, id);
-- safe: as above
CREATE INDEX users_seen_idx ON users (COALESCE(last_login_at, '-infinity'::timestamptz), id);
COMMENT ON INDEX users_seen_idx IS 'The list by last sign-in; who never signed in stands at its end';
-- safe: as above
CREATE INDEX users_status_created_idx ON users (status, created_at, id);
-- safe: hardly anybody is locked
CREATE INDEX users_locked_idx ON users (locked_until) WHERE locked_until IS NOT NULL;
ANALYZE users, user_facts;

-- ── access ──
INSERT INTO audit_exemptions
SELECT 'user_facts', operation, 'reckoned by triggers from orders and addresses, whose own changes are audited'
FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS operation;
GRANT SELECT ON user_facts TO techally_admin;
ALTER TABLE user_facts ENABLE ROW LEVEL SECURITY;
CREATE POLICY staff ON user_facts FOR ALL TO techally_admin USING (true) WITH CHECK (true);

DO $$
DECLARE
    old_end text := 'SELECT ''what left the house was paid''';
    -- orders of months that are in the archive are counted, and not there any more
    new_part text := 'SELECT ''a person''''s facts are those of their orders and addresses'', count(*) FROM users u
    LEFT JOIN user_facts f ON f.user_id = u.id
    LEFT JOIN (SELECT o.user_id, count(*) AS orders, sum(CASE WHEN o.currency = c.currency THEN o.paid_total - o.refunded_total ELSE 0 END) AS spent
               FROM orders o JOIN user_facts c ON c.user_id = o.user_id WHERE o.deleted_at IS NULL GROUP BY o.user_id) o ON o.user_id = u.id
    LEFT JOIN (SELECT DISTINCT ON (user_id) user_id, country FROM addresses WHERE deleted_at IS NULL
               ORDER BY user_id, is_default_shipping DESC, is_default_billing DESC, created_at DESC, id) a ON a.user_id = u.id
    WHERE f.user_id IS NULL OR f.country IS DISTINCT FROM a.country OR f.orders < COALESCE(o.orders, 0)
        OR ((f.orders, f.spent) <> (COALESCE(o.orders, 0), COALESCE(o.spent, 0)) AND NOT EXISTS (SELECT 1 FROM retired_months))
    UNION ALL
    ';
    checks text := pg_get_functiondef('check_invariants()'::regprocedure);
BEGIN
    -- the rest of the function stays word for word
    IF position(old_end IN checks) = 0 THEN
        RAISE EXCEPTION 'check_invariants() is not the one that this migration changes';
    END IF;
    EXECUTE replace(checks, old_end, new_part || old_end);
END $$;

-- ── tags ──
-- last: from here on others wait to read too, for a second at a million people
ALTER TABLE users ADD COLUMN tags text[] NOT NULL DEFAULT '{}';
-- safe: one look at each row, all of which have none
ALTER TABLE users ADD CONSTRAINT chk_user_tags CHECK (tags = '{}' OR are_tags(tags)) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT chk_user_tags;
COMMENT ON COLUMN users.tags IS 'Words that staff put on a person to find them by';
-- safe: nobody has tags yet
CREATE INDEX users_tags_idx ON users USING gin (tags) WHERE tags <> '{}';

RESET ROLE;
