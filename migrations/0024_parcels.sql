-- Parcels: an order leaves in one or several, each with its lines and pieces; it is shipped when the last piece has left.
SET ROLE techally_owner;

CREATE TABLE parcels (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    order_id uuid NOT NULL REFERENCES orders (id),
    carrier text NOT NULL CHECK (length(carrier) BETWEEN 1 AND 300),
    tracking_number text NOT NULL CHECK (length(tracking_number) BETWEEN 1 AND 300),
    created_by uuid REFERENCES users (id),
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1
);
CREATE INDEX parcels_order_idx ON parcels (order_id);
CREATE INDEX parcels_tracking_idx ON parcels (tracking_number);
CREATE INDEX parcels_created_by_idx ON parcels (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE parcels IS 'What left the house for an order; orders shipped before there were parcels have carrier and number in order_shipping only, which always has those of the last';
CREATE TRIGGER touch_row BEFORE UPDATE ON parcels FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('parcels', 'id');

CREATE TABLE parcel_items (
    parcel_id uuid NOT NULL REFERENCES parcels (id),
    order_id uuid NOT NULL,
    order_item_id uuid NOT NULL,
    quantity int NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (parcel_id, order_item_id),
    FOREIGN KEY (order_id, order_item_id) REFERENCES order_items (order_id, id)
);
CREATE INDEX parcel_items_item_idx ON parcel_items (order_id, order_item_id);
COMMENT ON TABLE parcel_items IS 'Pieces of a line in a parcel';
SELECT audit_table('parcel_items', 'parcel_id,order_item_id');

CREATE FUNCTION parcel_holds_what_was_sold() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM parcels p WHERE p.id = NEW.parcel_id AND p.order_id = NEW.order_id)
       OR (SELECT COALESCE(sum(i.quantity), 0) FROM parcel_items i WHERE i.order_id = NEW.order_id AND i.order_item_id = NEW.order_item_id)
        > (SELECT COALESCE(sum(r.quantity), 0) FROM stock_reservations r
           WHERE r.order_id = NEW.order_id AND r.order_item_id = NEW.order_item_id AND r.status = 'fulfilled') THEN
        RAISE EXCEPTION 'a parcel holds pieces of its own order that were sold, each once' USING ERRCODE = 'check_violation', CONSTRAINT = 'parcel_holds_what_was_sold';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION parcel_holds_what_was_sold() IS 'AFTER trigger: what is in parcels left the stock, and no piece is in two of them';
CREATE TRIGGER parcel_holds_what_was_sold AFTER INSERT OR UPDATE ON parcel_items FOR EACH ROW EXECUTE FUNCTION parcel_holds_what_was_sold();

CREATE FUNCTION stock_ship_items(p_order_id uuid, p_items uuid[], p_quantities int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    claim record;
    sold uuid;
BEGIN
    -- claims of an order change under its lock only
    PERFORM 1 FROM orders o WHERE o.id = p_order_id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM unnest(p_items, p_quantities) AS w (item, pieces)
               WHERE w.pieces IS NULL OR w.pieces < 1 OR w.pieces > COALESCE((
                   SELECT sum(r.quantity) FROM stock_reservations r
                   WHERE r.order_id = p_order_id AND r.order_item_id = w.item AND r.status = 'firm'), 0)) THEN
        RAISE EXCEPTION 'order % has less firm stock than is to leave', p_order_id USING ERRCODE = 'TA004';
    END IF;
    FOR claim IN
        SELECT c.id, c.inventory_id, c.order_item_id, c.quantity, least(c.quantity, w.pieces - c.before)::int AS take
        FROM (SELECT r.id, r.inventory_id, r.order_item_id, r.quantity, sum(r.quantity) OVER (PARTITION BY r.order_item_id ORDER BY r.inventory_id, r.id) - r.quantity AS before
              FROM stock_reservations r WHERE r.order_id = p_order_id AND r.status = 'firm') c
        JOIN unnest(p_items, p_quantities) AS w (item, pieces) ON w.item = c.order_item_id
        WHERE c.before < w.pieces ORDER BY c.inventory_id, c.id
    LOOP
        sold := claim.id;
        IF claim.take < claim.quantity THEN
            sold := gen_random_uuid();
            UPDATE stock_reservations SET quantity = claim.quantity - claim.take WHERE id = claim.id;
            INSERT INTO stock_reservations (id, inventory_id, order_id, order_item_id, quantity, status)
            VALUES (sold, claim.inventory_id, p_order_id, claim.order_item_id, claim.take, 'firm');
        END IF;
        PERFORM stock_move(claim.inventory_id, 'sale', -claim.take, NULL, 'sale:' || sold, p_order_id, claim.order_item_id, -claim.take);
        UPDATE stock_reservations SET status = 'fulfilled' WHERE id = sold;
    END LOOP;
END $$;
COMMENT ON FUNCTION stock_ship_items(uuid, uuid[], int[]) IS 'Turns firm claims of some pieces of some lines into sales, each line named once (TA004 when there are fewer)';
GRANT EXECUTE ON FUNCTION stock_ship_items(uuid, uuid[], int[]) TO techally_admin;

GRANT SELECT, INSERT ON parcels, parcel_items TO techally_admin;
GRANT UPDATE (carrier, tracking_number) ON parcels TO techally_admin;
DO $$
DECLARE
    t text;
    old_enough text := 'uuid_v7_floor(now() - interval ''2 months'')';
    old_rule text := 'WHEN status IN (''CONFIRMED'', ''PREPARING'') THEN firm = quantity AND held = 0 AND fulfilled = 0';
    new_rule text := 'WHEN status = ''CONFIRMED'' THEN firm = quantity AND held = 0 AND fulfilled = 0
        WHEN status = ''PREPARING'' THEN firm + fulfilled = quantity AND held = 0';
    old_end text := 'SELECT ''what left the house was paid''';
    new_part text := 'SELECT ''what is in parcels was sold, each piece once'', count(*) FROM (
        SELECT order_id, order_item_id, sum(quantity) AS packed FROM parcel_items GROUP BY 1, 2) p
    LEFT JOIN (SELECT order_id, order_item_id, sum(quantity) AS sold FROM stock_reservations WHERE status = ''fulfilled'' GROUP BY 1, 2) r
        USING (order_id, order_item_id)
    WHERE p.packed > COALESCE(r.sold, 0)
    UNION ALL
    ';
    checks text := pg_get_functiondef('check_invariants()'::regprocedure);
BEGIN
    FOREACH t IN ARRAY ARRAY['parcels', 'parcel_items'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY staff ON %I FOR ALL TO techally_admin USING (true) WITH CHECK (true)', t);
        EXECUTE format('CREATE TRIGGER month_is_open AFTER INSERT OR UPDATE ON %I FOR EACH ROW WHEN (NEW.order_id < %s) EXECUTE FUNCTION month_is_open(%L)', t, old_enough, 'order_id');
        EXECUTE format('CREATE TRIGGER month_is_open_delete AFTER DELETE ON %I FOR EACH ROW WHEN (OLD.order_id < %s) EXECUTE FUNCTION month_is_open(%L)', t, old_enough, 'order_id');
    END LOOP;
    -- the rest of the function stays word for word
    IF position(old_rule IN checks) = 0 OR position(old_end IN checks) = 0 THEN
        RAISE EXCEPTION 'check_invariants() is not the one that this migration changes';
    END IF;
    EXECUTE replace(replace(checks, old_rule, new_rule), old_end, new_part || old_end);
END $$;

RESET ROLE;
