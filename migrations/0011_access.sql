-- Who may touch what. Partitions are granted to nobody: naming one directly would pass by its parent's policies.
SET ROLE techally_owner;

-- ── staff ──────────────────────────────────────────────────────────────────────────────────────
GRANT SELECT, INSERT, UPDATE ON users, user_preferences, addresses, payment_methods, brands, categories, products, product_variants,
    orders, order_notes, order_shipping, payments, refunds, reviews, warehouses, checkout_requests TO techally_admin;
GRANT SELECT, INSERT, UPDATE, DELETE ON user_sessions, variant_attributes, product_images, product_specifications, cart_items, wishlists,
    review_votes, review_images TO techally_admin;
GRANT SELECT, INSERT ON user_activity, order_items, order_returns, order_return_items, refund_items, payment_logs TO techally_admin;
GRANT SELECT ON order_status, order_transitions, order_status_history, order_numbers, price_history, inventory, stock_movements,
    stock_reservations, stock_openings, product_ratings, category_counts TO techally_admin;
-- of a stock line only what isn't a quantity
GRANT INSERT (id, product_id, variant_id, warehouse_id, reorder_point, reorder_quantity, bin_location),
      UPDATE (reorder_point, reorder_quantity, bin_location) ON inventory TO techally_admin;
GRANT USAGE ON SEQUENCE order_number_seq TO techally_admin;
GRANT EXECUTE ON FUNCTION stock_move(uuid, text, int, text, text, uuid, uuid, int), stock_reserve_order(uuid, timestamptz),
    stock_extend_hold(uuid, timestamptz), stock_confirm_order(uuid), stock_ship_order(uuid), stock_release_order(uuid),
    stock_return_item(uuid, uuid, int, text, text), release_expired_holds(int), refresh_materialized_view(text), refresh_stale_views(),
    mask_email(text), mask_phone(text), mask_name(text), mask_text(text), is_storefront(),
    order_payment_status(numeric, numeric, numeric, boolean, boolean) TO techally_admin;

-- ── reports: masked views, and tables that say nothing about anybody ───────────────────────────
GRANT SELECT ON masked_users, masked_orders, masked_order_shipping, masked_addresses, masked_payments, masked_refunds, masked_reviews,
    order_status, order_transitions, order_items, brands, categories, products, product_variants, variant_attributes, product_images,
    product_specifications, warehouses, inventory, order_numbers, product_ratings, category_counts TO techally_readonly;
-- reasons are free text, and who did it is a person
GRANT SELECT (id, inventory_id, movement_type, quantity, order_id, order_item_id, created_at) ON stock_movements TO techally_readonly;
GRANT SELECT (id, product_id, variant_id, price, currency, valid, created_at) ON price_history TO techally_readonly;
GRANT EXECUTE ON FUNCTION mask_email(text), mask_phone(text), mask_name(text), mask_text(text) TO techally_readonly;

-- ── storefront: by column, so that nobody chooses an id, sets a time, or locks a table ─────────
GRANT SELECT ON order_status, order_transitions, brands, categories, products, product_variants, variant_attributes, product_images,
    product_specifications, review_images, orders, order_items, order_shipping, order_return_items TO techally_app;
GRANT SELECT (id, email, email_verified, first_name, last_name, phone_number, date_of_birth, gender, avatar_url, status, created_at),
      UPDATE (first_name, last_name, phone_number, date_of_birth, gender) ON users TO techally_app;
GRANT SELECT, INSERT (user_id, kind, recipient_name, street, street2, postal_code, city, region, country, phone, is_default_shipping, is_default_billing),
      UPDATE (kind, recipient_name, street, street2, postal_code, city, region, country, phone, is_default_shipping, is_default_billing, deleted_at)
      ON addresses TO techally_app;
GRANT SELECT (id, user_id, method, card_brand, card_last4, card_exp_month, card_exp_year, is_default, created_at, deleted_at),
      UPDATE (is_default, deleted_at) ON payment_methods TO techally_app;
