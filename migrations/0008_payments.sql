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
    currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    card_brand text,
    card_last4 char(4) CHECK (card_last4 ~ '^[0-9]{4}$'),
    reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 300),
    failure_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    version int NOT NULL DEFAULT 1,
    UNIQUE (provider, reference),
    UNIQUE (id, order_id, currency),
    CONSTRAINT chk_captured CHECK ((status IN ('captured', 'refunded', 'partially_refunded')) = (captured_amount > 0))
);
CREATE INDEX payments_order_idx ON payments (order_id, created_at);
CREATE INDEX payments_status_idx ON payments (status, id DESC);
COMMENT ON TABLE payments IS 'Payments of an order, several where one failed; no card number, no CVV, ever';
COMMENT ON COLUMN payments.reference IS 'The provider''s id, or the reference of a transfer; unique per provider';
CREATE TRIGGER touch_row BEFORE UPDATE ON payments FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('payments', 'card_last4', 'personal'), ('payments', 'reference', 'personal'), ('payments', 'failure_reason', 'personal');
SELECT audit_table('payments', 'id');

CREATE FUNCTION payments_fit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    given numeric;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = NEW.order_id AND o.currency = NEW.currency) THEN
        RAISE EXCEPTION 'a payment has the currency of its order' USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_fit';
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF NEW.order_id <> OLD.order_id THEN
            RAISE EXCEPTION 'a payment stays with its order' USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_fit';
        END IF;
        SELECT COALESCE(sum(r.amount), 0) INTO given FROM refunds r WHERE r.payment_id = NEW.id AND r.status <> 'failed';
        IF NEW.captured_amount < given THEN
            RAISE EXCEPTION '% were given back of this payment: it can''t have captured %', given, NEW.captured_amount
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_fit';
        END IF;
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION payments_fit() IS 'BEFORE trigger: a payment has its order''s currency, stays with it and covers its refunds';
CREATE TRIGGER payments_fit BEFORE INSERT OR UPDATE OF order_id, currency, captured_amount ON payments FOR EACH ROW EXECUTE FUNCTION payments_fit();

CREATE TABLE payment_logs (
    id uuid NOT NULL DEFAULT gen_random_uuid(),
    payment_id uuid,
    direction text NOT NULL CHECK (direction IN ('request', 'response', 'webhook')),
    event text NOT NULL,
    http_status int,
    payload jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (created_at, id)
) PARTITION BY RANGE (created_at);
INSERT INTO partitioned_tables (table_name, kind) VALUES ('payment_logs', 'time');
CREATE INDEX payment_logs_payment_idx ON payment_logs (payment_id, created_at DESC);
COMMENT ON TABLE payment_logs IS 'What was said with payment providers, without secrets; append-only';
COMMENT ON COLUMN payment_logs.payment_id IS 'No foreign key: the log of a payment stays when its month of orders is archived';
INSERT INTO audit_exemptions VALUES ('payment_logs', 'INSERT', 'A trail itself: what was said with the provider, when; append-only');
SELECT append_only_table('payment_logs');

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
    FOREIGN KEY (payment_id, order_id, currency) REFERENCES payments (id, order_id, currency)
);
CREATE INDEX refunds_order_idx ON refunds (order_id);
CREATE INDEX refunds_payment_idx ON refunds (payment_id);
CREATE INDEX refunds_status_idx ON refunds (status, id DESC);
COMMENT ON TABLE refunds IS 'Money given back; never more than was captured, pending ones counted';
CREATE TRIGGER touch_row BEFORE UPDATE ON refunds FOR EACH ROW EXECUTE FUNCTION touch_row();
INSERT INTO audit_columns VALUES ('refunds', 'reason', 'personal'), ('refunds', 'failure_reason', 'personal'), ('refunds', 'reference', 'personal');
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

CREATE FUNCTION refund_items_fit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line record;
    refund numeric;
    lines numeric;
    back record;
