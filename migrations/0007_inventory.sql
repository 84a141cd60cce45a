-- Stock: one function changes it, movements prove it, reservations claim it.
SET ROLE techally_owner;

CREATE TABLE warehouses (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    code varchar(20) NOT NULL UNIQUE,
    name varchar(100) NOT NULL,
    street text,
    postal_code varchar(20),
    city varchar(100) NOT NULL,
    country char(2) NOT NULL,
    priority int NOT NULL DEFAULT 100,
    is_active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz,
    version int NOT NULL DEFAULT 1
);
COMMENT ON TABLE warehouses IS 'Places that hold stock';
COMMENT ON COLUMN warehouses.priority IS 'Lower is asked first when an order is allocated';
CREATE TRIGGER touch_row BEFORE UPDATE ON warehouses FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('warehouses', 'id');
ALTER TABLE order_shipping ADD FOREIGN KEY (warehouse_id) REFERENCES warehouses (id);

CREATE TABLE inventory (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    product_id uuid NOT NULL REFERENCES products (id),
    variant_id uuid REFERENCES product_variants (id),
    warehouse_id uuid NOT NULL REFERENCES warehouses (id),
    quantity_on_hand int NOT NULL DEFAULT 0,
    quantity_reserved int NOT NULL DEFAULT 0,
    quantity_available int GENERATED ALWAYS AS (quantity_on_hand - quantity_reserved) STORED,
    reorder_point int CHECK (reorder_point >= 0),
    reorder_quantity int CHECK (reorder_quantity > 0),
    bin_location text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1,
    CONSTRAINT inventory_one_line UNIQUE NULLS NOT DISTINCT (product_id, warehouse_id, variant_id),
    CONSTRAINT chk_on_hand CHECK (quantity_on_hand >= 0),
    CONSTRAINT chk_reserved CHECK (quantity_reserved >= 0),
    CONSTRAINT chk_available CHECK (quantity_on_hand >= quantity_reserved),
    FOREIGN KEY (product_id, variant_id) REFERENCES product_variants (product_id, id)
) WITH (fillfactor = 80);
CREATE INDEX inventory_warehouse_idx ON inventory (warehouse_id);
CREATE INDEX inventory_variant_idx ON inventory (variant_id) WHERE variant_id IS NOT NULL;
COMMENT ON TABLE inventory IS 'Stock of an article in a warehouse. Quantities change through stock_move and the reservation functions only';
CREATE TRIGGER touch_row BEFORE UPDATE ON inventory FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('inventory', 'id');

CREATE TABLE stock_movements (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    inventory_id uuid NOT NULL REFERENCES inventory (id),
    movement_type text NOT NULL CHECK (movement_type IN ('purchase', 'sale', 'return', 'adjustment', 'transfer', 'damage')),
    quantity int NOT NULL CHECK (quantity <> 0),
    reason text,
    idempotency_key text NOT NULL,
    order_id uuid,
    order_item_id uuid,
    actor_id uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (created_at, id),
    CONSTRAINT chk_movement_sign CHECK (CASE movement_type WHEN 'purchase' THEN quantity > 0 WHEN 'return' THEN quantity > 0
                                        WHEN 'sale' THEN quantity < 0 WHEN 'damage' THEN quantity < 0 ELSE true END)
) PARTITION BY RANGE (created_at);
INSERT INTO partitioned_tables (table_name, kind) VALUES ('stock_movements', 'time');
CREATE INDEX stock_movements_inventory_idx ON stock_movements (inventory_id, created_at DESC);
CREATE INDEX stock_movements_order_idx ON stock_movements (order_id) WHERE order_id IS NOT NULL;
COMMENT ON TABLE stock_movements IS 'Every change of stock on hand; append-only. On hand is always the sum of these and of stock_openings';
INSERT INTO audit_exemptions VALUES ('stock_movements', 'INSERT', 'A trail itself: what, why, who; append-only. The stock line it changes is audited with the request');
COMMENT ON COLUMN stock_movements.quantity IS 'Pieces, signed: what on hand grew by';
SELECT append_only_table('stock_movements');