GRANT SELECT, INSERT (user_id, product_id, variant_id, quantity), UPDATE (quantity), DELETE ON cart_items TO techally_app;
GRANT SELECT, INSERT (user_id, product_id), DELETE ON wishlists TO techally_app;
GRANT SELECT, INSERT (review_id, user_id, is_helpful), DELETE ON review_votes TO techally_app;
GRANT SELECT, UPDATE (language, time_zone, theme, density, notifications) ON user_preferences TO techally_app;
-- not who moderated and why, nor which order a stranger's review is about
GRANT SELECT (id, product_id, user_id, rating, title, body, moderator_status, created_at, updated_at, deleted_at, version),
      INSERT (product_id, user_id, order_id, rating, title, body), UPDATE (rating, title, body, deleted_at) ON reviews TO techally_app;
-- not who of the staff did it and what they wrote about it
GRANT SELECT (order_id, id, from_status, to_status, created_at) ON order_status_history TO techally_app;
GRANT SELECT (id, order_id, created_at) ON order_returns TO techally_app;
GRANT SELECT (id, order_id, method, status, amount, captured_amount, currency, card_brand, card_last4, created_at) ON payments TO techally_app;
GRANT SELECT (id, payment_id, order_id, amount, currency, status, created_at) ON refunds TO techally_app;
-- its one move: to cancel while PENDING (the trigger sees to that)
GRANT UPDATE (status) ON orders TO techally_app;
GRANT EXECUTE ON FUNCTION is_storefront() TO techally_app;

CREATE FUNCTION current_customer() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    -- a set_config(…, true) leaves '' behind on a pooled connection: that is nobody, not an error
    RETURN NULLIF(current_setting('app.current_user_id', true), '')::uuid;
COMMENT ON FUNCTION current_customer() IS 'The customer of this transaction, or NULL: then every policy denies';
GRANT EXECUTE ON FUNCTION current_customer() TO techally_app, techally_admin, techally_readonly;

CREATE VIEW public_product_ratings WITH (security_barrier) AS
SELECT r.product_id, r.review_count, r.avg_rating FROM product_ratings r
JOIN products p ON p.id = r.product_id WHERE p.is_published AND p.deleted_at IS NULL;
COMMENT ON VIEW public_product_ratings IS 'Ratings of published products: a materialized view can have no policy, so the storefront reads this';
GRANT SELECT ON public_product_ratings TO techally_app;