BEGIN
    -- refund and line are locked: two at once are added up one after the other
    SELECT r.amount INTO refund FROM refunds r WHERE r.id = NEW.refund_id FOR UPDATE;
    SELECT i.quantity, i.line_total INTO line FROM order_items i WHERE i.order_id = NEW.order_id AND i.id = NEW.order_item_id FOR UPDATE;
    SELECT sum(i.amount) INTO lines FROM refund_items i WHERE i.refund_id = NEW.refund_id;
    SELECT sum(i.quantity) AS pieces, sum(i.amount) AS amount INTO back
    FROM refund_items i JOIN refunds r ON r.id = i.refund_id
    WHERE i.order_id = NEW.order_id AND i.order_item_id = NEW.order_item_id AND r.status <> 'failed';
    IF lines > refund OR back.pieces > line.quantity OR back.amount > line.line_total THEN
        RAISE EXCEPTION 'the lines of a refund can''t pass the refund, nor what was paid for the line'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_items_fit';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION refund_items_fit() IS 'AFTER trigger: lines of a refund add up to at most the refund, refunds of a line to at most the line';
CREATE TRIGGER refund_items_fit AFTER INSERT OR UPDATE ON refund_items FOR EACH ROW EXECUTE FUNCTION refund_items_fit();

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
    IF NEW.amount < (SELECT sum(i.amount) FROM refund_items i WHERE i.refund_id = NEW.id) THEN
        RAISE EXCEPTION 'a refund can''t be less than its lines' USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_within_payment';
    END IF;
    IF NEW.status <> 'failed' AND given + NEW.amount > captured THEN
        RAISE EXCEPTION 'refunds of % would pass the % that were captured', given + NEW.amount, captured
            USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_within_payment';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION refunds_within_payment() IS 'BEFORE trigger: the sum of refunds can''t pass what was captured, nor a refund be less than its lines';
CREATE TRIGGER refunds_within_payment BEFORE INSERT OR UPDATE OF amount, status, payment_id ON refunds FOR EACH ROW
    EXECUTE FUNCTION refunds_within_payment();

CREATE FUNCTION order_payment_status(p_total numeric, p_paid numeric, p_refunded numeric, p_authorized boolean, p_failed boolean) RETURNS text
LANGUAGE sql IMMUTABLE
    RETURN CASE
        WHEN p_refunded > 0 AND p_refunded >= p_paid THEN 'refunded'
        WHEN p_refunded > 0 THEN 'partially_refunded'
        WHEN p_paid > 0 AND p_paid >= p_total THEN 'paid'
        WHEN p_authorized THEN 'authorized'
        WHEN p_failed THEN 'failed'
        ELSE 'unpaid'
    END;
COMMENT ON FUNCTION order_payment_status(numeric, numeric, numeric, boolean, boolean) IS 'The one word for an order''s payments';

CREATE FUNCTION order_money_sums() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    the_order uuid := COALESCE(to_jsonb(NEW), to_jsonb(OLD)) ->> 'order_id';
    paid numeric;
    refunded numeric;
    authorized boolean;
    failed boolean;
BEGIN
    PERFORM 1 FROM orders o WHERE o.id = the_order FOR UPDATE;
    SELECT COALESCE(sum(p.captured_amount), 0), COALESCE(bool_or(p.status = 'authorized'), false),
           COALESCE((array_agg(p.status ORDER BY p.created_at DESC, p.id DESC))[1] = 'failed', false)
    INTO paid, authorized, failed FROM payments p WHERE p.order_id = the_order;
    SELECT COALESCE(sum(r.amount), 0) INTO refunded FROM refunds r WHERE r.order_id = the_order AND r.status = 'succeeded';
    UPDATE orders o SET paid_total = paid, refunded_total = refunded,
           payment_status = order_payment_status(o.grand_total, paid, refunded, authorized, failed)
    WHERE o.id = the_order
      AND (o.paid_total, o.refunded_total, o.payment_status)
          IS DISTINCT FROM (paid, refunded, order_payment_status(o.grand_total, paid, refunded, authorized, failed));
    RETURN NULL;
END $$;
COMMENT ON FUNCTION order_money_sums() IS 'AFTER trigger of payments and refunds: keeps the order''s paid, refunded and payment_status';
CREATE TRIGGER order_money_sums AFTER INSERT OR UPDATE OR DELETE ON payments FOR EACH ROW EXECUTE FUNCTION order_money_sums();
CREATE TRIGGER order_money_sums AFTER INSERT OR UPDATE OR DELETE ON refunds FOR EACH ROW EXECUTE FUNCTION order_money_sums();

RESET ROLE;