CREATE TABLE stock_openings (
    inventory_id uuid PRIMARY KEY REFERENCES inventory (id),
    quantity int NOT NULL,
    updated_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE stock_openings IS 'What the movements of archived months sum up to; grows when a month is retired';
SELECT audit_table('stock_openings', 'inventory_id');

CREATE TABLE stock_movement_keys (
    idempotency_key text PRIMARY KEY,
    movement_id uuid NOT NULL
);
COMMENT ON TABLE stock_movement_keys IS 'Makes movement keys unique over all partitions: a repeated act moves stock once';
INSERT INTO audit_exemptions VALUES ('stock_movement_keys', 'INSERT', 'Written with its movement, which is a trail itself');
SELECT append_only_table('stock_movement_keys');

CREATE TABLE stock_reservations (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    inventory_id uuid NOT NULL REFERENCES inventory (id),
    order_id uuid NOT NULL,
    order_item_id uuid NOT NULL,
    quantity int NOT NULL CHECK (quantity > 0),
    status text NOT NULL CHECK (status IN ('held', 'firm', 'fulfilled', 'released')),
    expires_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1,
    FOREIGN KEY (order_id, order_item_id) REFERENCES order_items (order_id, id),
    CONSTRAINT chk_hold_expires CHECK (status <> 'held' OR expires_at IS NOT NULL)
);
CREATE INDEX stock_reservations_order_idx ON stock_reservations (order_id, order_item_id);
CREATE INDEX stock_reservations_open_idx ON stock_reservations (inventory_id) WHERE status IN ('held', 'firm');
COMMENT ON TABLE stock_reservations IS 'Claims of order lines on stock: held while PENDING, firm when paid, fulfilled by a sale, or released';
CREATE TRIGGER touch_row BEFORE UPDATE ON stock_reservations FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('stock_reservations', 'id');

CREATE FUNCTION stock_move(
    p_inventory_id uuid, p_type text, p_quantity int, p_reason text, p_key text,
    p_order_id uuid DEFAULT NULL, p_order_item_id uuid DEFAULT NULL, p_reserved int DEFAULT 0
) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    movement uuid := gen_random_uuid();
    known uuid;
    available int;
BEGIN
    INSERT INTO stock_movement_keys (idempotency_key, movement_id) VALUES (p_key, movement) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        SELECT k.movement_id INTO known FROM stock_movement_keys k WHERE k.idempotency_key = p_key;
        RETURN known;
    END IF;
    SELECT i.quantity_available INTO available FROM inventory i WHERE i.id = p_inventory_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no stock line %', p_inventory_id USING ERRCODE = 'foreign_key_violation';
    END IF;
    IF available + p_quantity - p_reserved < 0 THEN
        RAISE EXCEPTION 'stock is too low: % available, % asked for', available, -p_quantity
            USING ERRCODE = 'TA001', DETAIL = stock_sku(p_inventory_id);
    END IF;
    INSERT INTO stock_movements (id, inventory_id, movement_type, quantity, reason, idempotency_key, order_id, order_item_id, actor_id)
    VALUES (movement, p_inventory_id, p_type, p_quantity, p_reason, p_key, p_order_id, p_order_item_id,
            NULLIF(current_setting('app.current_user_id', true), '')::uuid);
    UPDATE inventory SET quantity_on_hand = quantity_on_hand + p_quantity, quantity_reserved = quantity_reserved + p_reserved
    WHERE id = p_inventory_id;
    RETURN movement;
END $$;
COMMENT ON FUNCTION stock_move(uuid, text, int, text, text, uuid, uuid, int) IS
    'The one way to change stock on hand: writes the movement and the line together. The same key twice moves once. p_reserved changes the reserved pieces in the same step';

CREATE FUNCTION stock_sku(p_inventory_id uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT COALESCE(v.sku, p.sku) FROM inventory i JOIN products p ON p.id = i.product_id
    LEFT JOIN product_variants v ON v.id = i.variant_id WHERE i.id = p_inventory_id
$$;
COMMENT ON FUNCTION stock_sku(uuid) IS 'SKU of a stock line, for messages';

CREATE FUNCTION stock_allocate(p_order_id uuid, p_status text, p_expires_at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line record;
    place record;
    missing int;
    take int;
BEGIN
    -- all lines that could serve are locked in one order, so that two orders never wait for each other
    PERFORM 1 FROM inventory v WHERE v.id IN (
        SELECT s.id FROM order_items i JOIN inventory s ON s.product_id = i.product_id AND s.variant_id IS NOT DISTINCT FROM i.variant_id
        WHERE i.order_id = p_order_id)
    ORDER BY v.id FOR UPDATE;
    FOR line IN
        SELECT i.id, i.sku, i.product_id, i.variant_id, i.quantity - COALESCE((
                   SELECT sum(r.quantity) FROM stock_reservations r
                   WHERE r.order_id = p_order_id AND r.order_item_id = i.id AND r.status <> 'released'), 0)::int AS missing
        FROM order_items i WHERE i.order_id = p_order_id ORDER BY i.position, i.id
    LOOP
        missing := line.missing;
        -- one warehouse that has all comes first, then by priority
        FOR place IN
            SELECT v.id, v.quantity_available FROM inventory v JOIN warehouses w ON w.id = v.warehouse_id
            WHERE v.product_id = line.product_id AND v.variant_id IS NOT DISTINCT FROM line.variant_id
              AND v.quantity_available > 0 AND w.is_active AND w.deleted_at IS NULL
            ORDER BY v.quantity_available >= line.missing DESC, w.priority, v.id
        LOOP
            EXIT WHEN missing <= 0;
            take := least(missing, place.quantity_available);
            INSERT INTO stock_reservations (inventory_id, order_id, order_item_id, quantity, status, expires_at)
            VALUES (place.id, p_order_id, line.id, take, p_status, p_expires_at);
            UPDATE inventory SET quantity_reserved = quantity_reserved + take WHERE id = place.id;
            missing := missing - take;
        END LOOP;
        IF missing > 0 THEN
            RAISE EXCEPTION 'not enough stock of %: % missing', line.sku, missing USING ERRCODE = 'TA001', DETAIL = line.sku;
        END IF;
    END LOOP;
END $$;
COMMENT ON FUNCTION stock_allocate(uuid, text, timestamptz) IS 'Claims what an order''s lines still miss, all or nothing (TA001); inner part of reserve and confirm';

CREATE FUNCTION stock_reserve_order(p_order_id uuid, p_expires_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT stock_allocate(p_order_id, 'held', p_expires_at)
$$;
COMMENT ON FUNCTION stock_reserve_order(uuid, timestamptz) IS 'Holds stock for a new order until a time';

CREATE FUNCTION stock_extend_hold(p_order_id uuid, p_expires_at timestamptz) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE stock_reservations SET expires_at = p_expires_at WHERE order_id = p_order_id AND status = 'held'
$$;
COMMENT ON FUNCTION stock_extend_hold(uuid, timestamptz) IS 'Moves the end of a hold, for payments that take days';

CREATE FUNCTION stock_confirm_order(p_order_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE stock_reservations SET status = 'firm', expires_at = NULL WHERE order_id = p_order_id AND status = 'held';
    PERFORM stock_allocate(p_order_id, 'firm', NULL);
END $$;
COMMENT ON FUNCTION stock_confirm_order(uuid) IS 'Makes an order''s claims firm; claims again what had expired (TA001 if it is gone)';

CREATE FUNCTION stock_ship_order(p_order_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    claim record;
BEGIN
    IF EXISTS (SELECT 1 FROM order_items i WHERE i.order_id = p_order_id AND i.quantity > COALESCE((
                   SELECT sum(r.quantity) FROM stock_reservations r
                   WHERE r.order_id = p_order_id AND r.order_item_id = i.id AND r.status IN ('firm', 'fulfilled')), 0)) THEN
        RAISE EXCEPTION 'order % has lines without firm stock', p_order_id USING ERRCODE = 'TA004';
    END IF;
    FOR claim IN
        SELECT r.id, r.inventory_id, r.order_item_id, r.quantity FROM stock_reservations r
        WHERE r.order_id = p_order_id AND r.status = 'firm' ORDER BY r.inventory_id, r.id FOR UPDATE
    LOOP
        PERFORM stock_move(claim.inventory_id, 'sale', -claim.quantity, NULL, 'sale:' || claim.id, p_order_id, claim.order_item_id, -claim.quantity);
        UPDATE stock_reservations SET status = 'fulfilled' WHERE id = claim.id;
    END LOOP;
END $$;
COMMENT ON FUNCTION stock_ship_order(uuid) IS 'Turns firm claims into sales (TA004 when a line has none)';

CREATE FUNCTION stock_release_order(p_order_id uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    claim record;
BEGIN
    FOR claim IN
        SELECT r.id, r.inventory_id, r.quantity FROM stock_reservations r
        WHERE r.order_id = p_order_id AND r.status IN ('held', 'firm') ORDER BY r.inventory_id, r.id FOR UPDATE
    LOOP
        UPDATE inventory SET quantity_reserved = quantity_reserved - claim.quantity WHERE id = claim.inventory_id;
        UPDATE stock_reservations SET status = 'released', expires_at = NULL WHERE id = claim.id;
    END LOOP;
END $$;
COMMENT ON FUNCTION stock_release_order(uuid) IS 'Frees an order''s open claims; harmless when there are none';

CREATE FUNCTION stock_return_item(p_order_id uuid, p_order_item_id uuid, p_quantity int, p_disposition text, p_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    place uuid;
BEGIN
    IF p_disposition = 'lost' THEN
        RETURN;
    END IF;
    SELECT r.inventory_id INTO place FROM stock_reservations r
    WHERE r.order_id = p_order_id AND r.order_item_id = p_order_item_id AND r.status = 'fulfilled'
    ORDER BY r.quantity DESC, r.id LIMIT 1;
    IF place IS NULL THEN
        RAISE EXCEPTION 'line % of order % was never shipped', p_order_item_id, p_order_id USING ERRCODE = 'TA004';
    END IF;
    PERFORM stock_move(place, 'return', p_quantity, NULL, p_key, p_order_id, p_order_item_id);
    IF p_disposition = 'damaged' THEN
        PERFORM stock_move(place, 'damage', -p_quantity, 'returned damaged', p_key || ':damage', p_order_id, p_order_item_id);
    END IF;
END $$;
COMMENT ON FUNCTION stock_return_item(uuid, uuid, int, text, text) IS 'Takes pieces back into the warehouse they came from: restock, damaged (in and out again), lost (nothing comes)';

CREATE FUNCTION release_expired_holds(p_limit int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    expired uuid;
    released int := 0;
BEGIN
    FOR expired IN
        SELECT o.id FROM orders o WHERE o.status = 'PENDING' AND o.hold_expires_at < now() AND o.deleted_at IS NULL
        ORDER BY o.hold_expires_at LIMIT p_limit FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE orders SET status = 'CANCELLED' WHERE id = expired;
        released := released + 1;
    END LOOP;
    RETURN released;
END $$;
COMMENT ON FUNCTION release_expired_holds(int) IS 'Cancels orders whose hold ended unpaid, which frees their stock; returns how many';

RESET ROLE;
