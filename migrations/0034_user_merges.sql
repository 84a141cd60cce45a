-- Two accounts of one customer become one: which row was whose, so that it can be undone for a day.
SET ROLE techally_owner;

-- ── what was merged ──
CREATE TABLE user_merges (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    kept_id uuid NOT NULL REFERENCES users (id),
    merged_id uuid NOT NULL REFERENCES users (id),
    merged_by uuid NOT NULL REFERENCES users (id),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    merged_status text NOT NULL CHECK (merged_status IN ('active', 'inactive')),
    moved jsonb NOT NULL DEFAULT '{}',
    doubles jsonb NOT NULL DEFAULT '{}',
    replaced jsonb NOT NULL DEFAULT '{}',
    tags_added text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    undone_at timestamptz,
    undone_by uuid REFERENCES users (id),
    CONSTRAINT chk_merge_two CHECK (kept_id <> merged_id),
    CONSTRAINT chk_merge_undone CHECK ((undone_at IS NULL) = (undone_by IS NULL))
);
CREATE INDEX user_merges_kept_idx ON user_merges (kept_id, id DESC);
CREATE INDEX user_merges_merged_idx ON user_merges (merged_id, id DESC);
CREATE UNIQUE INDEX user_merges_one ON user_merges (merged_id) WHERE undone_at IS NULL;
COMMENT ON CONSTRAINT user_merges_merged_by_fkey ON user_merges IS 'No index: nobody lists them by it, and people are never deleted';
COMMENT ON CONSTRAINT user_merges_undone_by_fkey ON user_merges IS 'No index: nobody lists them by it, and people are never deleted';
COMMENT ON TABLE user_merges IS 'Two accounts of one customer that became one: who did it and why, and whether it was undone';
COMMENT ON COLUMN user_merges.kept_id IS 'The account that stays';
COMMENT ON COLUMN user_merges.merged_id IS 'The account that goes: deleted softly, users.merged_into says into which';
COMMENT ON COLUMN user_merges.merged_status IS 'What the account that goes was; undoing gives it back';
COMMENT ON COLUMN user_merges.moved IS 'How many rows of each table went to the account that stays: {"orders": 3}';
COMMENT ON COLUMN user_merges.doubles IS 'How many rows stayed where they were, because the account that stays has the like: {"addresses": 1}';
COMMENT ON COLUMN user_merges.replaced IS 'Values of the account that stays which those of the other replaced, as they were: {"phone_number": "…"}';
COMMENT ON COLUMN user_merges.tags_added IS 'Tags that the account that stays got from the other';
INSERT INTO audit_columns VALUES ('user_merges', 'reason', 'personal'), ('user_merges', 'replaced', 'personal');
SELECT audit_table('user_merges', 'id');

CREATE TABLE user_merge_rows (
    merge_id uuid NOT NULL REFERENCES user_merges (id),
    table_name text NOT NULL CHECK (table_name IN ('orders', 'reviews', 'review_votes', 'addresses', 'payment_methods', 'wishlists',
                                                   'cart_items', 'user_notes')),
    row_id uuid NOT NULL,
    was jsonb,
    PRIMARY KEY (merge_id, table_name, row_id)
);
COMMENT ON TABLE user_merge_rows IS 'The rows that went from one account to the other with a merge; undoing takes these back and no others';
COMMENT ON COLUMN user_merge_rows.row_id IS 'The row''s id; of a vote that of its review';
COMMENT ON COLUMN user_merge_rows.was IS 'What else of the row the merge changed: whether it was the default';
INSERT INTO audit_exemptions VALUES ('user_merge_rows', 'INSERT', 'written by a merge, whose own change of each of these rows is audited');
SELECT audit_table('user_merge_rows', 'merge_id,table_name,row_id', 'UPDATE OR DELETE');

-- ── where an account went ──
ALTER TABLE users ADD COLUMN merged_into uuid;
-- safe: all rows have none, so that nothing is looked up; validated below
ALTER TABLE users ADD CONSTRAINT users_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES users (id) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT users_merged_into_fkey;
-- safe: one look at each row, all of which have none
ALTER TABLE users ADD CONSTRAINT chk_merged_into CHECK (merged_into IS NULL OR (deleted_at IS NOT NULL AND merged_into <> id)) NOT VALID;
ALTER TABLE users VALIDATE CONSTRAINT chk_merged_into;
-- safe: nobody is merged yet
CREATE INDEX users_merged_into_idx ON users (merged_into) WHERE merged_into IS NOT NULL;
COMMENT ON COLUMN users.merged_into IS 'The account that this one was merged into; whoever orders with its address orders for that one. Its address stays taken';