-- ── row security: staff see every row, reports those of their few tables, the storefront its customer's ──
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['users', 'user_sessions', 'user_preferences', 'user_activity', 'addresses', 'payment_methods', 'cart_items',
        'wishlists', 'reviews', 'review_votes', 'review_images', 'orders', 'order_items', 'order_shipping', 'order_status_history',
        'order_notes', 'order_returns', 'order_return_items', 'order_numbers', 'payments', 'payment_logs', 'refunds', 'refund_items',
        'stock_reservations', 'checkout_requests', 'brands', 'categories', 'products', 'product_variants', 'variant_attributes',
        'product_images', 'product_specifications'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY staff ON %I FOR ALL TO techally_admin USING (true) WITH CHECK (true)', t);
    END LOOP;
    FOREACH t IN ARRAY ARRAY['order_items', 'order_numbers', 'brands', 'categories', 'products', 'product_variants', 'variant_attributes',
        'product_images', 'product_specifications'] LOOP
        EXECUTE format('CREATE POLICY reports ON %I FOR SELECT TO techally_readonly USING (true)', t);
    END LOOP;
END $$;

CREATE POLICY user_orders ON orders FOR ALL TO techally_app
    USING (user_id = NULLIF(current_setting('app.current_user_id', true), '')::uuid)
    WITH CHECK (user_id = NULLIF(current_setting('app.current_user_id', true), '')::uuid);
CREATE POLICY own_row ON users FOR ALL TO techally_app USING (id = current_customer()) WITH CHECK (id = current_customer());
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['user_preferences', 'addresses', 'payment_methods'] LOOP
        EXECUTE format('CREATE POLICY own_rows ON %I FOR ALL TO techally_app USING (user_id = current_customer()) WITH CHECK (user_id = current_customer())', t);
    END LOOP;
    -- an order's rows are visible with it: the policy of orders decides
    FOREACH t IN ARRAY ARRAY['order_items', 'order_shipping', 'order_status_history', 'order_returns', 'order_return_items', 'payments', 'refunds'] LOOP
        EXECUTE format('CREATE POLICY own_orders ON %I FOR SELECT TO techally_app USING (EXISTS (SELECT 1 FROM orders o WHERE o.id = %I.order_id))', t, t);
    END LOOP;
    -- and what belongs to a product with the product
    FOREACH t IN ARRAY ARRAY['product_images', 'product_specifications'] LOOP
        EXECUTE format('CREATE POLICY published ON %I FOR SELECT TO techally_app USING (EXISTS (SELECT 1 FROM products p WHERE p.id = %I.product_id))', t, t);
    END LOOP;
END $$;
CREATE POLICY published ON brands FOR SELECT TO techally_app USING (deleted_at IS NULL);
CREATE POLICY published ON categories FOR SELECT TO techally_app USING (deleted_at IS NULL);
CREATE POLICY published ON products FOR SELECT TO techally_app USING (is_published AND deleted_at IS NULL);
CREATE POLICY published ON product_variants FOR SELECT TO techally_app
    USING (deleted_at IS NULL AND EXISTS (SELECT 1 FROM products p WHERE p.id = product_id));
CREATE POLICY published ON variant_attributes FOR SELECT TO techally_app
    USING (EXISTS (SELECT 1 FROM product_variants v WHERE v.id = variant_id));
-- A foreign key doesn't ask whether the row it refers to may be seen: these checks do, so that nobody finds out by trying.
CREATE POLICY own_rows ON cart_items FOR ALL TO techally_app
    USING (user_id = current_customer())
    WITH CHECK (user_id = current_customer() AND EXISTS (SELECT 1 FROM products p WHERE p.id = cart_items.product_id)
                AND (variant_id IS NULL OR EXISTS (SELECT 1 FROM product_variants v WHERE v.id = cart_items.variant_id AND v.product_id = cart_items.product_id)));
CREATE POLICY own_rows ON wishlists FOR ALL TO techally_app
    USING (user_id = current_customer())
    WITH CHECK (user_id = current_customer() AND EXISTS (SELECT 1 FROM products p WHERE p.id = wishlists.product_id));
CREATE POLICY own_rows ON review_votes FOR ALL TO techally_app
    USING (user_id = current_customer())
    WITH CHECK (user_id = current_customer()
                AND EXISTS (SELECT 1 FROM reviews r WHERE r.id = review_votes.review_id AND r.moderator_status = 'approved' AND r.user_id <> current_customer()));
CREATE POLICY public_or_own ON reviews FOR SELECT TO techally_app
    USING ((moderator_status = 'approved' AND deleted_at IS NULL) OR user_id = current_customer());
CREATE POLICY own_new ON reviews FOR INSERT TO techally_app
    WITH CHECK (user_id = current_customer() AND moderator_status = 'pending' AND EXISTS (SELECT 1 FROM products p WHERE p.id = reviews.product_id)
                AND (order_id IS NULL OR EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = reviews.order_id AND i.product_id = reviews.product_id)));
CREATE POLICY own_change ON reviews FOR UPDATE TO techally_app
    USING (user_id = current_customer()) WITH CHECK (user_id = current_customer());
CREATE POLICY with_review ON review_images FOR SELECT TO techally_app USING (EXISTS (SELECT 1 FROM reviews r WHERE r.id = review_id));

RESET ROLE;
