-- Months of orders that are in the archive (`techally archive`): what makes sure that nothing is added to them.
SET ROLE techally_owner;

CREATE TABLE retired_months (
    month date PRIMARY KEY CHECK (extract(day FROM month) = 1),
    state text NOT NULL CHECK (state IN ('closing', 'retired')),
    closed_at timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    manifest jsonb,
    CONSTRAINT chk_retired CHECK (state = 'closing' OR (retired_at IS NOT NULL AND manifest IS NOT NULL))
);
COMMENT ON TABLE retired_months IS 'Months whose orders are closed to writing, because they are being archived or are in the archive';
COMMENT ON COLUMN retired_months.manifest IS 'What the archive holds, with digests; set before the first row is removed';
SELECT audit_table('retired_months', 'month');
GRANT SELECT ON retired_months TO techally_admin;

CREATE FUNCTION order_month(p_order_id uuid) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN date_trunc('month', uuid_v7_time(p_order_id) AT TIME ZONE 'UTC')::date;
COMMENT ON FUNCTION order_month(uuid) IS 'The UTC month of an order, which is its partition';
GRANT EXECUTE ON FUNCTION order_month(uuid) TO techally_admin;

CREATE FUNCTION month_is_open() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    the_month date := order_month((CASE TG_OP WHEN 'DELETE' THEN to_jsonb(OLD) ELSE to_jsonb(NEW) END ->> TG_ARGV[0])::uuid);
BEGIN
    IF EXISTS (SELECT 1 FROM retired_months r WHERE r.month = the_month) THEN
        RAISE EXCEPTION 'the orders of % are in the archive', to_char(the_month, 'YYYY-MM') USING ERRCODE = 'TA005', DETAIL = to_char(the_month, 'YYYY-MM');
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION month_is_open() IS 'AFTER trigger of all that belongs to an order: refuses writing to a month that is in the archive (TA005)';

-- Asked only for orders older than two months, as no archive takes younger ones: orders of today pay a comparison.
-- AFTER, because COPY inserts row by row into a table with a BEFORE trigger.
DO $$
DECLARE
    t record;
    old_enough text := 'uuid_v7_floor(now() - interval ''2 months'')';
BEGIN
    FOR t IN SELECT v.table_name, v.key FROM (VALUES ('orders', 'id'), ('order_items', 'order_id'), ('order_shipping', 'order_id'), ('order_notes', 'order_id'),
                 ('order_status_history', 'order_id'), ('order_numbers', 'order_id'), ('order_returns', 'order_id'), ('order_return_items', 'order_id'),
                 ('payments', 'order_id'), ('refunds', 'order_id'), ('refund_items', 'order_id'), ('stock_reservations', 'order_id'),
                 ('checkout_requests', 'order_id')) AS v (table_name, key)
    LOOP
        EXECUTE format('CREATE TRIGGER month_is_open AFTER INSERT OR UPDATE ON %I FOR EACH ROW WHEN (NEW.%I < %s) EXECUTE FUNCTION month_is_open(%L)',
                       t.table_name, t.key, old_enough, t.key);
        EXECUTE format('CREATE TRIGGER month_is_open_delete AFTER DELETE ON %I FOR EACH ROW WHEN (OLD.%I < %s) EXECUTE FUNCTION month_is_open(%L)',
                       t.table_name, t.key, old_enough, t.key);
    END LOOP;
    EXECUTE format('CREATE TRIGGER month_is_open AFTER INSERT OR UPDATE OF order_id ON reviews FOR EACH ROW WHEN (NEW.order_id < %s) EXECUTE FUNCTION month_is_open(%L)',
                   old_enough, 'order_id');
END $$;

