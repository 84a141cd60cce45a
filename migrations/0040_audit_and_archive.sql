-- The audit trail names what it tells of: an order by its number, a person by name, stock by its SKU. A seal that is
-- broken is told. The archive loses people who were erased. Nobody erases values of the trail past two colleagues.
SET ROLE techally_audit;
-- safe: no release's statement calls it; erase_audit_rows() does the same, for the functions of a granted erasure only
DROP FUNCTION erase_audit_values(text, text);
RESET ROLE;

SET ROLE techally_owner;

CREATE FUNCTION audit_subject(p_table text, p_row text) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp AS $$
DECLARE
    own uuid;
BEGIN
    IF p_row !~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(/|$)' THEN
        -- rows that have a code or a month for a key are called that
        RETURN CASE WHEN p_row ~ '[A-Za-z-]' AND p_row <> 'true' THEN p_row END;
    END IF;
    own := left(p_row, 36)::uuid;
    -- statements of their own, so that a session plans only those it meets
    IF p_table IN ('orders', 'order_items', 'order_shipping', 'order_notes', 'order_status_history') THEN
        RETURN (SELECT n.order_number FROM order_numbers n WHERE n.order_id = own);
    ELSIF p_table IN ('payments', 'refunds', 'order_returns', 'parcels', 'stock_reservations') THEN
        RETURN (SELECT n.order_number FROM order_numbers n WHERE n.order_id = CASE p_table
            WHEN 'payments' THEN (SELECT t.order_id FROM payments t WHERE t.id = own)
            WHEN 'refunds' THEN (SELECT t.order_id FROM refunds t WHERE t.id = own)
            WHEN 'order_returns' THEN (SELECT t.order_id FROM order_returns t WHERE t.id = own)
            WHEN 'parcels' THEN (SELECT t.order_id FROM parcels t WHERE t.id = own)
            ELSE (SELECT t.order_id FROM stock_reservations t WHERE t.id = own) END);
    ELSIF p_table IN ('users', 'user_preferences', 'second_factors') THEN
        RETURN (SELECT u.first_name || ' ' || u.last_name FROM users u WHERE u.id = own);
    ELSIF p_table IN ('user_sessions', 'addresses', 'user_notes', 'payment_methods', 'access_links', 'access_requests', 'erasures') THEN
        RETURN (SELECT u.first_name || ' ' || u.last_name FROM users u WHERE u.id = CASE p_table
            WHEN 'user_sessions' THEN (SELECT t.user_id FROM user_sessions t WHERE t.id = own)
            WHEN 'addresses' THEN (SELECT t.user_id FROM addresses t WHERE t.id = own)
            WHEN 'user_notes' THEN (SELECT t.user_id FROM user_notes t WHERE t.id = own)
            WHEN 'payment_methods' THEN (SELECT t.user_id FROM payment_methods t WHERE t.id = own)
            WHEN 'access_links' THEN (SELECT t.user_id FROM access_links t WHERE t.id = own)
            WHEN 'access_requests' THEN (SELECT t.user_id FROM access_requests t WHERE t.id = own)
            ELSE (SELECT t.user_id FROM erasures t WHERE t.id = own) END);
    ELSIF p_table IN ('products', 'product_images', 'product_specifications', 'reviews') THEN
        RETURN (SELECT p.name FROM products p WHERE p.id = CASE p_table
            WHEN 'products' THEN own
            WHEN 'product_images' THEN (SELECT t.product_id FROM product_images t WHERE t.id = own)
            WHEN 'product_specifications' THEN (SELECT t.product_id FROM product_specifications t WHERE t.id = own)
            ELSE (SELECT t.product_id FROM reviews t WHERE t.id = own) END);
    ELSIF p_table IN ('inventory', 'stock_openings') THEN
        RETURN (SELECT COALESCE(v.sku, p.sku) FROM inventory i JOIN products p ON p.id = i.product_id
            LEFT JOIN product_variants v ON v.id = i.variant_id WHERE i.id = own);
    END IF;
    RETURN CASE p_table
        WHEN 'product_variants' THEN (SELECT t.sku FROM product_variants t WHERE t.id = own)
        WHEN 'brands' THEN (SELECT t.name FROM brands t WHERE t.id = own)
        WHEN 'categories' THEN (SELECT t.name FROM categories t WHERE t.id = own)
        WHEN 'warehouses' THEN (SELECT t.name FROM warehouses t WHERE t.id = own) END;
END $$;
COMMENT ON FUNCTION audit_subject(text, text) IS
    'What people call the row that an entry of the audit trail is about; NULL when it has no name or is gone';
GRANT EXECUTE ON FUNCTION audit_subject(text, text) TO techally_admin;

-- ── a seal that is broken is told ──
-- safe: the table is small, and its rows keep the kinds that they had
ALTER TABLE inbox_items DROP CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD CONSTRAINT inbox_items_kind_check CHECK (kind IN ('mention', 'assignment', 'job', 'access', 'norm', 'erasure', 'seal')) NOT VALID;
ALTER TABLE inbox_items VALIDATE CONSTRAINT inbox_items_kind_check;
COMMENT ON TABLE inbox_items IS
    'What a person should see: mentions in notes, orders given to them, jobs that ended, rights asked for and decided, colleagues who wanted to see more than the norm, erasures asked for and decided, an audit trail that is not as it was written';

-- ── the archive loses people ──
ALTER TABLE retired_months ADD COLUMN people_erased_at timestamptz;
COMMENT ON COLUMN retired_months.people_erased_at IS 'When people who had been erased were last taken out of its files';
UPDATE personal_tables SET title = 'Totals of orders' WHERE table_name = 'user_facts';

RESET ROLE;
