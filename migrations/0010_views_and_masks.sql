-- Materialized views, masking functions, and the views that read-only logins see.
SET ROLE techally_owner;

CREATE MATERIALIZED VIEW product_ratings AS
SELECT product_id, count(*) AS review_count, avg(rating)::decimal(3, 2) AS avg_rating
FROM reviews
WHERE deleted_at IS NULL AND moderator_status = 'approved'
GROUP BY product_id;
CREATE UNIQUE INDEX product_ratings_product_idx ON product_ratings (product_id);
COMMENT ON MATERIALIZED VIEW product_ratings IS 'Number and average of approved reviews by product; refreshed by the worker';

CREATE MATERIALIZED VIEW category_counts AS
SELECT category_id, count(*) AS product_count, count(*) FILTER (WHERE is_published) AS active_count
FROM products
WHERE deleted_at IS NULL
GROUP BY category_id;
CREATE UNIQUE INDEX category_counts_category_idx ON category_counts (category_id);
COMMENT ON MATERIALIZED VIEW category_counts IS 'Products by category; refreshed by the worker';

CREATE FUNCTION refresh_materialized_view(p_name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF p_name NOT IN ('product_ratings', 'category_counts') THEN
        RAISE EXCEPTION 'there is no materialized view %', p_name USING ERRCODE = 'undefined_table';
    END IF;
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %I', p_name);
END $$;
COMMENT ON FUNCTION refresh_materialized_view(text) IS 'Refreshes one of our materialized views while it is read';

-- Writers only add a mark, so they never wait for each other; the worker takes the marks away and refreshes.
CREATE TABLE stale_views (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    view_name name NOT NULL CHECK (view_name IN ('product_ratings', 'category_counts')),
    marked_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE stale_views IS 'Marks by triggers: this materialized view no longer says what its tables say';
INSERT INTO audit_exemptions SELECT 'stale_views', o, 'A note to the worker that says nothing about anybody; the change behind it is audited'
    FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS o;

CREATE FUNCTION mark_view_stale() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO stale_views (view_name) VALUES (TG_ARGV[0]::name);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION mark_view_stale() IS 'AFTER trigger of what a materialized view counts; argument: the view';
-- a row counts before or after the change, and differently
CREATE TRIGGER ratings_stale AFTER INSERT ON reviews FOR EACH ROW
    WHEN (NEW.moderator_status = 'approved' AND NEW.deleted_at IS NULL) EXECUTE FUNCTION mark_view_stale('product_ratings');
CREATE TRIGGER ratings_stale_update AFTER UPDATE ON reviews FOR EACH ROW
    WHEN (('approved' IN (OLD.moderator_status, NEW.moderator_status))
          AND (OLD.product_id, OLD.rating, OLD.moderator_status = 'approved', OLD.deleted_at IS NULL)
              IS DISTINCT FROM (NEW.product_id, NEW.rating, NEW.moderator_status = 'approved', NEW.deleted_at IS NULL))
    EXECUTE FUNCTION mark_view_stale('product_ratings');
CREATE TRIGGER ratings_stale_delete AFTER DELETE ON reviews FOR EACH ROW
    WHEN (OLD.moderator_status = 'approved' AND OLD.deleted_at IS NULL) EXECUTE FUNCTION mark_view_stale('product_ratings');
CREATE TRIGGER ratings_stale_truncate AFTER TRUNCATE ON reviews FOR EACH STATEMENT EXECUTE FUNCTION mark_view_stale('product_ratings');
CREATE TRIGGER counts_stale AFTER INSERT OR DELETE ON products FOR EACH ROW EXECUTE FUNCTION mark_view_stale('category_counts');
CREATE TRIGGER counts_stale_update AFTER UPDATE ON products FOR EACH ROW
    WHEN ((OLD.category_id, OLD.is_published, OLD.deleted_at IS NULL) IS DISTINCT FROM (NEW.category_id, NEW.is_published, NEW.deleted_at IS NULL))
    EXECUTE FUNCTION mark_view_stale('category_counts');
CREATE TRIGGER counts_stale_truncate AFTER TRUNCATE ON products FOR EACH STATEMENT EXECUTE FUNCTION mark_view_stale('category_counts');

CREATE FUNCTION refresh_stale_views() RETURNS name[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    stale name;
    refreshed name[] := '{}';
BEGIN
    -- the marks first: a change that is committed later leaves a new one
    FOR stale IN WITH gone AS (DELETE FROM stale_views RETURNING view_name) SELECT DISTINCT view_name FROM gone ORDER BY 1 LOOP
        PERFORM refresh_materialized_view(stale);
        refreshed := refreshed || stale;
    END LOOP;
    RETURN refreshed;
END $$;
COMMENT ON FUNCTION refresh_stale_views() IS 'Refreshes the materialized views that a committed change has made stale; returns which';

CREATE FUNCTION mask_email(p_email text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_email LIKE '_%@%' THEN left(p_email, 1) || '•••@' || split_part(p_email, '@', 2) WHEN p_email IS NOT NULL THEN '•••' END;
COMMENT ON FUNCTION mask_email(text) IS 'o•••@mail.example: first letter and domain';

CREATE FUNCTION mask_phone(p_phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN length(regexp_replace(p_phone, '\D', '', 'g')) >= 6 THEN '•••• ••• ' || right(regexp_replace(p_phone, '\D', '', 'g'), 3)
                WHEN p_phone IS NOT NULL THEN '••••' END;
COMMENT ON FUNCTION mask_phone(text) IS '•••• ••• 218: the last three digits';

CREATE FUNCTION mask_name(p_name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN left(p_name, 1) || '.';
COMMENT ON FUNCTION mask_name(text) IS 'O.: the first letter';

CREATE FUNCTION mask_text(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN p_text IS NOT NULL THEN '•••' END;
COMMENT ON FUNCTION mask_text(text) IS 'Says only that there is something';

CREATE VIEW masked_users AS
SELECT id, mask_email(email) AS email, email_verified, mask_name(first_name) AS first_name, mask_name(last_name) AS last_name,
       mask_phone(phone_number) AS phone_number, date_trunc('year', date_of_birth)::date AS year_of_birth, role, status,
       last_login_at, mfa_enabled, created_at, updated_at, deleted_at
FROM users;
COMMENT ON VIEW masked_users IS 'Users for reports: no address, name or number in clear';

CREATE VIEW masked_orders AS
SELECT id, order_number, user_id, status, currency, subtotal, discount_total, shipping_total, tax_total, grand_total, paid_total,
       refunded_total, payment_status, item_count, mask_name(customer_name) AS customer_name, mask_email(customer_email) AS customer_email,
       mask_phone(customer_phone) AS customer_phone, billing_city, billing_country, source, hold_expires_at, status_changed_at,
       created_at, updated_at, deleted_at
FROM orders;
COMMENT ON VIEW masked_orders IS 'Orders for reports: contact masked';

CREATE VIEW masked_order_shipping AS
SELECT order_id, method, mask_name(recipient_name) AS recipient_name, mask_text(street) AS street, city, country, carrier,
       warehouse_id, shipped_at, delivered_at
FROM order_shipping;
COMMENT ON VIEW masked_order_shipping IS 'Deliveries for reports: no street, no tracking number';

CREATE VIEW masked_addresses AS
SELECT id, user_id, kind, mask_name(recipient_name) AS recipient_name, mask_text(street) AS street, city, country, created_at, deleted_at
FROM addresses;
COMMENT ON VIEW masked_addresses IS 'Addresses for reports: city and country';

CREATE VIEW masked_payments AS
SELECT id, order_id, provider, method, status, amount, captured_amount, currency, card_brand, mask_text(card_last4) AS card_last4,
       mask_text(reference) AS reference, created_at, updated_at
FROM payments;
COMMENT ON VIEW masked_payments IS 'Payments for reports: no card, no reference';

CREATE VIEW masked_refunds AS
SELECT id, payment_id, order_id, amount, currency, status, mask_text(reason) AS reason, created_at, updated_at
FROM refunds;
COMMENT ON VIEW masked_refunds IS 'Refunds for reports: no reason in clear';

-- a barrier, because it filters: what is hidden is not shown to functions of the caller's either
CREATE VIEW masked_reviews WITH (security_barrier) AS
SELECT id, product_id, user_id, rating, title, body, created_at
FROM reviews WHERE moderator_status = 'approved' AND deleted_at IS NULL;
COMMENT ON VIEW masked_reviews IS 'Public reviews: what everybody may read';

RESET ROLE;
