-- What the page of an order needs: personal data seen for a reason, mentions, and an address that stays once a parcel is gone.
SET ROLE techally_owner;

CREATE TABLE reveals (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    actor_id uuid NOT NULL REFERENCES users (id),
    user_id uuid NOT NULL REFERENCES users (id),
    order_id uuid,
    field text NOT NULL CHECK (field IN ('email', 'phone', 'ship_to', 'bill_to')),
    reason text NOT NULL CHECK (length(reason) BETWEEN 3 AND 300),
    request_id text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reveals_order_idx ON reveals (order_id, created_at);
CREATE INDEX reveals_user_idx ON reveals (user_id, created_at DESC);
CREATE INDEX reveals_actor_idx ON reveals (actor_id, created_at DESC);
COMMENT ON TABLE reveals IS 'Who saw which masked value of whom, when and why; append-only. For some minutes after, that person sees it on that order';
COMMENT ON COLUMN reveals.user_id IS 'Whose data it is';
COMMENT ON COLUMN reveals.order_id IS 'Where it was looked at. No foreign key: who saw what stays known when a month of orders is archived';
INSERT INTO audit_exemptions VALUES ('reveals', 'INSERT', 'A trail itself: who saw which value of whom, when and why; append-only');
SELECT append_only_table('reveals');

CREATE TABLE inbox_items (
    id uuid PRIMARY KEY DEFAULT uuid_v7(),
    user_id uuid NOT NULL REFERENCES users (id),
    kind text NOT NULL CHECK (kind IN ('mention')),
    from_id uuid REFERENCES users (id),
    order_id uuid,
    note_id uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz,
    UNIQUE (user_id, kind, note_id)
);
CREATE INDEX inbox_items_user_idx ON inbox_items (user_id, id DESC);
CREATE INDEX inbox_items_unread_idx ON inbox_items (user_id) WHERE read_at IS NULL;
CREATE INDEX inbox_items_order_idx ON inbox_items (order_id);
CREATE INDEX inbox_items_from_idx ON inbox_items (from_id);
COMMENT ON TABLE inbox_items IS 'What a colleague wants a person to see: mentions in notes';
COMMENT ON COLUMN inbox_items.order_id IS 'No foreign key: an item whose month was archived is skipped';
SELECT audit_table('inbox_items', 'id');

ALTER TABLE order_notes ADD COLUMN edited_at timestamptz;
COMMENT ON COLUMN order_notes.edited_at IS 'When its author last changed the text; pinning is no edit';

CREATE FUNCTION shipping_address_stays() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- the system anonymises, operators repair; people and customers can't change where a parcel went
    IF current_actor_kind() IN ('staff', 'customer')
       AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = NEW.order_id AND o.status IN ('PENDING', 'PROCESSING', 'CONFIRMED', 'PREPARING')) THEN
        RAISE EXCEPTION 'the address of an order stays once it is shipped or ended' USING ERRCODE = 'TA006';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION shipping_address_stays() IS 'BEFORE UPDATE of an address: only until the order is shipped (TA006)';
CREATE TRIGGER shipping_address_stays BEFORE UPDATE ON order_shipping FOR EACH ROW
    WHEN ((OLD.recipient_name, OLD.street, OLD.street2, OLD.postal_code, OLD.city, OLD.region, OLD.country, OLD.phone)
          IS DISTINCT FROM (NEW.recipient_name, NEW.street, NEW.street2, NEW.postal_code, NEW.city, NEW.region, NEW.country, NEW.phone))
    EXECUTE FUNCTION shipping_address_stays();

CREATE FUNCTION changed_since(p_table text, p_row text, p_version int, p_from timestamptz)
RETURNS TABLE (field text, actor_id uuid, changed_at timestamptz, base text)
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT k.field, (array_agg(l.actor_id ORDER BY l.occurred_at DESC, l.id DESC))[1], max(l.occurred_at),
           (array_agg(COALESCE(v.personal -> k.field, l.changed -> k.field) ORDER BY l.occurred_at, l.id))[1] ->> 0
    FROM audit_log l
    LEFT JOIN audit_personal_values v ON v.occurred_at = l.occurred_at AND v.audit_id = l.id,
    LATERAL jsonb_object_keys(l.changed) AS k (field)
    WHERE l.table_name = p_table AND l.row_id = p_row AND l.action = 'UPDATE'
      AND l.occurred_at >= p_from AND l.occurred_at < now() + interval '1 day'
      AND (l.changed -> 'version' ->> 1)::int > p_version
    GROUP BY k.field
$$;
COMMENT ON FUNCTION changed_since(text, text, int, timestamptz) IS
    'The fields of a row that were changed after a version of it, each with who changed it last, when, and what it was in that version; from the audit trail since a time';
GRANT EXECUTE ON FUNCTION changed_since(text, text, int, timestamptz) TO techally_admin;

GRANT SELECT, INSERT ON reveals TO techally_admin;
GRANT SELECT, INSERT ON inbox_items TO techally_admin;
GRANT UPDATE (read_at) ON inbox_items TO techally_admin;
DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['reveals', 'inbox_items'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY staff ON %I FOR ALL TO techally_admin USING (true) WITH CHECK (true)', t);
    END LOOP;
END $$;

RESET ROLE;
