-- Orders: the state machine and its rows, partitioned by the month in the order's id.
SET ROLE techally_owner;

CREATE TABLE order_status (
    code text PRIMARY KEY,
    label text NOT NULL,
    position int NOT NULL UNIQUE,
    is_final boolean NOT NULL
);
COMMENT ON TABLE order_status IS 'The ten states of an order (spec 5.1)';
INSERT INTO order_status VALUES
    ('PENDING', 'Pending', 1, false), ('PROCESSING', 'Processing', 2, false), ('CONFIRMED', 'Confirmed', 3, false),
    ('PREPARING', 'Preparing', 4, false), ('SHIPPED', 'Shipped', 5, false), ('DELIVERED', 'Delivered', 6, false),
    ('COMPLETED', 'Completed', 7, true), ('CANCELLED', 'Cancelled', 8, true), ('FAILED', 'Failed', 9, true),
    ('RETURNED', 'Returned', 10, true);

CREATE TABLE order_transitions (
    from_status text NOT NULL REFERENCES order_status (code),
    to_status text NOT NULL REFERENCES order_status (code),
    allowed_roles text[] NOT NULL,
    PRIMARY KEY (from_status, to_status)
);
COMMENT ON TABLE order_transitions IS 'The arrows of the state diagram and who may take each; a trigger on orders refuses every other move, whoever asks';
INSERT INTO order_transitions VALUES
    ('PENDING', 'PROCESSING', '{system,support,admin,super_admin}'),
    ('PENDING', 'CANCELLED', '{system,customer,support,admin,super_admin}'),
    ('PROCESSING', 'CONFIRMED', '{system,support,admin,super_admin}'),
    ('PROCESSING', 'FAILED', '{system,support,admin,super_admin}'),
    ('CONFIRMED', 'PREPARING', '{warehouse_manager,admin,super_admin}'),
    ('CONFIRMED', 'CANCELLED', '{support,admin,super_admin}'),
    ('PREPARING', 'SHIPPED', '{warehouse_manager,admin,super_admin}'),
    ('SHIPPED', 'DELIVERED', '{system,warehouse_manager,admin,super_admin}'),
    ('DELIVERED', 'COMPLETED', '{system,support,admin,super_admin}'),
    ('DELIVERED', 'RETURNED', '{support,warehouse_manager,admin,super_admin}');

CREATE SEQUENCE order_number_seq START 100001;
COMMENT ON SEQUENCE order_number_seq IS 'Order numbers: TA-100001, …';

