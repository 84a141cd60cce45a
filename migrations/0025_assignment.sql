-- Who takes care of an order.
SET ROLE techally_owner;

ALTER TABLE orders ADD COLUMN assigned_to uuid REFERENCES users (id);
COMMENT ON COLUMN orders.assigned_to IS 'The colleague who takes care of it; nobody for most orders';
-- safe: no row has one yet, so the index is empty; the scan holds up writing for about half a second for a million orders
CREATE INDEX orders_assigned_idx ON orders (assigned_to, id DESC) WHERE assigned_to IS NOT NULL;
GRANT UPDATE (assigned_to) ON orders TO techally_admin;

ALTER TABLE inbox_items DROP CONSTRAINT inbox_items_kind_check;
ALTER TABLE inbox_items ADD CONSTRAINT inbox_items_kind_check CHECK (kind IN ('mention', 'assignment')) NOT VALID;
ALTER TABLE inbox_items VALIDATE CONSTRAINT inbox_items_kind_check;
COMMENT ON TABLE inbox_items IS 'What a colleague wants a person to see: mentions in notes, orders given to them';

RESET ROLE;
