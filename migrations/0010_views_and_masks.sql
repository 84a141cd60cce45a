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

CREATE FUNCTION mask_email(p_email text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_email LIKE '_%@%' THEN left(p_email, 1) || '•••@' || split_part(p_email, '@', 2) WHEN p_email IS NOT NULL THEN '•••' END
$$;
COMMENT ON FUNCTION mask_email(text) IS 'o•••@mail.example: first letter and domain';

CREATE FUNCTION mask_phone(p_phone text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN length(regexp_replace(p_phone, '\D', '', 'g')) >= 6 THEN '•••• ••• ' || right(regexp_replace(p_phone, '\D', '', 'g'), 3)
                WHEN p_phone IS NOT NULL THEN '••••' END
$$;
COMMENT ON FUNCTION mask_phone(text) IS '•••• ••• 218: the last three digits';

CREATE FUNCTION mask_name(p_name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT left(p_name, 1) || '.'
$$;
COMMENT ON FUNCTION mask_name(text) IS 'O.: the first letter';

CREATE FUNCTION mask_text(p_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN p_text IS NOT NULL THEN '•••' END
$$;
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

CREATE VIEW masked_reviews AS
SELECT id, product_id, user_id, rating, title, body, created_at
FROM reviews WHERE moderator_status = 'approved' AND deleted_at IS NULL;
COMMENT ON VIEW masked_reviews IS 'Public reviews: what everybody may read';

RESET ROLE;