CREATE TABLE orders (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    order_number text NOT NULL,
    user_id uuid NOT NULL REFERENCES users (id),
    status text NOT NULL DEFAULT 'PENDING' REFERENCES order_status (code),
    currency char(3) NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    subtotal numeric(12, 2) NOT NULL CHECK (subtotal >= 0),
    discount_total numeric(12, 2) NOT NULL DEFAULT 0 CHECK (discount_total >= 0),
    shipping_total numeric(12, 2) NOT NULL DEFAULT 0 CHECK (shipping_total >= 0),
    tax_total numeric(12, 2) NOT NULL DEFAULT 0 CHECK (tax_total >= 0),
    grand_total numeric(12, 2) NOT NULL CHECK (grand_total >= 0),
    paid_total numeric(12, 2) NOT NULL DEFAULT 0 CHECK (paid_total >= 0),
    refunded_total numeric(12, 2) NOT NULL DEFAULT 0 CHECK (refunded_total >= 0),
    payment_status text NOT NULL DEFAULT 'unpaid'
        CHECK (payment_status IN ('unpaid', 'authorized', 'paid', 'partially_refunded', 'refunded', 'failed')),
    item_count int NOT NULL DEFAULT 0 CHECK (item_count >= 0),
    customer_name text NOT NULL,
    customer_email text NOT NULL,
    customer_phone text,
    billing_name text,
    billing_street text,
    billing_street2 text,
    billing_postal_code text,
    billing_city text,
    billing_region text,
    billing_country char(2),
    source text NOT NULL DEFAULT 'web' CHECK (source IN ('web', 'api', 'phone', 'marketplace')),
    hold_expires_at timestamptz,
    status_changed_at timestamptz NOT NULL DEFAULT now(),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1,
    CONSTRAINT chk_order_status CHECK (status IN ('PENDING', 'PROCESSING', 'CONFIRMED', 'PREPARING', 'SHIPPED', 'DELIVERED',
                                                  'COMPLETED', 'CANCELLED', 'FAILED', 'RETURNED')),
    CONSTRAINT chk_order_total CHECK (grand_total = subtotal - discount_total + shipping_total),
    CONSTRAINT chk_order_discount CHECK (discount_total <= subtotal),
    CONSTRAINT chk_order_tax CHECK (tax_total <= grand_total),
    CONSTRAINT chk_order_refunded CHECK (refunded_total <= paid_total),
    -- an hour of tolerance: ids are made before their row, and at a month's end
    CONSTRAINT chk_order_id_time CHECK (uuid_v7_time(id) BETWEEN created_at - interval '1 hour' AND created_at + interval '1 hour')
) PARTITION BY RANGE (id);
INSERT INTO partitioned_tables VALUES ('orders', 'order');
CREATE INDEX orders_user_idx ON orders (user_id, created_at DESC);
CREATE INDEX orders_status_idx ON orders (status, id DESC);
CREATE INDEX orders_hold_idx ON orders (hold_expires_at) WHERE status = 'PENDING';
CREATE INDEX orders_delivered_idx ON orders (status_changed_at) WHERE status = 'DELIVERED';
COMMENT ON TABLE orders IS 'Orders; partitioned by month through the time in the UUIDv7 id';
COMMENT ON COLUMN orders.subtotal IS 'Sum of the lines, with VAT';
COMMENT ON COLUMN orders.tax_total IS 'VAT inside the prices: part of the total, not added to it';
COMMENT ON COLUMN orders.paid_total IS 'Captured; kept by trigger from payments';
COMMENT ON COLUMN orders.refunded_total IS 'Given back; kept by trigger from refunds';
COMMENT ON COLUMN orders.hold_expires_at IS 'Until when unpaid stock is held; the worker cancels the order after';
COMMENT ON COLUMN orders.customer_name IS 'As it was when the order was placed, like the other customer_ and billing_ columns';
INSERT INTO audit_columns SELECT 'orders', c, 'personal'
    FROM unnest(ARRAY['customer_name', 'customer_email', 'customer_phone', 'billing_name', 'billing_street', 'billing_street2',
                      'billing_postal_code', 'billing_city', 'billing_region']) AS c;
SELECT audit_table('orders', 'id');