CREATE FUNCTION account_of(p_user uuid) RETURNS uuid LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    WITH RECURSIVE way AS (
        SELECT u.id, u.merged_into, 1 AS steps FROM users u WHERE u.id = p_user
        UNION ALL
        SELECT u.id, u.merged_into, w.steps + 1 FROM way w JOIN users u ON u.id = w.merged_into WHERE w.steps < 20)
    SELECT id FROM way ORDER BY steps DESC LIMIT 1
$$;
COMMENT ON FUNCTION account_of(uuid) IS 'The account that stands for this one: itself, or the one that it was merged into, and so on';

CREATE FUNCTION orders_of_merged() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    into_account uuid;
BEGIN
    -- waits for a merge that is under way
    SELECT merged_into INTO into_account FROM users WHERE id = NEW.user_id FOR KEY SHARE;
    IF into_account IS NOT NULL THEN
        RAISE EXCEPTION 'this account was merged into %', into_account USING ERRCODE = 'TA009';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION orders_of_merged() IS 'AFTER INSERT: nobody orders for an account that was merged into another meanwhile (TA009)';
CREATE TRIGGER orders_of_merged AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_of_merged();

-- ── what moves, and what is double ──
CREATE FUNCTION merge_rows(p_kept uuid, p_merged uuid) RETURNS TABLE (table_name text, row_id uuid, was jsonb, is_double boolean)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT 'reviews', r.id, NULL::jsonb,
           EXISTS (SELECT 1 FROM reviews k WHERE k.user_id = p_kept AND k.product_id = r.product_id AND k.deleted_at IS NULL)
    FROM reviews r WHERE r.user_id = p_merged AND r.deleted_at IS NULL
    UNION ALL
    -- one vote a person, and none about one's own review
    SELECT 'review_votes', v.review_id, NULL,
           EXISTS (SELECT 1 FROM review_votes k WHERE k.user_id = p_kept AND k.review_id = v.review_id)
           OR EXISTS (SELECT 1 FROM reviews r WHERE r.id = v.review_id AND r.user_id IN (p_kept, p_merged))
    FROM review_votes v WHERE v.user_id = p_merged
    UNION ALL
    SELECT 'addresses', a.id, jsonb_build_object('shipping', a.is_default_shipping, 'billing', a.is_default_billing),
           EXISTS (SELECT 1 FROM addresses k WHERE k.user_id = p_kept AND k.deleted_at IS NULL AND k.country = a.country
                   AND (lower(k.recipient_name), lower(k.street), lower(COALESCE(k.street2, '')), replace(k.postal_code, ' ', ''), lower(k.city))
                     = (lower(a.recipient_name), lower(a.street), lower(COALESCE(a.street2, '')), replace(a.postal_code, ' ', ''), lower(a.city)))
    FROM addresses a WHERE a.user_id = p_merged AND a.deleted_at IS NULL
    UNION ALL
    SELECT 'payment_methods', p.id, jsonb_build_object('default', p.is_default),
           EXISTS (SELECT 1 FROM payment_methods k WHERE k.user_id = p_kept AND k.deleted_at IS NULL
                   AND (k.method, k.card_brand, k.card_last4, k.card_exp_month, k.card_exp_year)
                     = (p.method, p.card_brand, p.card_last4, p.card_exp_month, p.card_exp_year))
    FROM payment_methods p WHERE p.user_id = p_merged AND p.deleted_at IS NULL
    UNION ALL
    SELECT 'wishlists', w.id, NULL, EXISTS (SELECT 1 FROM wishlists k WHERE k.user_id = p_kept AND k.product_id = w.product_id)
    FROM wishlists w WHERE w.user_id = p_merged
    UNION ALL
    SELECT 'cart_items', c.id, NULL,
           EXISTS (SELECT 1 FROM cart_items k WHERE k.user_id = p_kept AND k.product_id = c.product_id AND k.variant_id IS NOT DISTINCT FROM c.variant_id)
    FROM cart_items c WHERE c.user_id = p_merged
    UNION ALL
    SELECT 'user_notes', n.id, NULL, false FROM user_notes n WHERE n.user_id = p_merged
$$;
COMMENT ON FUNCTION merge_rows(uuid, uuid) IS 'Rows of the second account that would go to the first, but orders, and which of them the first has the like of: those stay where they are';