CREATE OR REPLACE FUNCTION check_invariants() RETURNS TABLE (name text, violations bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'on hand is the sum of movements', count(*) FROM inventory i
    FULL JOIN (SELECT inventory_id, sum(quantity) AS moved
               FROM (SELECT inventory_id, quantity FROM stock_movements UNION ALL SELECT inventory_id, quantity FROM stock_openings) AS q GROUP BY inventory_id) m ON m.inventory_id = i.id
    WHERE COALESCE(i.quantity_on_hand, 0) <> COALESCE(m.moved, 0)
    UNION ALL
    SELECT 'reserved is the sum of open reservations', count(*) FROM inventory i
    FULL JOIN (SELECT inventory_id, sum(quantity) AS claimed FROM stock_reservations WHERE status IN ('held', 'firm') GROUP BY inventory_id) r
        ON r.inventory_id = i.id
    WHERE COALESCE(i.quantity_reserved, 0) <> COALESCE(r.claimed, 0)
    UNION ALL
    SELECT 'an order''s sums are those of its lines', count(*) FROM orders o
    LEFT JOIN (SELECT order_id, sum(line_total) AS total, sum(quantity) AS pieces FROM order_items GROUP BY order_id) i ON i.order_id = o.id
    WHERE o.subtotal <> COALESCE(i.total, 0) OR o.item_count <> COALESCE(i.pieces, 0)
    UNION ALL
    SELECT 'paid and refunded are the sums of payments and refunds', count(*) FROM orders o
    LEFT JOIN (SELECT order_id, sum(captured_amount) AS paid FROM payments GROUP BY order_id) p ON p.order_id = o.id
    LEFT JOIN (SELECT order_id, sum(amount) AS given FROM refunds WHERE status = 'succeeded' GROUP BY order_id) r ON r.order_id = o.id
    WHERE o.paid_total <> COALESCE(p.paid, 0) OR o.refunded_total <> COALESCE(r.given, 0)
    UNION ALL
    SELECT 'every order has its number, address and history', count(*) FROM orders o
    LEFT JOIN order_numbers n ON n.order_id = o.id AND n.order_number = o.order_number
    LEFT JOIN order_shipping s ON s.order_id = o.id
    LEFT JOIN (SELECT order_id FROM order_status_history WHERE from_status IS NULL GROUP BY order_id HAVING count(*) = 1) h ON h.order_id = o.id
    WHERE n.order_id IS NULL OR s.order_id IS NULL OR h.order_id IS NULL
    UNION ALL
    SELECT 'the last move of the history is the order''s state', count(*) FROM orders o
    JOIN (SELECT DISTINCT ON (order_id) order_id, to_status FROM order_status_history ORDER BY order_id, created_at DESC, id DESC) h ON h.order_id = o.id
    WHERE h.to_status <> o.status
    UNION ALL
    SELECT 'every move of the history is an arrow of the diagram', count(*) FROM order_status_history h
    LEFT JOIN order_transitions t ON t.from_status = h.from_status AND t.to_status = h.to_status
    WHERE h.from_status IS NOT NULL AND t.from_status IS NULL
    UNION ALL
    SELECT 'claims on stock agree with the order''s state', count(*) FROM (
        SELECT i.order_id, i.id, i.quantity, o.status,
               COALESCE(sum(r.quantity) FILTER (WHERE r.status = 'held'), 0) AS held,
               COALESCE(sum(r.quantity) FILTER (WHERE r.status = 'firm'), 0) AS firm,
               COALESCE(sum(r.quantity) FILTER (WHERE r.status = 'fulfilled'), 0) AS fulfilled
        FROM order_items i JOIN orders o ON o.id = i.order_id
        LEFT JOIN stock_reservations r ON r.order_id = i.order_id AND r.order_item_id = i.id
        GROUP BY i.order_id, i.id, i.quantity, o.status) c
    WHERE NOT CASE
        WHEN status IN ('PENDING', 'PROCESSING') THEN held = quantity AND firm = 0 AND fulfilled = 0
        WHEN status IN ('CONFIRMED', 'PREPARING') THEN firm = quantity AND held = 0 AND fulfilled = 0
        WHEN status IN ('CANCELLED', 'FAILED') THEN held = 0 AND firm = 0 AND fulfilled = 0
        ELSE fulfilled = quantity AND held = 0 AND firm = 0
    END
    UNION ALL
    SELECT 'what was shipped was sold, piece by piece', count(*) FROM (
        SELECT order_id, order_item_id, sum(quantity) AS claimed FROM stock_reservations WHERE status = 'fulfilled' GROUP BY 1, 2) r
    FULL JOIN (SELECT order_id, order_item_id, -sum(quantity) AS sold FROM stock_movements m
               -- movements stay when their order's month is archived
               WHERE movement_type = 'sale' AND NOT EXISTS (SELECT 1 FROM retired_months a WHERE a.month = order_month(m.order_id))
               GROUP BY 1, 2) m
        USING (order_id, order_item_id)
    WHERE COALESCE(r.claimed, 0) <> COALESCE(m.sold, 0)
    UNION ALL
    SELECT 'returned pieces are those of the returns', count(*) FROM order_items i
    FULL JOIN (SELECT order_id, order_item_id, sum(quantity) AS back FROM order_return_items GROUP BY 1, 2) b
        ON b.order_id = i.order_id AND b.order_item_id = i.id
    WHERE COALESCE(i.returned_quantity, 0) <> COALESCE(b.back, 0)
    UNION ALL
    SELECT 'what left the house was paid', count(*) FROM orders o
    WHERE o.status IN ('CONFIRMED', 'PREPARING', 'SHIPPED', 'DELIVERED', 'COMPLETED', 'RETURNED') AND o.paid_total < o.grand_total
$$;

RESET ROLE;