CREATE TABLE order_numbers (
    order_number text PRIMARY KEY,
    order_id uuid NOT NULL REFERENCES orders (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX order_numbers_order_idx ON order_numbers (order_id);
CREATE INDEX order_numbers_end_idx ON order_numbers (reverse(order_number) text_pattern_ops);
COMMENT ON TABLE order_numbers IS 'Makes order numbers unique over all partitions and finds orders by number or its end';
INSERT INTO audit_exemptions VALUES ('order_numbers', 'INSERT', 'Written by trigger from the order, whose own audit row has the number');
SELECT audit_table('order_numbers', 'order_number', 'UPDATE OR DELETE');

CREATE FUNCTION orders_new() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.order_number IS NULL THEN
        NEW.order_number := 'TA-' || nextval('order_number_seq');
    END IF;
    IF NEW.status <> 'PENDING' THEN
        RAISE EXCEPTION 'an order begins as PENDING, not %', NEW.status USING ERRCODE = 'TA002', DETAIL = ' ' || NEW.status;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION orders_new() IS 'BEFORE INSERT: numbers the order; every order begins as PENDING';
CREATE TRIGGER a_orders_new BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_new();

CREATE FUNCTION orders_number() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO order_numbers (order_number, order_id) VALUES (NEW.order_number, NEW.id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION orders_number() IS 'AFTER INSERT: registers the number; a number that is taken is refused';
CREATE TRIGGER orders_number AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_number();

CREATE FUNCTION is_storefront() RETURNS boolean LANGUAGE sql STABLE
    RETURN pg_has_role(current_user, 'techally_app', 'USAGE') AND NOT pg_has_role(current_user, 'techally_admin', 'USAGE');
COMMENT ON FUNCTION is_storefront() IS 'Whether the storefront asks; for triggers that are not SECURITY DEFINER, so that they see who it is';

CREATE FUNCTION orders_move() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.status = OLD.status THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (SELECT 1 FROM order_transitions t WHERE t.from_status = OLD.status AND t.to_status = NEW.status) THEN
        RAISE EXCEPTION 'an order can''t go from % to %', OLD.status, NEW.status
            USING ERRCODE = 'TA002', DETAIL = OLD.status || ' ' || NEW.status;
    END IF;
    IF is_storefront() AND NOT (OLD.status = 'PENDING' AND NEW.status = 'CANCELLED') THEN
        RAISE EXCEPTION 'the storefront can only cancel an order that is PENDING' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.status_changed_at := now();
    RETURN NEW;
END $$;
COMMENT ON FUNCTION orders_move() IS 'BEFORE UPDATE OF status: refuses every move that order_transitions doesn''t have (TA002)';
CREATE TRIGGER a_orders_move BEFORE UPDATE OF status ON orders FOR EACH ROW EXECUTE FUNCTION orders_move();
CREATE TRIGGER touch_row BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch_row();

CREATE TABLE order_items (
    order_id uuid NOT NULL REFERENCES orders (id),
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    product_id uuid NOT NULL REFERENCES products (id),
    variant_id uuid REFERENCES product_variants (id),
    sku text NOT NULL,
    product_name text NOT NULL,
    variant_name text,
    quantity int NOT NULL CHECK (quantity > 0),
    unit_price numeric(12, 2) NOT NULL CHECK (unit_price >= 0),
    discount numeric(12, 2) NOT NULL DEFAULT 0 CHECK (discount >= 0),
    tax_rate numeric(5, 2) NOT NULL DEFAULT 19 CHECK (tax_rate BETWEEN 0 AND 100),
    line_total numeric(12, 2) NOT NULL CHECK (line_total >= 0),
    returned_quantity int NOT NULL DEFAULT 0,
    position int NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, id),
    CONSTRAINT chk_line_total CHECK (line_total = quantity * unit_price - discount),
    CONSTRAINT chk_line_returned CHECK (returned_quantity BETWEEN 0 AND quantity)
) PARTITION BY RANGE (order_id);
INSERT INTO partitioned_tables VALUES ('order_items', 'order');
CREATE INDEX order_items_product_idx ON order_items (product_id, order_id DESC);
CREATE INDEX order_items_sku_idx ON order_items (sku, order_id DESC);
COMMENT ON TABLE order_items IS 'Lines of an order, with names and prices as they were';
SELECT audit_table('order_items', 'order_id,id');

-- Deferred: an order and its lines come in several statements. Costs one look at the order's lines for each row written.
CREATE FUNCTION order_lines_add_up() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    the_order uuid := COALESCE(to_jsonb(NEW), to_jsonb(OLD)) ->> CASE TG_ARGV[0] WHEN 'orders' THEN 'id' ELSE 'order_id' END;
    o record;
    lines record;
BEGIN
    SELECT subtotal, item_count INTO o FROM orders WHERE id = the_order;
    SELECT COALESCE(sum(line_total), 0) AS total, COALESCE(sum(quantity), 0) AS pieces INTO lines FROM order_items WHERE order_id = the_order;
    IF o.subtotal <> lines.total OR o.item_count <> lines.pieces THEN
        RAISE EXCEPTION 'order % says % for % pieces, its lines say % for %', the_order, o.subtotal, o.item_count, lines.total, lines.pieces
            USING ERRCODE = 'check_violation', CONSTRAINT = 'order_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION order_lines_add_up() IS 'Deferred constraint trigger of orders and order_items: subtotal and item_count are those of the lines';
CREATE CONSTRAINT TRIGGER order_lines_add_up AFTER INSERT OR UPDATE OF subtotal, item_count ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_lines_add_up('orders');
CREATE CONSTRAINT TRIGGER order_lines_add_up AFTER INSERT OR DELETE OR UPDATE OF line_total, quantity, order_id ON order_items
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_lines_add_up('order_items');

CREATE FUNCTION orders_keep() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    RAISE EXCEPTION 'currency, number and time of an order stay as they were' USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_keep';
END $$;
COMMENT ON FUNCTION orders_keep() IS 'BEFORE UPDATE: what payments, refunds and the register of numbers rely on can''t change';
CREATE TRIGGER orders_keep BEFORE UPDATE ON orders FOR EACH ROW
    WHEN ((OLD.currency, OLD.order_number, OLD.created_at) IS DISTINCT FROM (NEW.currency, NEW.order_number, NEW.created_at)) EXECUTE FUNCTION orders_keep();

CREATE TABLE order_shipping (
    order_id uuid PRIMARY KEY REFERENCES orders (id),
    method text NOT NULL DEFAULT 'standard',
    recipient_name text NOT NULL,
    street text NOT NULL,
    street2 text,
    postal_code text NOT NULL,
    city text NOT NULL,
    region text,
    country char(2) NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    phone text,
    address_id uuid REFERENCES addresses (id),
    carrier text,
    tracking_number text,
    warehouse_id uuid,
    shipped_at timestamptz,
    delivered_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1
) PARTITION BY RANGE (order_id);
INSERT INTO partitioned_tables VALUES ('order_shipping', 'order');
CREATE INDEX order_shipping_tracking_idx ON order_shipping (tracking_number) WHERE tracking_number IS NOT NULL;
COMMENT ON TABLE order_shipping IS 'Where and how an order goes (the ERD''s shipping_info); the address is a copy';
CREATE TRIGGER touch_row BEFORE UPDATE ON order_shipping FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns SELECT 'order_shipping', c, 'personal'
    FROM unnest(ARRAY['recipient_name', 'street', 'street2', 'postal_code', 'city', 'region', 'phone']) AS c;
SELECT audit_table('order_shipping', 'order_id');

CREATE TABLE order_status_history (
    order_id uuid NOT NULL REFERENCES orders (id),
    id uuid NOT NULL DEFAULT uuid_v7(),
    from_status text REFERENCES order_status (code),
    to_status text NOT NULL REFERENCES order_status (code),
    actor_id uuid REFERENCES users (id),
    actor_kind text NOT NULL CHECK (actor_kind IN ('staff', 'customer', 'system', 'database')),
    reason text,
    request_id text,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (order_id, id)
) PARTITION BY RANGE (order_id);
INSERT INTO partitioned_tables VALUES ('order_status_history', 'order');
COMMENT ON TABLE order_status_history IS 'Every move of an order, written by trigger (the ERD''s order_history); append-only';
INSERT INTO audit_exemptions VALUES ('order_status_history', 'INSERT', 'A trail itself: move, actor, request, reason; written by trigger, append-only');
SELECT append_only_table('order_status_history');

CREATE FUNCTION orders_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    actor uuid := NULLIF(current_setting('app.current_user_id', true), '')::uuid;
BEGIN
    INSERT INTO order_status_history (order_id, from_status, to_status, actor_id, actor_kind, reason, request_id)
    VALUES (NEW.id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END, NEW.status, actor,
            current_actor_kind(), NULLIF(current_setting('app.reason', true), ''), NULLIF(current_setting('app.request_id', true), ''));
    IF NEW.status IN ('CANCELLED', 'FAILED') THEN
        PERFORM stock_release_order(NEW.id);
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION orders_history() IS 'AFTER trigger: writes the history; an order that ends without shipping frees its stock, whoever ended it';
CREATE TRIGGER orders_placed AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION orders_history();
CREATE TRIGGER orders_moved AFTER UPDATE OF status ON orders FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION orders_history();

CREATE TABLE order_notes (
    order_id uuid NOT NULL REFERENCES orders (id),
    id uuid NOT NULL DEFAULT uuid_v7(),
    author_id uuid NOT NULL REFERENCES users (id),
    body text NOT NULL CHECK (length(body) BETWEEN 1 AND 4000),
    pinned boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1,
    PRIMARY KEY (order_id, id)
) PARTITION BY RANGE (order_id);
INSERT INTO partitioned_tables VALUES ('order_notes', 'order');
COMMENT ON TABLE order_notes IS 'Internal notes: only staff see them';
CREATE TRIGGER touch_row BEFORE UPDATE ON order_notes FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('order_notes', 'body', 'personal');
SELECT audit_table('order_notes', 'order_id,id');

CREATE TABLE order_returns (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    order_id uuid NOT NULL REFERENCES orders (id),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    created_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX order_returns_order_idx ON order_returns (order_id);
COMMENT ON TABLE order_returns IS 'What came back, as one delivery';
INSERT INTO audit_columns VALUES ('order_returns', 'reason', 'personal');
SELECT audit_table('order_returns', 'id');

CREATE TABLE order_return_items (
    return_id uuid NOT NULL REFERENCES order_returns (id),
    order_id uuid NOT NULL,
    order_item_id uuid NOT NULL,
    quantity int NOT NULL CHECK (quantity > 0),
    disposition text NOT NULL CHECK (disposition IN ('restock', 'damaged', 'lost')),
    PRIMARY KEY (return_id, order_item_id, disposition),
    FOREIGN KEY (order_id, order_item_id) REFERENCES order_items (order_id, id)
);
CREATE INDEX order_return_items_item_idx ON order_return_items (order_id, order_item_id);
COMMENT ON TABLE order_return_items IS 'Pieces of a line that came back, and what became of them';
CREATE FUNCTION order_return_items_count() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE order_items SET returned_quantity = returned_quantity - OLD.quantity WHERE order_id = OLD.order_id AND id = OLD.order_item_id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        UPDATE order_items SET returned_quantity = returned_quantity + NEW.quantity WHERE order_id = NEW.order_id AND id = NEW.order_item_id;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION order_return_items_count() IS 'AFTER trigger: keeps the line''s returned_quantity, which can''t pass its quantity';
CREATE TRIGGER order_return_items_count AFTER INSERT OR UPDATE OR DELETE ON order_return_items FOR EACH ROW EXECUTE FUNCTION order_return_items_count();
SELECT audit_table('order_return_items', 'return_id,order_item_id,disposition');

CREATE TABLE checkout_requests (
    client text NOT NULL,
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    request_hash bytea NOT NULL,
    order_id uuid REFERENCES orders (id),
    response jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (client, idempotency_key)
);
CREATE INDEX checkout_requests_order_idx ON checkout_requests (order_id);
COMMENT ON TABLE checkout_requests IS 'Idempotency of POST /api/orders: a key stands for one order, written in the order''s own transaction';
INSERT INTO audit_exemptions VALUES
    ('checkout_requests', 'INSERT', 'Written in the transaction of the order, whose audit rows say all of it; holds an id, a hash and the answer'),
    ('checkout_requests', 'UPDATE', 'The answer is filled in by the transaction that inserted the row');
SELECT audit_table('checkout_requests', 'client,idempotency_key', 'DELETE');

RESET ROLE;