-- ── orders change hands ──
CREATE FUNCTION give_orders(p_from uuid, p_to uuid, p_orders uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given record;
BEGIN
    -- a thousand changes of one row in one transaction would each read all before it: the facts change once, below
    PERFORM set_config('app.facts_later', 'yes', true);
    WITH changed AS (UPDATE orders SET user_id = p_to WHERE id = ANY (p_orders) AND user_id = p_from
                     RETURNING id, currency, paid_total - refunded_total AS spent, deleted_at IS NULL AS counts)
    SELECT count(*) AS orders, count(*) FILTER (WHERE counts) AS counted, (array_agg(currency ORDER BY id) FILTER (WHERE counts))[1] AS currency,
           (SELECT jsonb_object_agg(c.currency, c.spent) FROM (SELECT x.currency, sum(x.spent) AS spent FROM changed x WHERE x.counts GROUP BY 1) c) AS spent
    INTO given FROM changed;
    PERFORM set_config('app.facts_later', '', true);
    IF given.counted > 0 THEN
        UPDATE user_facts SET orders = orders - given.counted, spent = spent - COALESCE((given.spent ->> currency)::numeric, 0) WHERE user_id = p_from;
        UPDATE user_facts SET orders = orders + given.counted, currency = COALESCE(currency, given.currency),
            spent = spent + COALESCE((given.spent ->> COALESCE(currency, given.currency))::numeric, 0) WHERE user_id = p_to;
    END IF;
    RETURN given.orders;
END $$;
COMMENT ON FUNCTION give_orders(uuid, uuid, uuid[]) IS 'These orders of one customer become another''s, and both people''s facts follow at once; returns how many there were';

-- safe: the trigger is away for a moment under a lock that holds up writing; nothing is read
DROP TRIGGER user_facts_changed ON orders;
CREATE TRIGGER user_facts_changed AFTER UPDATE OF user_id, paid_total, refunded_total, deleted_at ON orders FOR EACH ROW
    WHEN ((OLD.user_id, OLD.paid_total, OLD.refunded_total, OLD.deleted_at IS NULL) IS DISTINCT FROM (NEW.user_id, NEW.paid_total, NEW.refunded_total, NEW.deleted_at IS NULL)
          AND current_setting('app.facts_later', true) IS DISTINCT FROM 'yes')
    EXECUTE FUNCTION user_facts_of_order();

-- ── who else could it be ──
-- safe: holds up writing about people for two or three seconds at a million; nobody waits to read
CREATE INDEX users_email_core_idx ON users ((replace(split_part(split_part(email::text, '@', 1), '+', 1), '.', '') || '@' || split_part(email::text, '@', 2)));
COMMENT ON INDEX users_email_core_idx IS 'Finds addresses that differ in dots and in what follows a plus only';
-- safe: holds up writing of addresses for about a second at a million; nobody waits to read
CREATE INDEX addresses_place_idx ON addresses (postal_code, lower(street)) WHERE deleted_at IS NULL;
COMMENT ON INDEX addresses_place_idx IS 'Finds people who live in the same house';

-- ── access ──
GRANT SELECT, INSERT ON user_merges, user_merge_rows TO techally_admin;
GRANT UPDATE (undone_at, undone_by) ON user_merges TO techally_admin;
GRANT UPDATE (user_id) ON user_notes TO techally_admin;
GRANT EXECUTE ON FUNCTION account_of(uuid), merge_rows(uuid, uuid), give_orders(uuid, uuid, uuid[]) TO techally_admin;
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['user_merges', 'user_merge_rows'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY staff ON %I FOR ALL TO techally_admin USING (true) WITH CHECK (true)', t);
    END LOOP;
END $$;

DO $$
DECLARE
    old_end text := 'SELECT ''what left the house was paid''';
    new_part text := 'SELECT ''an account says where it was merged, and its merge is on record'', count(*)
    FROM (SELECT id, merged_into FROM users WHERE merged_into IS NOT NULL) u
    FULL JOIN (SELECT merged_id, kept_id FROM user_merges WHERE undone_at IS NULL) m ON m.merged_id = u.id AND m.kept_id = u.merged_into
    WHERE u.id IS NULL OR m.merged_id IS NULL
    UNION ALL
    SELECT ''nobody orders for an account that was merged'', count(*) FROM user_merges m
    JOIN orders o ON o.user_id = m.merged_id AND o.created_at > m.created_at
    WHERE m.undone_at IS NULL
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

RESET ROLE;
