-- Reviews, baskets and wishlists.
SET ROLE techally_owner;

CREATE TABLE reviews (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id uuid NOT NULL REFERENCES products (id),
    user_id uuid NOT NULL REFERENCES users (id),
    order_id uuid REFERENCES orders (id),
    rating smallint NOT NULL CHECK (rating BETWEEN 1 AND 5),
    title varchar(200) NOT NULL DEFAULT '',
    body text NOT NULL DEFAULT '' CHECK (length(body) <= 10000),
    moderator_status text NOT NULL DEFAULT 'pending' CHECK (moderator_status IN ('pending', 'approved', 'rejected', 'flagged')),
    moderated_by uuid REFERENCES users (id),
    moderated_at timestamptz,
    moderation_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT chk_moderated CHECK (moderator_status NOT IN ('approved', 'rejected') OR moderated_at IS NOT NULL)
);
CREATE UNIQUE INDEX reviews_one_a_person ON reviews (product_id, user_id) WHERE deleted_at IS NULL;
CREATE INDEX reviews_queue_idx ON reviews (moderator_status, created_at) WHERE deleted_at IS NULL;
CREATE INDEX reviews_user_idx ON reviews (user_id);
CREATE INDEX reviews_order_idx ON reviews (order_id) WHERE order_id IS NOT NULL;
COMMENT ON TABLE reviews IS 'What customers say of products; only approved ones are public';
CREATE TRIGGER touch_row BEFORE UPDATE ON reviews FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('reviews', 'title', 'personal'), ('reviews', 'body', 'personal'), ('reviews', 'moderation_reason', 'personal');
SELECT audit_table('reviews', 'id');

CREATE FUNCTION reviews_by_customer() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF is_storefront() THEN
        IF OLD.deleted_at IS NOT NULL THEN
            RAISE EXCEPTION 'a deleted review stays deleted' USING ERRCODE = 'insufficient_privilege';
        END IF;
        -- what was approved is not what it says now
        IF (OLD.rating, OLD.title, OLD.body) IS DISTINCT FROM (NEW.rating, NEW.title, NEW.body) THEN
            NEW.moderator_status := 'pending';
            NEW.moderated_by := NULL;
            NEW.moderated_at := NULL;
            NEW.moderation_reason := NULL;
        END IF;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION reviews_by_customer() IS 'BEFORE UPDATE: a review that its author changes waits for approval again';
CREATE TRIGGER reviews_by_customer BEFORE UPDATE ON reviews FOR EACH ROW EXECUTE FUNCTION reviews_by_customer();

CREATE FUNCTION stay_deleted() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF is_storefront() THEN
        RAISE EXCEPTION 'what is deleted stays deleted' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION stay_deleted() IS 'BEFORE UPDATE of deleted rows: only staff restore';
CREATE TRIGGER stay_deleted BEFORE UPDATE ON addresses FOR EACH ROW WHEN (OLD.deleted_at IS NOT NULL) EXECUTE FUNCTION stay_deleted();
CREATE TRIGGER stay_deleted BEFORE UPDATE ON payment_methods FOR EACH ROW WHEN (OLD.deleted_at IS NOT NULL) EXECUTE FUNCTION stay_deleted();

CREATE TABLE review_votes (
    review_id uuid NOT NULL REFERENCES reviews (id),
    user_id uuid NOT NULL REFERENCES users (id),
    is_helpful boolean NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (review_id, user_id)
);
CREATE INDEX review_votes_user_idx ON review_votes (user_id);
COMMENT ON TABLE review_votes IS 'Whether a review helped; one vote a person';
SELECT audit_table('review_votes', 'review_id,user_id');

CREATE TABLE review_images (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    review_id uuid NOT NULL REFERENCES reviews (id),
    url text NOT NULL,
    alt text NOT NULL DEFAULT '',
    position int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX review_images_review_idx ON review_images (review_id, position);
COMMENT ON TABLE review_images IS 'Pictures in reviews, hidden with them';
SELECT audit_table('review_images', 'id');

CREATE TABLE cart_items (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id),
    product_id uuid NOT NULL REFERENCES products (id),
    variant_id uuid REFERENCES product_variants (id),
    quantity int NOT NULL CHECK (quantity BETWEEN 1 AND 999),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1,
    UNIQUE NULLS NOT DISTINCT (user_id, product_id, variant_id)
);
CREATE INDEX cart_items_product_idx ON cart_items (product_id);
CREATE INDEX cart_items_variant_idx ON cart_items (variant_id) WHERE variant_id IS NOT NULL;
COMMENT ON TABLE cart_items IS 'Baskets of customers; they hold no stock';
CREATE TRIGGER touch_row BEFORE UPDATE ON cart_items FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('cart_items', 'id');

CREATE TABLE wishlists (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id uuid NOT NULL REFERENCES users (id),
    product_id uuid NOT NULL REFERENCES products (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (user_id, product_id)
);
CREATE INDEX wishlists_product_idx ON wishlists (product_id);
COMMENT ON TABLE wishlists IS 'What customers wish for';
SELECT audit_table('wishlists', 'id');

-- ── foreign keys without an index on their side ────────────────────────────────────────────────
-- An index there serves deletes of what is referred to, and lists by it. A test asks for one or for this comment.
DO $$
DECLARE
    fk text[];
BEGIN
    FOREACH fk SLICE 1 IN ARRAY ARRAY[
        ['order_items', 'order_items_variant_id_fkey'], ['order_notes', 'order_notes_author_id_fkey'],
        ['order_returns', 'order_returns_created_by_fkey'], ['order_shipping', 'order_shipping_address_id_fkey'],
        ['order_shipping', 'order_shipping_warehouse_id_fkey'], ['order_status_history', 'order_status_history_actor_id_fkey'],
        ['order_status_history', 'order_status_history_from_status_fkey'], ['order_status_history', 'order_status_history_to_status_fkey'],
        ['order_transitions', 'order_transitions_to_status_fkey'], ['payments', 'payments_payment_method_id_fkey'],
        ['price_history', 'price_history_changed_by_fkey'], ['refunds', 'refunds_approved_by_fkey'],
        ['refunds', 'refunds_requested_by_fkey'], ['reviews', 'reviews_moderated_by_fkey'], ['stock_movements', 'stock_movements_actor_id_fkey']
    ] LOOP
        EXECUTE format('COMMENT ON CONSTRAINT %I ON %I IS %L', fk[2], fk[1],
                       'No index: what it refers to is never deleted (people, articles, addresses are marked deleted), and no list goes by it');
    END LOOP;
END $$;

RESET ROLE;
