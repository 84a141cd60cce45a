-- Money: what was received and what was given back.
SET ROLE techally_owner;

CREATE TABLE payments (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    order_id uuid NOT NULL REFERENCES orders (id),
    payment_method_id uuid REFERENCES payment_methods (id),
    provider text NOT NULL,
    method text NOT NULL CHECK (method IN ('card', 'paypal', 'klarna', 'sepa', 'transfer')),
    status text NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'authorized', 'captured', 'failed', 'cancelled', 'refunded', 'partially_refunded')),
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    captured_amount numeric(12, 2) NOT NULL DEFAULT 0 CHECK (captured_amount BETWEEN 0 AND amount),
    currency char(3) NOT NULL,
    card_brand text,
    card_last4 char(4) CHECK (card_last4 ~ '^[0-9]{4}$'),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 300),
    failure_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1,
    UNIQUE (provider, reference),
    UNIQUE (id, order_id),
    CONSTRAINT chk_captured CHECK ((status IN ('captured', 'refunded', 'partially_refunded')) = (captured_amount > 0))
);
CREATE INDEX payments_order_idx ON payments (order_id, created_at);
CREATE INDEX payments_status_idx ON payments (status, id DESC);
COMMENT ON TABLE payments IS 'Payments of an order, several where one failed; no card number, no CVV, ever';
COMMENT ON COLUMN payments.reference IS 'The provider''s id, or the reference of a transfer; unique per provider';
CREATE TRIGGER touch_row BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('payments', 'card_last4', 'personal');
SELECT audit_table('payments', 'id');

CREATE TABLE payment_logs (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    payment_id uuid,
    direction text NOT NULL CHECK (direction IN ('request', 'response', 'webhook')),
    event text NOT NULL,
    http_status int,
    payload jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (created_at, id),
    FOREIGN KEY (payment_id) REFERENCES payments (id)
) PARTITION BY RANGE (created_at);
INSERT INTO partitioned_tables (table_name, kind) VALUES ('payment_logs', 'time');
CREATE INDEX payment_logs_payment_idx ON payment_logs (payment_id, created_at DESC);
COMMENT ON TABLE payment_logs IS 'What was said with payment providers, without secrets; append-only';
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON payment_logs FOR EACH ROW EXECUTE FUNCTION refuse_change('payment_logs');
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON payment_logs FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('payment_logs');

CREATE TABLE refunds (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    payment_id uuid NOT NULL,
    order_id uuid NOT NULL REFERENCES orders (id),
    amount numeric(12, 2) NOT NULL CHECK (amount > 0),
    currency char(3) NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'succeeded', 'failed')),
    reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 1000),
    requested_by uuid REFERENCES users (id),
    approved_by uuid REFERENCES users (id),
    reference text,
    failure_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1,
    UNIQUE (id, order_id),
    FOREIGN KEY (payment_id, order_id) REFERENCES payments (id, order_id)
);
CREATE INDEX refunds_order_idx ON refunds (order_id);
CREATE INDEX refunds_payment_idx ON refunds (payment_id);
CREATE INDEX refunds_status_idx ON refunds (status, id DESC);
COMMENT ON TABLE refunds IS 'Money given back; never more than was captured, pending ones counted';
CREATE TRIGGER touch_row BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION touch_row();
SELECT audit_table('refunds', 'id');

CREATE TABLE refund_items (
    refund_id uuid NOT NULL,
    order_id uuid NOT NULL,
    order_item_id uuid NOT NULL,
    quantity int NOT NULL CHECK (quantity > 0),
    amount numeric(12, 2) NOT NULL CHECK (amount >= 0),
    PRIMARY KEY (refund_id, order_item_id),
    FOREIGN KEY (refund_id, order_id) REFERENCES refunds (id, order_id),
    FOREIGN KEY (order_id, order_item_id) REFERENCES order_items (order_id, id)
);
CREATE INDEX refund_items_item_idx ON refund_items (order_id, order_item_id);
COMMENT ON TABLE refund_items IS 'Which lines a refund is for';
SELECT audit_table('refund_items', 'refund_id,order_item_id');

CREATE FUNCTION refunds_within_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    captured numeric;
    given numeric;
BEGIN
    -- the payment is locked: two refunds at once are added up one after the other
    SELECT p.captured_amount INTO captured FROM payments p WHERE p.id = NEW.payment_id FOR UPDATE;
    SELECT COALESCE(sum(r.amount), 0) INTO given FROM refunds r
    WHERE r.payment_id = NEW.payment_id AND r.status <> 'failed' AND r.id <> NEW.id;
    IF NEW.status <> 'failed' AND given + NEW.amount > captured THEN
        RAISE EXCEPTION 'refunds of % would pass the % that were captured', given + NEW.amount, captured
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_within_payment';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION refunds_within_payment() IS 'BEFORE trigger: the sum of refunds can''t pass what was captured';
CREATE TRIGGER refunds_within_payment BEFORE INSERT OR UPDATE OF amount, status, payment_id ON refunds FOR EACH ROW
    EXECUTE FUNCTION refunds_within_payment();

CREATE FUNCTION order_payment_status(p_total numeric, p_paid numeric, p_refunded numeric, p_authorized boolean, p_failed boolean) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN p_refunded > 0 AND p_refunded >= p_paid THEN 'refunded'
        WHEN p_refunded > 0 THEN 'partially_refunded'
        WHEN p_paid > 0 AND p_paid >= p_total THEN 'paid'
        WHEN p_authorized THEN 'authorized'
        WHEN p_failed THEN 'failed'
        ELSE 'unpaid'
    END
$$;
COMMENT ON FUNCTION order_payment_status(numeric, numeric, numeric, boolean, boolean) IS 'The one word for an order''s payments';

CREATE FUNCTION order_money_sums() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    paid numeric;
    refunded numeric;
    authorized boolean;
    failed boolean;
BEGIN
    PERFORM 1 FROM orders o WHERE o.id = NEW.order_id FOR UPDATE;
    SELECT COALESCE(sum(p.captured_amount), 0), COALESCE(bool_or(p.status = 'authorized'), false),
           COALESCE((array_agg(p.status ORDER BY p.created_at DESC, p.id DESC))[1] = 'failed', false)
    INTO paid, authorized, failed FROM payments p WHERE p.order_id = NEW.order_id;
    SELECT COALESCE(sum(r.amount), 0) INTO refunded FROM refunds r WHERE r.order_id = NEW.order_id AND r.status = 'succeeded';
    UPDATE orders o SET paid_total = paid, refunded_total = refunded,
           payment_status = order_payment_status(o.grand_total, paid, refunded, authorized, failed)
    WHERE o.id = NEW.order_id
      AND (o.paid_total, o.refunded_total, o.payment_status)
          IS DISTINCT FROM (paid, refunded, order_payment_status(o.grand_total, paid, refunded, authorized, failed));
    RETURN NULL;
END $$;
COMMENT ON FUNCTION order_money_sums() IS 'AFTER trigger of payments and refunds: keeps the order''s paid, refunded and payment_status';
CREATE TRIGGER order_money_sums AFTER INSERT OR UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION order_money_sums();
CREATE TRIGGER order_money_sums AFTER INSERT OR UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION order_money_sums();

RESET ROLE;
